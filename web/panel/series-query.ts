import { fetchSeries, type SeriesAnswer } from '../fetch.ts'

export const DAY_MS = 86_400_000
const AGAIN_MS = 60_000

/** The last 24 hours of a metric of a part. */
export const seriesQuery = (siteId: string, part: string, metric: string) => ({
  queryKey: ['series', siteId, part, metric],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    fetchSeries({ siteId, part, metric, from: '-24h', to: 'now' }, signal),
  refetchInterval: AGAIN_MS,
})

const WIDTHS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS }

/** Width of the answer's buckets in ms; 0 for single readings. */
export function bucketMs(bucket: string): number {
  const found = /^(\d+)(ms|s|m|h|d)$/.exec(bucket)
  if (!found) return 0
  return found[2] === 'ms' ? Number(found[1]) : Number(found[1]) * (WIDTHS[found[2] ?? ''] ?? 0)
}

export interface Gap {
  fromMs: number
  toMs: number
}

/** Columns for drawing: epoch seconds, and a null wherever a line must break. */
export interface Drawing {
  seconds: number[]
  mean: (number | null)[]
  min: (number | null)[]
  max: (number | null)[]
  gaps: Gap[]
  /** Readings in all. */
  count: number
}

/**
 * Where the numbers are and where there are none. Two neighbours are joined while no reading was due
 * between them: they lie at most `dueMs`, rounded up to buckets, apart. Everything longer is a gap, with a
 * null in it, so that no line bridges it.
 */
export function toDrawing(series: SeriesAnswer, dueMs: number, fromMs: number, nowMs: number): Drawing {
  const width = bucketMs(series.bucket)
  const reach = width === 0 ? dueMs : Math.ceil(dueMs / width) * width
  const drawing: Drawing = { seconds: [], mean: [], min: [], max: [], gaps: [], count: 0 }
  const push = (ms: number, at: number | null) => {
    drawing.seconds.push(ms / 1000)
    drawing.mean.push(at === null ? null : (series.mean[at] ?? null))
    drawing.min.push(at === null ? null : (series.min[at] ?? null))
    drawing.max.push(at === null ? null : (series.max[at] ?? null))
  }
  let last = fromMs - width
  for (const [at, start] of series.t.entries()) {
    if (series.mean[at] == null) continue
    if (start - last > reach) {
      const gapFrom = Math.max(fromMs, last + width)
      drawing.gaps.push({ fromMs: gapFrom, toMs: start })
      push((gapFrom + start) / 2, null)
    }
    push(start + width / 2, at)
    drawing.count += series.count[at] ?? 0
    last = start
  }
  if (nowMs - last > reach + width) drawing.gaps.push({ fromMs: Math.max(fromMs, last + width), toMs: nowMs })
  return drawing
}
