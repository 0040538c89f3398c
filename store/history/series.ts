import type { DuckDBValue } from '@duckdb/node-api'
import type { Catalogue } from '../../domain/catalogue.ts'
import {
  type Bucket,
  bucketStarts,
  formatBucket,
  LOCAL_OFFSET_MS,
  type Series,
  type SeriesQuestion,
} from '../../domain/history.ts'
import { KINDS } from '../../domain/words.ts'
import type { Readers } from './readers.ts'
import { quote, type Table } from './schema.ts'
import type { Source, Sources } from './sources.ts'

/** Questions that one statement answers: one table, one range, one bucket. */
interface Group {
  table: Table
  fromMs: number
  toMs: number
  bucket: Bucket
  keys: Set<number>
  metrics: Set<string>
  asked: { key: number; metric: string; answer: Series }[]
}

/**
 * Answers many questions, a statement for each table, range and bucket among them.
 * @throws RangeError for a metric that is no number or flag of any kind.
 */
export async function askSeries(
  context: { readers: Readers; sources: Sources; catalogue: Catalogue },
  questions: readonly SeriesQuestion[],
  signal?: AbortSignal,
): Promise<Series[]> {
  for (const { metric } of questions) checkMetric(context.catalogue, metric)
  const answers = questions.map(emptySeries)
  const groups = new Map<string, Group>()
  questions.forEach((question, i) => {
    const source = sourceOf(context.sources, question)
    if (source && question.fromMs < question.toMs) addToGroup(groups, source, question, answers[i] as Series)
  })
  await Promise.all(
    [...groups.values()].map((group) =>
      group.bucket.kind === 'raw' ? answerRaw(context, group, signal) : answerBuckets(context, group, signal),
    ),
  )
  return answers
}

function checkMetric(catalogue: Catalogue, metric: string): void {
  const declared = KINDS.flatMap((kind) => catalogue.find(kind, metric) ?? [])
  if (declared.length === 0) throw new RangeError(`no kind of site has a metric ${metric}`)
  if (declared.every(({ type }) => type === 'text')) throw new RangeError(`${metric} is text and has no series`)
}

/** The site's source that holds the metric; a site that changed its kind is what it became last. */
function sourceOf(sources: Sources, { siteId, part, metric }: SeriesQuestion): Source | undefined {
  let newest: Source | undefined
  for (const kind of KINDS) {
    const source = sources.find(kind, siteId, part)
    if (source?.table.index.has(metric) && source.key > (newest?.key ?? -1)) newest = source
  }
  return newest
}

function emptySeries({ bucket, fromMs, toMs }: SeriesQuestion): Series {
  const t = bucket.kind === 'raw' || fromMs >= toMs ? [] : bucketStarts(bucket, fromMs, toMs)
  const nothing = () => new Array<number | null>(t.length).fill(null)
  return { t, mean: nothing(), min: nothing(), max: nothing(), count: new Array<number>(t.length).fill(0) }
}

function addToGroup(groups: Map<string, Group>, source: Source, question: SeriesQuestion, answer: Series): void {
  const { fromMs, toMs, bucket, metric } = question
  const id = `${source.table.id} ${fromMs} ${toMs} ${formatBucket(bucket)}`
  let group = groups.get(id)
  if (!group) {
    group = { table: source.table, fromMs, toMs, bucket, keys: new Set(), metrics: new Set(), asked: [] }
    groups.set(id, group)
  }
  group.keys.add(source.key)
  group.metrics.add(metric)
  group.asked.push({ key: source.key, metric, answer })
}

const where = ({ keys, fromMs, toMs }: Group): string =>
  `_ts >= ${Math.ceil(fromMs)} AND _ts < ${Math.ceil(toMs)} AND _source IN (${[...keys].join(',')})`

type Context = { readers: Readers; catalogue: Catalogue }

