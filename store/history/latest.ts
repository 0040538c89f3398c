import type { DuckDBValue } from '@duckdb/node-api'
import type { Catalogue } from '../../domain/catalogue.ts'
import type { Value } from '../../domain/reading.ts'
import type { Kind } from '../../domain/words.ts'
import type { LatestValue, StatusEvent } from './port.ts'
import type { Readers } from './readers.ts'
import { quote, type Table } from './schema.ts'
import type { Source, Sources } from './sources.ts'

/** The newest value of every metric of every part, at or before an instant. */
export async function askLatest(
  { readers, sources, catalogue }: { readers: Readers; sources: Sources; catalogue: Catalogue },
  atMs: number,
  windowMs: number,
): Promise<LatestValue[]> {
  const found: LatestValue[] = []
  for (const table of sources.tables) {
    const metrics = table.columns.filter((name) => catalogue.find(table.kind, name))
    if (metrics.length === 0) continue
    const columns = await readers.columns(latestSql(table, metrics, atMs, windowMs))
    metrics.forEach((metric, i) => {
      collect(found, sources, metric, columns[0] ?? [], columns[2 * i + 1] ?? [], columns[2 * i + 2] ?? [])
    })
  }
  return found
}

function latestSql(table: Table, metrics: string[], atMs: number, windowMs: number): string {
  const newest = metrics.map((metric) => {
    const column = quote(metric)
    return `arg_max(${column}, _ts), (max(_ts) FILTER (${column} IS NOT NULL))::DOUBLE`
  })
  return `SELECT _source, ${newest.join(', ')} FROM ${table.name}
    WHERE _ts BETWEEN ${Math.ceil(atMs - windowMs)} AND ${Math.floor(atMs)} GROUP BY _source`
}

function collect(
  found: LatestValue[],
  sources: Sources,
  metric: string,
  keys: readonly DuckDBValue[],
  values: readonly DuckDBValue[],
  instants: readonly DuckDBValue[],
): void {
  for (let i = 0; i < keys.length; i++) {
    if (values[i] === null) continue
    const { siteId, part } = sources.byKey[keys[i] as number] as Source
    found.push({ siteId, part, metric, value: values[i] as Value, ts: instants[i] as number })
  }
}

/** The newest status of every site at or before an instant. */
export async function askStatuses(readers: Readers, atMs: number): Promise<StatusEvent[]> {
  const rows = await readers.rows(
    `SELECT kind, site, max(ts)::DOUBLE, arg_max(online, ts) FROM statuses
     WHERE ts <= ${Math.floor(atMs)} GROUP BY kind, site ORDER BY site`,
  )
  return rows.map(([kind, siteId, at, online]) => ({
    siteId: String(siteId),
    kind: kind as Kind,
    at: Number(at),
    online: online === true,
  }))
}
