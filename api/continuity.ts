import type { Clock } from '../domain/clock.ts'
import type { LiveFrame } from '../domain/live.ts'
import { createSequence } from './latest.ts'

/** Full states are large: never asked for more often than this, whatever confusion reigns. */
const SNAPSHOT_EVERY_MS = 1000

export interface Continuity {
  /** A connection was made: whatever happened before it is unknown. */
  connected(): void
  /** Notes a frame's place; false: it is a repeat and says nothing. To be followed by `settle`. */
  follow(frame: LiveFrame): boolean
  /** Once a frame is applied: was it the end of the full state that was owed? */
  settle(frame: LiveFrame): void
  readonly gaps: number
  stop(): void
}

/**
 * Sees to it that a missing frame is followed by a full state, and that viewers then read again. A full
 * state counts only if no frame was missing from its first part to its last.
 */
export function createContinuity(o: { wall: Clock; wantSnapshot(): void; resync(reason: string): void }): Continuity {
  const { wall } = o
  const sequence = createSequence()
  let gaps = 0
  let owed: string | undefined
  let snapshot: 'whole' | 'torn' | undefined
  let askedMs = Number.NEGATIVE_INFINITY
  let stopAsking: (() => void) | undefined

  const askNow = () => {
    askedMs = wall.now()
    o.wantSnapshot()
  }
  const ask = (reason: string) => {
    owed = reason
    if (wall.now() - askedMs >= SNAPSHOT_EVERY_MS) askNow()
    stopAsking ??= wall.every(SNAPSHOT_EVERY_MS, askNow)
  }
  const stop = () => {
    stopAsking?.()
    stopAsking = undefined
  }
  return {
    stop,
    get gaps() {
      return gaps
    },
    connected: () => ask('connected'),
    follow(frame) {
      const continuity = sequence.follow(frame)
      if (continuity === 'repeat') return false
      const broken = continuity !== 'next'
      if (frame.snapshot) snapshot ??= broken ? 'torn' : 'whole'
      if (!broken) return true
      gaps += 1
      if (snapshot) snapshot = 'torn'
      ask(continuity)
      return true
    },
    settle(frame) {
      if (frame.snapshot !== 'last') return
      const whole = snapshot === 'whole'
      snapshot = undefined
      if (!whole || owed === undefined) return
      stop()
      o.resync(owed)
      owed = undefined
    },
  }
}
