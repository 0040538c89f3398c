import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { JournalGapError } from '../store/journal/errors.ts'
import type { JournalReader, ReadEntry } from '../store/journal/port.ts'
import type { Counters } from './stats.ts'

const RETRY_MS = 2000

interface Options {
  journal: JournalReader
  from: number
  signal: AbortSignal
  counters: Counters
  log: Logger
  /** Called when reading goes on at another offset than the one that was asked for. */
  onGap(resumeAt: number): void
}

/**
 * The journal from an offset on, until the signal aborts. A gap is said, counted and passed over; whatever
 * else keeps the journal from being read is logged and tried again.
 */
export async function* tailJournal(options: Options): AsyncGenerator<ReadEntry[]> {
  const { journal, signal, counters, log, onGap } = options
  let at = options.from
  while (!signal.aborted) {
    try {
      for await (const entries of journal.tail(at, { signal })) {
        at = (entries.at(-1) as ReadEntry).next
        yield entries
      }
      return
    } catch (error) {
      if (error instanceof JournalGapError) {
        counters.gaps++
        counters.gapBytes += Math.max(0, error.resumeAt - at)
        log.error(
          { err: error, from: at, resumeAt: error.resumeAt },
          'the journal has a gap: what it held there is lost to the history',
        )
        at = error.resumeAt
        onGap(at)
      } else {
        log.error({ err: error, from: at }, 'the journal cannot be read; trying again')
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined)
      }
    }
  }
}
