import { setImmediate } from 'node:timers/promises'
import { type DuckDBAppender, DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import type { Value } from '../../domain/reading.ts'

/** A data chunk's capacity. A chunk of ten columns takes about a millisecond of the caller's thread. */
const CHUNK_ROWS = 2048

/** One reading on its way into a table. */
export interface Row {
  /** Of the source. */
  key: number
  ts: number
  values: Record<string, Value>
}

/** Appends columns of equal length, chunk by chunk, giving way between chunks. Flushes. */
export async function appendColumns(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const rows = columns[0]?.length ?? 0
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    if (from > 0) await setImmediate()
    const chunk = DuckDBDataChunk.create(types)
    chunk.setColumns(columns.map((column) => column.slice(from, from + CHUNK_ROWS)))
    appender.appendDataChunk(chunk)
    appender.flushSync()
  }
}

/** Appends rows of one table, chunk by chunk, giving way between chunks. Flushes. */
export async function appendRows(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  index: ReadonlyMap<string, number>,
  rows: readonly Row[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
    if (from > 0) await setImmediate()
    const chunk = DuckDBDataChunk.create(types)
    chunk.setColumns(toColumns(rows, from, Math.min(rows.length, from + CHUNK_ROWS), index))
    appender.appendDataChunk(chunk)
    appender.flushSync()
  }
}

function toColumns(
  rows: readonly Row[],
  from: number,
  to: number,
  index: ReadonlyMap<string, number>,
): DuckDBValue[][] {
  const count = to - from
  const columns: DuckDBValue[][] = []
  for (let i = 0; i < index.size + 2; i++) columns.push(new Array<DuckDBValue>(count).fill(null))
  const [sources, instants] = columns as [DuckDBValue[], DuckDBValue[]]
  for (let i = 0; i < count; i++) {
    const { key, ts, values } = rows[from + i] as Row
    sources[i] = key
    instants[i] = BigInt(ts)
    for (const name in values) {
      const column = columns[(index.get(name) as number) + 2] as DuckDBValue[]
      column[i] = values[name] as Value
    }
  }
  return columns
}
