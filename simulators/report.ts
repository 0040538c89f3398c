import type { Logger } from 'pino'
import type { FleetCounters } from './device.ts'

const PROGRESS_MS = 2000
const SUMMARY_MS = 60_000

/** Says how far the fleet has come while it connects, then once a minute how it does. Real time, not the city's. */
export function startReport(log: Logger, counters: Readonly<FleetCounters>, devices: number): { stop(): void } {
  let complete = false
  const progress = setInterval(() => {
    if (complete) return
    complete = counters.connected >= devices
    log.info(`fleet: ${counters.connected} of ${devices} devices connected`)
  }, PROGRESS_MS)
  let before = 0
  const summary = setInterval(() => {
    const perSecond = (counters.acknowledged - before) / (SUMMARY_MS / 1000)
    before = counters.acknowledged
    log.info({ ...counters, perSecond: Math.round(perSecond * 10) / 10 }, 'fleet')
  }, SUMMARY_MS)
  return {
    stop() {
      clearInterval(progress)
      clearInterval(summary)
    },
  }
}
