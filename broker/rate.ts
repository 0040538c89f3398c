/** A token bucket that may run into debt: first it holds back, only then it refuses. Pure. */

export interface Rate {
  /** Messages a second in the long run; 0: no limit. */
  perSecond: number
  /** Messages at once, and the debt that is tolerated. */
  burst: number
}

export interface Bucket {
  tokens: number
  /** Epoch ms of the last refill. */
  atMs: number
}

/** The answer of `take` when even the tolerated debt is used up. */
export const REFUSED = -1

export const fullBucket = (rate: Rate, nowMs: number): Bucket => ({ tokens: rate.burst, atMs: nowMs })

/** Takes one message's worth: 0 to go on at once, ms to wait before going on, or REFUSED. */
export function take(bucket: Bucket, rate: Rate, nowMs: number): number {
  if (rate.perSecond === 0) return 0
  const refilled = bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * rate.perSecond) / 1000
  bucket.tokens = Math.min(rate.burst, refilled) - 1
  bucket.atMs = nowMs
  if (bucket.tokens >= 0) return 0
  if (bucket.tokens >= -rate.burst) return (-bucket.tokens * 1000) / rate.perSecond
  bucket.tokens += 1
  return REFUSED
}
