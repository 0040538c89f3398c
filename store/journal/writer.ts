import { mkdir } from 'node:fs/promises'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { Batch, type Done } from './batch.ts'
import { type DurableEndFile, openDurableEnd } from './durable-end.ts'
import { JournalFullError } from './errors.ts'
import { frameBytes, frameProblem } from './frame.ts'
import { takeLock } from './lock.ts'
import type { JournalEntry, JournalWriter } from './port.ts'
import { type ActiveSegment, type Recovery, recover, startSegment } from './recovery.ts'
import { consumedOffset, unlinkConsumed } from './retention.ts'

export interface JournalWriterOptions {
  dir: string
  /** Bytes that no consumer has passed, beyond which nothing is taken any more. */
  limitBytes: number
  /** A segment that has grown to this size is followed by a new one; 64 MiB when not given. */
  segmentBytes?: number
  /** Least time between the starts of two flushes in ms; 3 when not given. Waiting entries share one fsync. */
  flushIntervalMs?: number
  /** What is held until each of them has committed it; `['ingest']` when not given. Others may read, too late. */
  consumers?: readonly string[]
  /** Told of what went wrong beside the entries themselves: losses found at opening, failed writes and unlinks. */
  onProblem?: (problem: Error) => void
}

/** Counts since opening. */
export interface JournalCounters {
  appended: number
  /** Refused because the journal was full, closed, or the entry could not be a frame. */
  refused: number
  /** Taken but not written: the disk failed. */
  failed: number
  flushes: number
}

export interface SegmentJournalWriter extends JournalWriter {
  counters(): Readonly<JournalCounters>
  /** Bytes of a torn tail that opening cut off. */
  readonly cutBytes: number
}

const SEGMENT_BYTES = 64 * 1024 * 1024
const FLUSH_INTERVAL_MS = 3
/** Entries in memory that wait for the disk: beyond it the disk does not keep up, and says so. */
const WAITING_LIMIT_BYTES = 64 * 1024 * 1024
const RETENTION_INTERVAL_MS = 1000
/** How often a full journal looks whether its consumers caught up. */
const FULL_CHECK_MS = 50
/** After a failed write, before the next. */
const RETRY_MS = 100
/** Timers are no finer. */
const SHORTEST_REST_MS = 0.5

interface Flushed {
  batch: Batch
  error: Error | undefined
}

/**
 * Opens a folder for writing: takes its lock, cuts a torn tail, and goes on at the end.
 *
 * Entries gather in memory; a flush writes all of them to the current segment, waits for fdatasync, records the
 * durable end, and only then calls back, while the next flush is already under way. After a failed write or fsync
 * the segment is not used again, as the kernel may have dropped the pages and would call the next fsync a success: its
 * entries fail, it is cut back to the durable end, and a new segment begins there.
 * @throws JournalLockedError when another writer has it open.
 */
