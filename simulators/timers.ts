import type { Clock } from '../domain/clock.ts'

/** Timers of a fleet on its clock, that can be cleared together. */
export interface Timers {
  /** Runs once; a later call for the same key replaces an earlier one. */
  after(key: string, delayMs: number, work: () => void): void
  every(intervalMs: number, work: () => void): void
  clear(): void
}

export function createTimers(clock: Clock): Timers {
  const single = new Map<string, () => void>()
  const repeated: (() => void)[] = []
  return {
    after(key, delayMs, work) {
      single.get(key)?.()
      single.set(
        key,
        clock.after(delayMs, () => {
          single.delete(key)
          work()
        }),
      )
    },
    every: (intervalMs, work) => void repeated.push(clock.every(intervalMs, work)),
    clear() {
      for (const cancel of [...single.values(), ...repeated]) cancel()
      single.clear()
    },
  }
}
