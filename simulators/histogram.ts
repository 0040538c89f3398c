/** Counts of durations in steps of 5 %, from 10 µs to a minute: percentiles good to that. */
export interface Histogram {
  readonly counts: Uint32Array
  total: number
  maxMs: number
}

const FIRST_MS = 0.01
const GROWTH = Math.log(1.05)
const STEPS = 330

export const createHistogram = (): Histogram => ({ counts: new Uint32Array(STEPS), total: 0, maxMs: 0 })

export function record(histogram: Histogram, ms: number): void {
  const step = ms <= FIRST_MS ? 0 : Math.min(STEPS - 1, Math.ceil(Math.log(ms / FIRST_MS) / GROWTH))
  histogram.counts[step] = (histogram.counts[step] as number) + 1
  histogram.total++
  if (ms > histogram.maxMs) histogram.maxMs = ms
}

/** The duration in ms that a share (0 … 1) of all did not exceed; 0 when there are none. */
export function percentile(histogram: Histogram, share: number): number {
  let left = share * histogram.total
  for (let step = 0; step < STEPS; step++) {
    left -= histogram.counts[step] as number
    if (left <= 0 && histogram.total > 0) return Math.min(histogram.maxMs, FIRST_MS * Math.exp(step * GROWTH))
  }
  return histogram.maxMs
}
