import type { Kind } from '../../domain/words.ts'

/** What the broker writes down before it acknowledges: all of it is evidence. */
export type EntryType = 'telemetry' | 'status' | 'connection'

export interface JournalEntry {
  type: EntryType
  kind: Kind
  /** The partition key: entries of one site keep their order. */
  siteId: string
  /** Epoch ms at the broker, strictly rising per site. */
  receivedAt: number
  /** As it came from the wire; for a connection event, JSON. */
  payload: Uint8Array
}

/** An entry with the offset of what follows it: commit that to have consumed this one. */
export interface ReadEntry extends JournalEntry {
  next: number
}

/** A partitioned log as its producer sees it. */
export interface JournalWriter {
  /**
   * Adds an entry; `done` is called once it is on disk (group fsync), in order of appending, or with
   * the reason why it never will be. Nothing may be acknowledged before.
   */
  append(entry: JournalEntry, done?: (error?: Error) => void): void
  /** Offset up to which everything is on disk. */
  readonly durable: number
  /** Bytes on disk that no consumer has passed yet, and the limit. */
  usage(): { bytes: number; limitBytes: number }
  /** Flushes, then closes. */
  close(): Promise<void>
}

/** The log as one named consumer sees it. */
export interface JournalReader {
  /** First offset still held. */
  readonly oldest: number
  /**
   * Entries from an offset on, in batches of at most `maxBytes`, waiting for more at the end, until
   * the signal aborts. Only what is on disk is delivered.
   * @throws JournalGapError when `from` has been unlinked already or lies beyond the durable end.
   */
  tail(from: number, options: { signal: AbortSignal; maxBytes?: number }): AsyncIterable<ReadEntry[]>
  /** Everything before `offset` will not be asked for again by this consumer: its segments may go. */
  commit(offset: number): Promise<void>
  /** Bytes between an offset and the durable end: the lag. */
  behind(offset: number): number
  close(): Promise<void>
}
