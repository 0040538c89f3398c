/** Questions to the history, and the time language they are asked in. Pure. */

/** Asia/Ho_Chi_Minh keeps +7 all year; buckets align to it. */
export const LOCAL_OFFSET_MS = 7 * 3_600_000

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Bucket of an answer: every reading, a fixed width, or a calendar month. */
export type Bucket = { kind: 'raw' } | { kind: 'fixed'; widthMs: number } | { kind: 'month' }

/** The widths that `auto` chooses from, so that a chart has some 300 points. */
const AUTO_WIDTHS_MS = [1, 5, 10, 30]
  .map((s) => s * 1000)
  .concat(
    [1, 5, 15, 30].map((m) => m * 60_000),
    [1, 3, 6].map((h) => h * 3_600_000),
    [1, 7].map((d) => d * 86_400_000),
  )
const AUTO_POINTS = 300

/**
 * Parses `raw`, `auto`, `10s`, `5m`, `1h`, `1d`, `1mo`.
 * @throws RangeError saying what is accepted.
 */
export function parseBucket(text: string, fromMs: number, toMs: number): Bucket {
  if (text === 'raw') return { kind: 'raw' }
  if (text === '1mo') return { kind: 'month' }
  if (text === 'auto') {
    const wanted = (toMs - fromMs) / AUTO_POINTS
    return { kind: 'fixed', widthMs: AUTO_WIDTHS_MS.find((width) => width >= wanted) ?? 7 * UNIT_MS.d }
  }
  const found = /^([1-9]\d{0,4})([smhd])$/.exec(text)
  if (!found) throw new RangeError('a bucket is raw, auto, 1mo, or a duration such as 10s, 5m, 1h, 1d')
  return { kind: 'fixed', widthMs: Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS] }
}

/** The bucket as it is written in an answer. */
export function formatBucket(bucket: Bucket): string {
  if (bucket.kind === 'raw') return 'raw'
  if (bucket.kind === 'month') return '1mo'
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (bucket.widthMs % UNIT_MS[unit] === 0) return `${bucket.widthMs / UNIT_MS[unit]}${unit}`
  }
  return `${bucket.widthMs}ms`
}

/** Start of the bucket that holds `ms`, aligned to local midnight (fixed widths) or the local month. */
export function bucketStart(bucket: Exclude<Bucket, { kind: 'raw' }>, ms: number): number {
  if (bucket.kind === 'month') {
    const local = new Date(ms + LOCAL_OFFSET_MS)
    return Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), 1) - LOCAL_OFFSET_MS
  }
  return Math.floor((ms + LOCAL_OFFSET_MS) / bucket.widthMs) * bucket.widthMs - LOCAL_OFFSET_MS
}

/** Start of the bucket after the one that starts at `startMs`. */
export function nextBucket(bucket: Exclude<Bucket, { kind: 'raw' }>, startMs: number): number {
  if (bucket.kind === 'fixed') return startMs + bucket.widthMs
  const local = new Date(startMs + LOCAL_OFFSET_MS)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1) - LOCAL_OFFSET_MS
}

/** How many buckets overlap [fromMs, toMs); counted, not listed, so that an absurd question is cheap to refuse. */
export function countBuckets(bucket: Exclude<Bucket, { kind: 'raw' }>, fromMs: number, toMs: number): number {
  if (toMs <= fromMs) return 0
  const widthMs = bucket.kind === 'month' ? 28 * UNIT_MS.d : bucket.widthMs
  return Math.ceil((toMs - bucketStart(bucket, fromMs)) / widthMs)
}

/** Starts of the buckets that overlap [fromMs, toMs), in order. */
export function bucketStarts(bucket: Exclude<Bucket, { kind: 'raw' }>, fromMs: number, toMs: number): number[] {
  const starts: number[] = []
  for (let start = bucketStart(bucket, fromMs); start < toMs; start = nextBucket(bucket, start)) starts.push(start)
  return starts
}

/**
 * Parses an instant: ISO 8601 with offset, epoch ms, `now`, or an offset from now such as `-24h`, `-7d`.
 * @throws RangeError saying what is accepted.
 */
export function parseInstant(text: string, nowMs: number): number {
  if (text === 'now') return nowMs
  const offset = /^([+-])(\d{1,6})([smhdw])$/.exec(text)
  if (offset) {
    const span = Number(offset[2]) * UNIT_MS[offset[3] as keyof typeof UNIT_MS]
    return offset[1] === '-' ? nowMs - span : nowMs + span
  }
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (Number.isNaN(iso))
    throw new RangeError('an instant is ISO 8601 with its offset, epoch ms, now, or an offset such as -24h')
  return iso
}

/** What a chart asks: one metric of one part of one site. */
export interface SeriesQuestion {
  siteId: string
  /** `''` for the site itself, else a sector or link id. */
  part: string
  metric: string
  fromMs: number
  toMs: number
  bucket: Bucket
}

/** Columns of equal length. For `raw`, mean, min and max are the value itself and count is 1. */
export interface Series {
  t: number[]
  mean: (number | null)[]
  min: (number | null)[]
  max: (number | null)[]
  count: number[]
}
