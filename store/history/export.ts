import type { DuckDBValue } from '@duckdb/node-api'
import type { Catalogue } from '../../domain/catalogue.ts'
import type { Value, Values } from '../../domain/reading.ts'
import type { ExportQuestion, RawRow } from './port.ts'
import type { Readers } from './readers.ts'
import { quote } from './schema.ts'
import type { Source, Sources } from './sources.ts'

/** Rows held at a time. */
const PAGE_ROWS = 50_000
/** Rows handed out at a time. */
const BATCH_ROWS = 2000

interface Context {
  readers: Readers
  sources: Sources
  catalogue: Catalogue
}

/**
 * Raw rows in order of site, part and time. Each page is a question of its own, so that neither memory
 * nor an old version of the data is held while the reader takes its time.
 */
export async function* exportRows(
  context: Context,
  question: ExportQuestion,
  signal?: AbortSignal,
): AsyncGenerator<RawRow[]> {
  const counts = await countRows(context, question, signal)
  for (const page of pagesOf(sourcesOf(context.sources, question), counts)) {
    const [first] = page
    if (page.length === 1 && first) yield* exportLong(context, first, question, signal)
    else yield* inBatches(await readPage(context, page, question, signal))
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function sourcesOf(sources: Sources, { kind, siteIds }: ExportQuestion): Source[] {
  const wanted = siteIds && new Set(siteIds)
  return sources.byKey
    .filter((source) => source.kind === kind && (!wanted || wanted.has(source.siteId)))
    .sort((a, b) => compare(a.siteId, b.siteId) || compare(a.part, b.part))
}

const within = ({ fromMs, toMs }: ExportQuestion): string => `_ts >= ${Math.ceil(fromMs)} AND _ts < ${Math.ceil(toMs)}`

async function countRows({ readers, sources }: Context, question: ExportQuestion, signal?: AbortSignal) {
  const counts = new Map<number, number>()
  for (const table of sources.tables) {
    if (table.kind !== question.kind) continue
    const rows = await readers.rows(
      `SELECT _source, count(*)::INTEGER FROM ${table.name} WHERE ${within(question)} GROUP BY _source`,
      signal,
    )
    for (const [key, count] of rows) counts.set(Number(key), Number(count))
  }
  return counts
}

/** Sources in order, as many together as fit a page; one that does not fit is alone. */
function pagesOf(sources: readonly Source[], counts: ReadonlyMap<number, number>): Source[][] {
  const pages: Source[][] = []
  let room = 0
  for (const source of sources) {
    const count = counts.get(source.key)
    if (!count) continue
    if (count > room) {
      pages.push([])
      room = PAGE_ROWS
    }
    pages.at(-1)?.push(source)
    room -= count
  }
  return pages
}

/** One source, page after page in time. */
async function* exportLong(context: Context, source: Source, question: ExportQuestion, signal?: AbortSignal) {
  let { fromMs } = question
  for (;;) {
    const rows = await readPage(context, [source], { ...question, fromMs }, signal, PAGE_ROWS)
    yield* inBatches(rows)
    if (rows.length < PAGE_ROWS) return
    fromMs = (rows.at(-1) as RawRow).ts + 1
  }
}

function* inBatches(rows: RawRow[]): Generator<RawRow[]> {
  for (let i = 0; i < rows.length; i += BATCH_ROWS) yield rows.slice(i, i + BATCH_ROWS)
}

async function readPage(
  { readers, catalogue }: Context,
  page: readonly Source[],
  question: ExportQuestion,
  signal?: AbortSignal,
  limit?: number,
): Promise<RawRow[]> {
  const bySource = new Map<Source, RawRow[]>(page.map((source) => [source, []]))
  const byKey = new Map(page.map((source) => [source.key, source]))
  for (const table of new Set(page.map((source) => source.table))) {
    const metrics = table.columns.filter((name) => catalogue.find(table.kind, name))
    const keys = page.filter((source) => source.table === table).map(({ key }) => key)
    const columns = await readers.columns(
      `SELECT ${['_source', '_ts::DOUBLE', ...metrics.map(quote)].join(', ')} FROM ${table.name}
       WHERE ${within(question)} AND _source IN (${keys.join(',')}) ORDER BY _source, _ts
       ${limit === undefined ? '' : `LIMIT ${limit}`}`,
      signal,
    )
    spread(columns, metrics, (key) => byKey.get(key) as Source, bySource)
  }
  return page.flatMap((source) => bySource.get(source) ?? [])
}

function spread(
  columns: readonly DuckDBValue[][],
  metrics: readonly string[],
  sourceOf: (key: number) => Source,
  bySource: Map<Source, RawRow[]>,
): void {
  const [keys = [], instants = []] = columns
  for (let i = 0; i < keys.length; i++) {
    const source = sourceOf(keys[i] as number)
    const values: Values = {}
    for (let m = 0; m < metrics.length; m++) {
      const value = (columns[m + 2] as DuckDBValue[])[i]
      if (value !== null) values[metrics[m] as string] = value as Value
    }
    bySource.get(source)?.push({ siteId: source.siteId, part: source.part, ts: instants[i] as number, values })
  }
}
