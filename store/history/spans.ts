/**
 * Where readings of one source may already stand: a few closed spans of time, in order and apart.
 * An instant outside all of them is certainly new, so it can be appended without asking the database.
 * Spans may claim more than there is, never less.
 */
export interface Spans {
  from: number[]
  to: number[]
}

/** Enough to keep the live edge, a past being filled in and two outages apart. */
const MAX_SPANS = 4

export const noSpans = (): Spans => ({ from: [], to: [] })

/** May a reading of this instant exist already? */
export function mayHold(spans: Spans, ts: number): boolean {
  for (let i = spans.from.length - 1; i >= 0; i--) {
    if (ts > (spans.to[i] as number)) return false
    if (ts >= (spans.from[i] as number)) return true
  }
  return false
}

/** Notes a reading at an instant that `mayHold` denied. */
export function hold(spans: Spans, ts: number): void {
  const { from, to } = spans
  let at = from.length
  if (at === MAX_SPANS && ts > (to[at - 1] as number) && ts - (to[at - 1] as number) <= smallestGap(spans)) {
    to[at - 1] = ts // what nearly every reading does: the live edge moves on
    return
  }
  while (at > 0 && ts < (from[at - 1] as number)) at--
  from.splice(at, 0, ts)
  to.splice(at, 0, ts)
  if (from.length > MAX_SPANS) closeSmallestGap(spans)
}

function smallestGap({ from, to }: Spans): number {
  let smallest = Infinity
  for (let i = 1; i < from.length; i++) smallest = Math.min(smallest, (from[i] as number) - (to[i - 1] as number))
  return smallest
}

function closeSmallestGap({ from, to }: Spans): void {
  let smallest = 1
  for (let i = 2; i < from.length; i++) {
    const gap = (from[i] as number) - (to[i - 1] as number)
    if (gap <= (from[smallest] as number) - (to[smallest - 1] as number)) smallest = i
  }
  from.splice(smallest, 1)
  to.splice(smallest - 1, 1)
}
