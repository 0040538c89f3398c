/** Wakes whoever waits; remembers nothing, so look at the facts after hearing it. */
export interface Bell {
  ring(): void
  /** Resolves at the next ring, or after `atMostMs` of real time. */
  heard(atMostMs?: number): Promise<void>
}

export function createBell(): Bell {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const wake of waiting) wake()
    },
    heard: (atMostMs) =>
      new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          clearTimeout(timer)
          resolve()
        }
        const timer = atMostMs === undefined ? undefined : setTimeout(wake, Math.max(0, atMostMs))
        waiting.add(wake)
      }),
  }
}
