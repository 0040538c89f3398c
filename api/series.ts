import type { Catalogue } from '../domain/catalogue.ts'
import {
  type Bucket,
  countBuckets,
  formatBucket,
  parseBucket,
  parseInstant,
  type Series,
  type SeriesQuestion,
} from '../domain/history.ts'
import type { Site } from '../domain/inventory.ts'
import type { Metric } from '../domain/metrics.ts'
import type { Part } from '../domain/words.ts'
import type { InventoryView } from './inventory.ts'
import { fieldProblem, type Problem } from './problem.ts'
import type { SeriesAnswer } from './schemas.ts'
import type { Cell, Table } from './table.ts'

/** Questions about series: checked against catalogue and inventory, answered in columns. Pure. */

/** One site's question with its metric. */
export interface Asked {
  question: SeriesQuestion
  metric: Metric
}

export interface SeriesQuery {
  metric: string
  part?: string | undefined
  from: string
  to: string
  bucket: string
}

export interface Span {
  fromMs: number
  toMs: number
  bucket: Bucket
}

/** @throws Problem 400 when the span runs backwards. */
export function spanOf({ from, to, bucket }: SeriesQuery, nowMs: number): Span {
  const fromMs = parseInstant(from, nowMs)
  const toMs = parseInstant(to, nowMs)
  if (fromMs >= toMs) throw fieldProblem('invalid-input', 'to', 'phải sau "from"', 'must be after "from"')
  return { fromMs, toMs, bucket: parseBucket(bucket, fromMs, toMs) }
}

/** The sectors or links that a site reports beside itself. */
function partsOf(site: Site, view: InventoryView): { type: Part; ids: string[] } {
  if (site.kind === 'bts') return { type: 'sector', ids: site.sectors.map(({ id }) => id) }
  if (site.kind === 'fibre') return { type: 'link', ids: view.linksOf(site.id).map(({ id }) => id) }
  return { type: 'site', ids: [] }
}

/**
 * The question about one site.
 * @throws Problem 422 naming what is accepted: metric unknown to the part, part unknown to the site, or text.
 */
export function ask(o: {
  site: Site
  query: SeriesQuery
  span: Span
  view: InventoryView
  catalogue: Catalogue
}): Asked {
  const { site, query, span, view, catalogue } = o
  const part = query.part ?? ''
  const { type, ids } = partsOf(site, view)
  if (part !== '' && !ids.includes(part)) throw noPart(site, part, type, ids)
  const offered = catalogue.ofPart(site.kind, part === '' ? 'site' : type)
  const metric = offered.get(query.metric)
  if (!metric)
    throw noMetric(site, query.metric, offered, catalogue.ofPart(site.kind, type).has(query.metric) ? ids : [])
  if (metric.type === 'text') {
    throw fieldProblem(
      'not-possible',
      'metric',
      `${metric.name} là văn bản, không có chuỗi số`,
      `${metric.name} is text and has no series`,
    )
  }
  return { metric, question: { siteId: site.id, part, metric: metric.name, ...span } }
}

const listed = (names: readonly string[]): string =>
  names.length > 40 ? `${names.slice(0, 40).join(', ')}, …` : names.join(', ')

function noPart(site: Site, part: string, type: Part, ids: readonly string[]): Problem {
  if (type === 'site') {
    return fieldProblem(
      'not-possible',
      'part',
      `trạm loại ${site.kind} không có phần nào; hãy bỏ "part"`,
      `a ${site.kind} site has no parts; leave "part" out`,
    )
  }
  return fieldProblem(
    'not-possible',
    'part',
    `trạm ${site.id} không có phần "${part}"; có: ${listed(ids)}`,
    `site ${site.id} has no ${type} "${part}"; there are: ${listed(ids)}`,
  )
}

function noMetric(site: Site, name: string, offered: ReadonlyMap<string, Metric>, parts: readonly string[]): Problem {
  if (parts.length > 0) {
    return fieldProblem(
      'not-possible',
      'part',
      `${name} thuộc từng phần của trạm; thêm part, một trong: ${listed(parts)}`,
      `${name} belongs to the parts of a site; add part, one of: ${listed(parts)}`,
    )
  }
  const names = listed([...offered.keys()])
  return fieldProblem(
    'not-possible',
    'metric',
    `${site.kind} không có đại lượng "${name}" ở đây; có: ${names}`,
    `${site.kind} has no metric "${name}" here; there are: ${names}`,
  )
}

/**
 * Refuses what would be too long an answer, saying how to narrow it.
 * @throws Problem 422.
 */
export function refuseTooMany(span: Span, sites: number, mostPoints: number): void {
  if (span.bucket.kind === 'raw') return
  const points = countBuckets(span.bucket, span.fromMs, span.toMs) * sites
  if (points > mostPoints) throw tooMany(span, sites, points, mostPoints)
}

const SECOND_MS = 1000

/** The problem of an answer that would hold too many points. */
export function tooMany(span: Span, sites: number, points: number, mostPoints: number): Problem {
  const widthS = Math.ceil(((span.toMs - span.fromMs) * sites) / mostPoints / SECOND_MS)
  const width = formatBucket({ kind: 'fixed', widthMs: niceWidthS(widthS) * SECOND_MS })
  return fieldProblem(
    'too-much',
    'bucket',
    `câu trả lời sẽ có ${points} điểm, tối đa ${mostPoints}; dùng bucket=${width} trở lên, hoặc thu hẹp from–to hay số trạm`,
    `the answer would hold ${points} points, at most ${mostPoints}; use bucket=${width} or wider, or a shorter from–to or fewer sites`,
  )
}

const NICE_S = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 86_400]
const niceWidthS = (atLeastS: number): number =>
  NICE_S.find((seconds) => seconds >= atLeastS) ?? Math.ceil(atLeastS / 86_400) * 86_400

/** The same questions in days: their counts say how many readings a raw answer would hold. */
export function countingQuestions(asked: readonly Asked[]): SeriesQuestion[] {
  return asked.map(({ question }) => ({ ...question, bucket: { kind: 'fixed', widthMs: 86_400_000 } }))
}

export const totalCount = (series: readonly Series[]): number =>
  series.reduce((total, { count }) => total + count.reduce((sum, n) => sum + n, 0), 0)

export function answerOf({ question, metric }: Asked, series: Series): SeriesAnswer {
  return {
    site: question.siteId,
    part: question.part,
    metric: metric.name,
    unit: metric.unit,
    bucket: formatBucket(question.bucket),
    level: 'raw',
    ...series,
  }
}

/** Answers as rows: one a point. */
export function seriesTable(all: readonly SeriesAnswer[]): Table {
  return { columns: ['site', 'part', 'metric', 'unit', 't', 'mean', 'min', 'max', 'count'], rows: rowsOf(all) }
}

function* rowsOf(all: readonly SeriesAnswer[]): Generator<readonly Cell[]> {
  for (const { site, part, metric, unit, t, mean, min, max, count } of all) {
    for (const [at, ms] of t.entries()) yield [site, part, metric, unit, ms, mean[at], min[at], max[at], count[at]]
  }
}
