import { mkdirSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type DurableEnd, type DurableEndPoll, pollDurableEnd } from './durable-end.ts'
import { JournalCorruptError, JournalGapError } from './errors.ts'
import { listSegments, readCommit, type Segment, writeCommit } from './files.ts'
import { readFrames } from './frame.ts'
import type { JournalReader, ReadEntry } from './port.ts'

const BATCH_BYTES = 1024 * 1024
const SHORTEST_WAIT_MS = 1
const LONGEST_WAIT_MS = 10

/**
 * Opens a folder for reading as one named consumer; it need not have been written to yet.
 *
 * A batch is one block read into a buffer of its own, and its payloads are views of it: they stay valid for good, and
 * keep the whole block in memory as long as one of them is kept.
 */
export async function openJournalReader(options: { dir: string; consumer: string }): Promise<JournalReader> {
  const { dir, consumer } = options
  mkdirSync(dir, { recursive: true })
  const committed = readCommit(dir, consumer) ?? 0
  return new SegmentReader(dir, consumer, committed)
}

class SegmentReader implements JournalReader {
  readonly #dir: string
  readonly #consumer: string
  readonly #end: DurableEndPoll
  readonly #closing = new AbortController()
  #durable = 0
  #committed: number
  #wanted: number
  #committing: Promise<void> | undefined

  constructor(dir: string, consumer: string, committed: number) {
    this.#dir = dir
    this.#consumer = consumer
    this.#committed = committed
    this.#wanted = committed
    this.#end = pollDurableEnd(dir)
  }

  get oldest(): number {
    return listSegments(this.#dir)[0]?.base ?? 0
  }

  behind(offset: number): number {
    this.#durable = this.#end.read()?.durable ?? this.#durable
    return Math.max(0, this.#durable - offset)
  }

  async *tail(from: number, options: { signal: AbortSignal; maxBytes?: number }): AsyncGenerator<ReadEntry[]> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    const place = new Place(this.#dir)
    let at = from
    let started = false
    try {
      for (;;) {
        const end = await this.#waitBeyond(started ? at : -1, signal)
        if (!end) return
        if (at > end.durable) throw beyondEnd(this.#dir, at, end.durable)
        started = true
        if (at === end.durable) continue
        const entries = await place.read(at, end, options.maxBytes ?? BATCH_BYTES)
        if (signal.aborted) return
        at = (entries.at(-1) as ReadEntry).next
        yield entries
      }
    } finally {
      await place.close()
    }
  }

  commit(offset: number): Promise<void> {
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`${offset} is no offset`)
    this.#wanted = Math.max(this.#wanted, offset)
    this.#committing ??= this.#writeCommits().finally(() => {
      this.#committing = undefined
    })
    return this.#committing
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#committing
    this.#end.close()
  }

  /** Commits that come while one is being written share the next write. */
  async #writeCommits(): Promise<void> {
    while (this.#committed < this.#wanted) {
      const offset = this.#wanted
      await writeCommit(this.#dir, this.#consumer, offset)
      this.#committed = offset
    }
  }

  /** The durable end once it lies beyond an offset; undefined when the signal came first. */
  async #waitBeyond(offset: number, signal: AbortSignal): Promise<DurableEnd | undefined> {
    let waitMs = SHORTEST_WAIT_MS
    while (!signal.aborted) {
      const end = this.#end.read()
      if (end?.current && end.durable > offset) return end
      await delay(waitMs, undefined, { signal }).catch(() => undefined) // aborted: the loop ends
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)
    }
    return undefined
  }
}

const beyondEnd = (dir: string, at: number, durable: number): JournalGapError => {
  const oldest = listSegments(dir)[0]?.base ?? 0
  return new JournalGapError(
    `${dir} ends at offset ${durable}, before ${at}: it is not the log that was read`,
    at,
    oldest,
  )
}

/** The place in the files where a tail reads. */
class Place {
  readonly #dir: string
  #segments: Segment[] = []
  /** Base of the segment that was being written when the list was made. */
  #listedFor = -1
  #base = -1
  #handle: FileHandle | undefined

  constructor(dir: string) {
    this.#dir = dir
  }

  /** At least one entry from `at`, which lies before the durable end, and no more than is durable. */
  async read(at: number, end: DurableEnd, maxBytes: number): Promise<ReadEntry[]> {
    const { segment, next } = this.#find(at, end)
    const handle = await this.#open(segment, at)
    const limit = Math.min(end.durable, next ?? Number.POSITIVE_INFINITY)
    const entries: ReadEntry[] = []
    let wanted = maxBytes
    for (;;) {
      const block = Buffer.allocUnsafeSlow(Math.min(wanted, limit - at))
      const { bytesRead } = await handle.read(block, 0, block.length, at - segment.base)
      const scan = readFrames(block.subarray(0, bytesRead), at, entries)
      if (entries.length > 0) return entries
      const fileEnds = bytesRead < block.length
      if (fileEnds && !scan.bad && next !== undefined) throw lost(segment, at, next)
      if (scan.bad || fileEnds || wanted >= scan.wantedBytes) {
        throw new JournalCorruptError(segment.file, at - segment.base, at, next)
      }
      wanted = scan.wantedBytes
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  #find(at: number, end: DurableEnd): { segment: Segment; next: number | undefined } {
    if (this.#listedFor !== end.activeBase) {
      this.#segments = listSegments(this.#dir)
      this.#listedFor = end.activeBase
    }
    const index = this.#segments.findLastIndex((segment) => segment.base <= at)
    const segment = this.#segments[index]
    const next = this.#segments[index + 1]?.base
    if (segment) return { segment, next }
    throw unlinked(this.#dir, at)
  }

  async #open(segment: Segment, at: number): Promise<FileHandle> {
    if (this.#handle && this.#base === segment.base) return this.#handle
    await this.close()
    try {
      this.#handle = await open(segment.file, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw unlinked(this.#dir, at)
    }
    this.#base = segment.base
    return this.#handle
  }
}

/** The oldest offset held after `at`, or the durable end when all that is held lies before it. */
function unlinked(dir: string, at: number): JournalGapError {
  const held = listSegments(dir).find((segment) => segment.base > at)
  return new JournalGapError(`${dir} no longer holds offset ${at}`, at, held?.base ?? at)
}

const lost = (segment: Segment, at: number, next: number): JournalGapError =>
  new JournalGapError(`${segment.file} ends at offset ${at}, and what followed is lost`, at, next)
