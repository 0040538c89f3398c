import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { History } from '../store/history/port.ts'

const HOUR_MS = 3_600_000

/** Once an hour, and at start: readings past their retention are forgotten. Returns how to stop it. */
export function keepRetention(history: History, clock: Clock, retentionMs: number, log: Logger): () => Promise<void> {
  let working = Promise.resolve()
  const forget = () => {
    working = working
      .then(() => history.forget(clock.now() - retentionMs))
      .catch((error: unknown) =>
        log.error({ err: error }, 'old readings could not be forgotten; tried again in an hour'),
      )
  }
  forget()
  const cancel = clock.every(HOUR_MS, forget)
  return () => {
    cancel()
    return working
  }
}
