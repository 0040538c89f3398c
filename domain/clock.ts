/** Time as the platform sees it. One clock is injected into everything that waits or stamps. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Runs `work` every `intervalMs` of platform time until the returned function is called. */
  every(intervalMs: number, work: () => void): () => void
  /** Runs `work` once after `delayMs` of platform time unless the returned function is called first. */
  after(delayMs: number, work: () => void): () => void
}

/** How a clock runs, in plain numbers, so that threads and processes can share one. */
export interface ClockPace {
  /** At this real time (epoch ms) … */
  realMs: number
  /** … it was this platform time (epoch ms): they part where a fast clock goes on after a restart. */
  platformMs: number
  /** 1 is real time; 60 runs sixty times as fast (demonstration only). */
  scale: number
}

export const REAL_PACE: ClockPace = { realMs: 0, platformMs: 0, scale: 1 }

/** A clock at a pace. Node and browser alike. */
export function createClock(pace: ClockPace = REAL_PACE): Clock {
  const { realMs, platformMs, scale } = pace
  return {
    now: () => (scale === 1 ? Date.now() : Math.round(platformMs + (Date.now() - realMs) * scale)),
    every(intervalMs, work) {
      const timer = setInterval(work, Math.max(1, intervalMs / scale))
      return () => clearInterval(timer)
    },
    after(delayMs, work) {
      const timer = setTimeout(work, Math.max(0, delayMs / scale))
      return () => clearTimeout(timer)
    },
  }
}