export async function openJournalWriter(options: JournalWriterOptions): Promise<SegmentJournalWriter> {
  await mkdir(options.dir, { recursive: true })
  const unlock = takeLock(options.dir)
  try {
    const recovery = await recover(options.dir)
    const end = openDurableEnd(options.dir)
    const { active } = recovery
    end.write(active.base + active.size, active.base)
    return new SegmentWriter(options, recovery, end, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

class SegmentWriter implements SegmentJournalWriter {
  durable: number
  readonly cutBytes: number
  readonly #dir: string
  readonly #limitBytes: number
  readonly #segmentBytes: number
  readonly #flushIntervalMs: number
  readonly #consumers: readonly string[]
  readonly #onProblem: (problem: Error) => void
  readonly #end: DurableEndFile
  readonly #unlock: () => void
  readonly #counters: JournalCounters = { appended: 0, refused: 0, failed: 0, flushes: 0 }
  readonly #retention: NodeJS.Timeout
  readonly #spare: Batch[] = []
  /** Undefined after a failed write, until the next flush starts a new one. */
  #segment: ActiveSegment | undefined
  #filling = new Batch()
  /** Bytes of the batch that is being written. */
  #writingBytes = 0
  #consumed: number
  #nextFullCheck = 0
  #nextFlush = 0
  #running: Promise<void> | undefined
  #unlinking: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(options: JournalWriterOptions, recovery: Recovery, end: DurableEndFile, unlock: () => void) {
    const { active, cutBytes, loss } = recovery
    this.#dir = options.dir
    this.#limitBytes = options.limitBytes
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES
    this.#flushIntervalMs = options.flushIntervalMs ?? FLUSH_INTERVAL_MS
    this.#consumers = options.consumers ?? ['ingest']
    this.#onProblem = options.onProblem ?? ((problem) => process.emitWarning(problem))
    this.#end = end
    this.#unlock = unlock
    this.#segment = active
    this.durable = active.base + active.size
    this.cutBytes = cutBytes
    this.#consumed = consumedOffset(this.#dir, this.#consumers)
    this.#retention = setInterval(() => this.#retain(), RETENTION_INTERVAL_MS).unref()
    if (loss) this.#onProblem(new Error(loss))
  }

  append(entry: JournalEntry, done?: Done): void {
    const bytes = frameBytes(entry)
    const refusal = this.#refusal(entry, bytes)
    if (refusal) {
      this.#counters.refused++
      if (done) process.nextTick(done, refusal)
      return
    }
    this.#filling.add(entry, bytes, done)
    this.#counters.appended++
    if (this.#running === undefined) this.#running = this.#run()
  }

  usage(): { bytes: number; limitBytes: number } {
    return { bytes: Math.max(0, this.durable - this.#consumed), limitBytes: this.#limitBytes }
  }

  counters(): Readonly<JournalCounters> {
    return this.#counters
  }

  close(): Promise<void> {
    this.#closed ??= this.#shut()
    return this.#closed
  }

  #refusal(entry: JournalEntry, bytes: number): Error | undefined {
    const problem = frameProblem(entry)
    if (problem) return new RangeError(problem)
    if (this.#closed !== undefined) return new Error('the journal is closed')
    const waiting = this.#filling.length + this.#writingBytes + bytes
    if (waiting > WAITING_LIMIT_BYTES) {
      return new JournalFullError(`${waiting} bytes wait for the disk of ${this.#dir}, which does not keep up`)
    }
    if (this.durable + waiting - this.#consumed <= this.#limitBytes) return undefined
    this.#lookAgain()
    if (this.durable + waiting - this.#consumed <= this.#limitBytes) return undefined
    return new JournalFullError(`${this.#dir} holds ${this.usage().bytes} bytes of ${this.#limitBytes} unread`)
  }

  #lookAgain(): void {
    const now = performance.now()
    if (now < this.#nextFullCheck) return
    this.#nextFullCheck = now + FULL_CHECK_MS
    this.#readConsumed()
  }

  #readConsumed(): void {
    try {
      this.#consumed = consumedOffset(this.#dir, this.#consumers)
    } catch (error) {
      this.#onProblem(asError(error)) // the last known offset stands: nothing is unlinked too early
    }
  }

  #retain(): void {
    this.#readConsumed()
    const consumed = Math.min(this.#consumed, this.durable)
    this.#unlinking = this.#unlinking
      .then(() => unlinkConsumed(this.#dir, consumed))
      .catch((error: unknown) => this.#onProblem(asError(error)))
  }

  /** Flushes until nothing waits. Callers of one batch are told while the next is on its way to the disk. */
  async #run(): Promise<void> {
    await this.#rest(this.#nextFlush - performance.now())
    let finished: Flushed | undefined
    while (finished || this.#filling.length > 0) {
      const writing = this.#flush()
      if (finished) this.#tell(finished)
      finished = await writing
      const restMs = finished?.error ? RETRY_MS : this.#nextFlush - performance.now()
      if (!finished || restMs < SHORTEST_REST_MS) continue
      this.#tell(finished)
      finished = undefined
      await this.#rest(restMs)
    }
    this.#running = undefined
  }

  /** Lets at least one turn of the event loop pass, so that what one socket brought goes together. */
  async #rest(forMs: number): Promise<void> {
    if (forMs < SHORTEST_REST_MS) await nextTurn()
    else await delay(forMs)
  }

  async #flush(): Promise<Flushed | undefined> {
    if (this.#filling.length === 0) return undefined
    const batch = this.#filling
    this.#filling = this.#spare.pop() ?? new Batch()
    this.#nextFlush = performance.now() + this.#flushIntervalMs
    this.#writingBytes = batch.length
    const error = await this.#write(batch)
    this.#writingBytes = 0
    return { batch, error }
  }

  #tell({ batch, error }: Flushed): void {
    batch.settle(error)
    this.#spare.push(batch)
  }

  /** Resolves with the reason when the batch is not on disk. */
  async #write(batch: Batch): Promise<Error | undefined> {
    try {
      const segment = await this.#roomySegment()
      await writeFully(segment, batch)
      await segment.handle.datasync()
      segment.size += batch.length
      this.#advance(segment)
      this.#counters.flushes++
      return undefined
    } catch (thrown) {
      const error = asError(thrown)
      this.#counters.failed += batch.waiting.length
      this.#onProblem(error)
      await this.#abandonSegment()
      return error
    }
  }

  #advance(segment: ActiveSegment): void {
    const end = segment.base + segment.size
    this.#end.write(end, segment.base)
    this.durable = end
  }

  async #roomySegment(): Promise<ActiveSegment> {
    const current = this.#segment
    if (current && (current.size < this.#segmentBytes || current.size === 0)) return current
    const fresh = await startSegment(this.#dir, this.durable)
    this.#segment = fresh
    this.#end.write(this.durable, fresh.base)
    await current?.handle.close()
    this.#retain()
    return fresh
  }

  async #abandonSegment(): Promise<void> {
    const segment = this.#segment
    this.#segment = undefined
    if (!segment) return
    const cut = await Promise.allSettled([segment.handle.truncate(segment.size), segment.handle.close()])
    // what could not be cut stays behind the durable end, where nobody reads
    for (const step of cut) if (step.status === 'rejected') this.#onProblem(asError(step.reason))
  }

  async #shut(): Promise<void> {
    clearInterval(this.#retention)
    while (this.#running !== undefined) await this.#running
    await this.#unlinking
    await this.#segment?.handle.close()
    this.#end.close()
    this.#unlock()
  }
}

async function writeFully(segment: ActiveSegment, batch: Batch): Promise<void> {
  let written = 0
  while (written < batch.length) {
    const part = await segment.handle.write(batch.bytes, written, batch.length - written, segment.size + written)
    written += part.bytesWritten
  }
}
