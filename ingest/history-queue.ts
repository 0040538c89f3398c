import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Reading } from '../domain/reading.ts'
import type { History, HistoryBatch, StatusEvent } from '../store/history/port.ts'
import { type Bell, createBell } from './bell.ts'
import type { Counters } from './stats.ts'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000
/** An offset without rows behind it (refused payloads) is worth a write this often. */
const BARE_OFFSET_MS = 1000

export interface HistoryQueueOptions {
  history: History
  counters: Counters
  log: Logger
  /** Offset that the history already holds. */
  from: number
  intervalMs: number
  /** A batch this large is written at once; twice as many rows may wait. */
  batchRows: number
}

/**
 * What waits for the history: one write in flight, the next batch gathering behind it, no more than
 * two batches held. A failed write is tried again until it works: nothing acknowledged is given up.
 */
export interface HistoryQueue {
  /** Adds what a journal entry came to, nothing included; `next` is the offset that follows it. */
  add(readings: readonly Reading[], status: StatusEvent | undefined, next: number): void
  /** Rows that are not written yet, those in flight included. */
  rows(): number
  /** Offset that follows the last entry added. */
  tip(): number
  /** Offset up to which the history holds everything. */
  written(): number
  /** The last attempt to write failed. */
  isFailing(): boolean
  isFull(): boolean
  /** Resolves when a batch was taken, written or failed; look again then. */
  change(): Promise<void>
  /** Passes over a stretch of journal that is no longer there. */
  skipTo(offset: number): void
  /** Writes a batch that did not come from the journal, between two others. The caller holds few, each of bounded rows. */
  writeAside(readings: Reading[]): Promise<void>
  /** Writes what waits, once; what fails now is read from the journal again at the next start. */
  close(): Promise<void>
}

interface Pending {
  readings: Reading[]
  statuses: StatusEvent[]
}
const rowsOf = ({ readings, statuses }: Pending): number => readings.length + statuses.length

type Writer = ReturnType<typeof createWriter>

/** Writes batches one at a time, each until it is held. */
function createWriter({ history, counters, log }: HistoryQueueOptions) {
  const closing = new AbortController()
  const changed = createBell()
  let last: Promise<unknown> = Promise.resolve()
  let failing = false

  async function attempt(batch: HistoryBatch): Promise<boolean> {
    const startedAt = performance.now()
    try {
      await history.write(batch)
    } catch (error) {
      failing = true
      counters.writeFailures++
      log.error({ err: error, rows: rowsOf(batch) }, 'the history did not take a batch; it will be offered again')
      changed.ring()
      return false
    }
    failing = false
    counters.writes++
    counters.rowsWritten += rowsOf(batch)
    counters.lastBatchRows = rowsOf(batch)
    counters.lastWriteMs = performance.now() - startedAt
    return true
  }

  async function persist(batch: HistoryBatch): Promise<boolean> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2)) {
      if (await attempt(batch)) return true
      if (closing.signal.aborted) return false
      // Woken by the close: then one last attempt.
      await delay(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  return {
    /** False: given up because of the close. */
    write(batch: HistoryBatch): Promise<boolean> {
      const turn = last.then(() => persist(batch))
      last = turn
      return turn
    },
    changed,
    isFailing: () => failing,
    close: () => closing.abort(),
  }
}

interface Held {
  pending: Pending
  /** Rows of the batch that is being written. */
  inFlight: number
  tip: number
  written: number
  closed: boolean
}

/** Writes what gathers, batch after batch, until closed. */
async function writeOn(held: Held, writer: Writer, added: Bell, options: HistoryQueueOptions): Promise<void> {
  const { intervalMs, batchRows, log } = options
  let startedAt = -Infinity

  async function untilDue(): Promise<void> {
    while (!held.closed && rowsOf(held.pending) < batchRows) {
      const pauseMs = rowsOf(held.pending) > 0 ? intervalMs : Math.max(intervalMs, BARE_OFFSET_MS)
      const waitMs = startedAt + pauseMs - performance.now()
      if (waitMs <= 0 && held.tip !== held.written) return
      await added.heard(held.tip === held.written ? undefined : waitMs)
    }
  }

  for (;;) {
    await untilDue()
    if (held.tip === held.written && rowsOf(held.pending) === 0) return
    const batch = { ...held.pending, offset: held.tip }
    held.pending = { readings: [], statuses: [] }
    held.inFlight = rowsOf(batch)
    startedAt = performance.now()
    writer.changed.ring()
    if (!(await writer.write(batch))) {
      log.warn('stopping with readings that the history has not taken; the journal holds them')
      return
    }
    held.inFlight = 0
    held.written = batch.offset
    writer.changed.ring()
  }
}

export function createHistoryQueue(options: HistoryQueueOptions): HistoryQueue {
  const { from, batchRows } = options
  const writer = createWriter(options)
  const added = createBell()
  const held: Held = { pending: { readings: [], statuses: [] }, inFlight: 0, tip: from, written: from, closed: false }
  const running = writeOn(held, writer, added, options)

  return {
    add(readings, status, next) {
      const { pending } = held
      for (let i = 0; i < readings.length; i++) pending.readings.push(readings[i] as Reading)
      if (status) pending.statuses.push(status)
      held.tip = next
      added.ring()
    },
    rows: () => rowsOf(held.pending) + held.inFlight,
    tip: () => held.tip,
    written: () => held.written,
    isFailing: writer.isFailing,
    isFull: () => rowsOf(held.pending) >= batchRows,
    change: () => writer.changed.heard(),
    skipTo(offset) {
      held.tip = offset
      added.ring()
    },
    async writeAside(readings) {
      if (!(await writer.write({ readings, statuses: [] })))
        throw new Error('stopped before the history took the batch')
    },
    async close() {
      held.closed = true
      writer.close()
      added.ring()
      await running
      writer.changed.ring()
    },
  }
}
