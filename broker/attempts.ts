/**
 * Failed sign-ins by address. A right secret is let in whatever else came from its address, so that
 * one bad device behind a shared address locks nobody out; only the failures get slow. Pure.
 */
export interface Attempts {
  /** Failures that an address may make a minute before its answers are delayed. */
  readonly perMinute: number
  /** Addresses remembered at most; the one that failed longest ago is forgotten first. */
  readonly capacity: number
  readonly byAddress: Map<string, { left: number; atMs: number; waiting: number }>
}

/** What to do with a failed attempt: answer now, answer late, or hang up. */
export type Penalty = 'none' | 'delay' | 'hang-up'

/** Delayed answers that one address may be waiting for. */
const WAITING_LIMIT = 50

export const createAttempts = (perMinute: number, capacity = 10_000): Attempts => ({
  perMinute,
  capacity,
  byAddress: new Map(),
})

/** Records a failure and says what it costs. After `delay`, call `forgive` once the answer has gone. */
export function recordFailure(attempts: Attempts, address: string, nowMs: number): Penalty {
  const { perMinute, byAddress } = attempts
  const known = byAddress.get(address) ?? { left: perMinute, atMs: nowMs, waiting: 0 }
  known.left = Math.min(perMinute, known.left + (Math.max(0, nowMs - known.atMs) * perMinute) / 60_000)
  known.atMs = nowMs
  byAddress.delete(address)
  byAddress.set(address, known)
  const oldest = byAddress.keys().next()
  if (byAddress.size > attempts.capacity && !oldest.done) byAddress.delete(oldest.value)
  if (known.left >= 1) {
    known.left -= 1
    return 'none'
  }
  if (known.waiting >= WAITING_LIMIT) return 'hang-up'
  known.waiting += 1
  return 'delay'
}

/** A delayed answer has gone. */
export function forgive(attempts: Attempts, address: string): void {
  const known = attempts.byAddress.get(address)
  if (known && known.waiting > 0) known.waiting -= 1
}