/** A flag counts as 0 and 1. */
function asNumber({ catalogue }: Context, { table }: Group, metric: string): string {
  const flag = catalogue.find(table.kind, metric)?.type === 'boolean'
  return flag ? `${quote(metric)}::INTEGER` : quote(metric)
}

/** Runs of equal keys in a sorted column: the rows of each source. */
function runsOf(keys: readonly DuckDBValue[]): Map<number, [from: number, to: number]> {
  const runs = new Map<number, [number, number]>()
  for (let from = 0, i = 1; i <= keys.length; i++) {
    if (i < keys.length && keys[i] === keys[from]) continue
    runs.set(Number(keys[from]), [from, i])
    from = i
  }
  return runs
}

async function answerRaw(context: Context, group: Group, signal?: AbortSignal): Promise<void> {
  const metrics = [...group.metrics]
  const values = metrics.map((metric) => `${asNumber(context, group, metric)}::DOUBLE`)
  const columns = await context.readers.columns(
    `SELECT _source, _ts::DOUBLE, ${values.join(', ')} FROM ${group.table.name}
     WHERE ${where(group)} ORDER BY _source, _ts`,
    signal,
  )
  const [keys = [], instants = []] = columns
  const runs = runsOf(keys)
  for (const { key, metric, answer } of group.asked) {
    const [from, to] = runs.get(key) ?? [0, 0]
    const column = columns[metrics.indexOf(metric) + 2] as DuckDBValue[]
    for (let i = from; i < to; i++) {
      if (column[i] !== null) pushReading(answer, instants[i] as number, column[i] as number)
    }
  }
}

function pushReading(answer: Series, t: number, value: number): void {
  answer.t.push(t)
  answer.mean.push(value)
  answer.min.push(value)
  answer.max.push(value)
  answer.count.push(1)
}

/** SQL for the position of a reading's bucket among those of the question. */
function bucketIndex(bucket: Exclude<Bucket, { kind: 'raw' }>, firstMs: number): string {
  if (bucket.kind === 'fixed') return `((_ts - ${firstMs}) // ${bucket.widthMs})::INTEGER`
  const first = new Date(firstMs + LOCAL_OFFSET_MS)
  const firstMonth = first.getUTCFullYear() * 12 + first.getUTCMonth() + 1
  const local = `make_timestamp((_ts + ${LOCAL_OFFSET_MS}) * 1000)`
  return `(year(${local}) * 12 + month(${local}) - ${firstMonth})::INTEGER`
}

async function answerBuckets(context: Context, group: Group, signal?: AbortSignal): Promise<void> {
  const metrics = [...group.metrics]
  const firstMs = group.asked[0]?.answer.t[0] as number
  const index = bucketIndex(group.bucket as Exclude<Bucket, { kind: 'raw' }>, firstMs)
  const aggregates = metrics.map((metric) => {
    const value = asNumber(context, group, metric)
    return `avg(${value})::DOUBLE, min(${value})::DOUBLE, max(${value})::DOUBLE, count(${value})::INTEGER`
  })
  const columns = await context.readers.columns(
    `SELECT _source, ${index} AS _bucket, ${aggregates.join(', ')} FROM ${group.table.name}
     WHERE ${where(group)} GROUP BY ALL ORDER BY _source`,
    signal,
  )
  const [keys = [], buckets = []] = columns
  const runs = runsOf(keys)
  for (const { key, metric, answer } of group.asked) {
    const first = metrics.indexOf(metric) * 4 + 2
    const [mean, min, max, count] = columns.slice(first, first + 4) as (number | null)[][]
    const [from, to] = runs.get(key) ?? [0, 0]
    for (let i = from; i < to; i++) {
      const at = buckets[i] as number
      answer.mean[at] = mean?.[i] ?? null
      answer.min[at] = min?.[i] ?? null
      answer.max[at] = max?.[i] ?? null
      answer.count[at] = count?.[i] ?? 0
    }
  }
}
