import type { Series, SeriesQuestion } from '../../domain/history.ts'
import type { Reading, Value } from '../../domain/reading.ts'
import type { Kind } from '../../domain/words.ts'

/** A site came or went, by its own word or by its Last Will. */
export interface StatusEvent {
  siteId: string
  kind: Kind
  /** Epoch ms, receive time: liveness goes by it. */
  at: number
  online: boolean
}

/** What is written together, with the journal offset that it takes the history to. */
export interface HistoryBatch {
  readings: Reading[]
  statuses: StatusEvent[]
  /** Absent for backfilled data, which did not come from the journal. */
  offset?: number
}

/** The newest value of one metric of one part. */
export interface LatestValue {
  siteId: string
  part: string
  metric: string
  value: Value
  ts: number
}

/** One row of the raw export: one site, part and instant. */
export interface RawRow {
  siteId: string
  part: string
  ts: number
  values: Record<string, Value>
}

export interface ExportQuestion {
  kind: Kind
  /** Absent: all of the kind. */
  siteIds?: string[]
  fromMs: number
  toMs: number
}

/** Where readings are kept and asked for. Drivers: embedded (DuckDB), InfluxDB. */
export interface History {
  /**
   * Writes a batch and its offset atomically. The identity (site, part, ts) counts once however often
   * it comes: fields merge, the last value wins. Calls are done one after another, each batch held in
   * memory until its turn: whoever writes keeps few of them waiting, and bounds their rows.
   */
  write(batch: HistoryBatch): Promise<void>
  /** The offset of the last written batch that had one; 0 when none. */
  committedOffset(): Promise<number>
  /** The newest values at or before an instant, looking back at most `windowMs`. */
  latest(atMs: number, windowMs: number): Promise<LatestValue[]>
  /** The newest status of each site at or before an instant. */
  statuses(atMs: number): Promise<StatusEvent[]>
  /** Many series in one question; answers in the same order. Text metrics are refused by the caller. */
  series(questions: SeriesQuestion[], signal?: AbortSignal): Promise<Series[]>
  /** Raw rows in order of site, part, time, in batches: memory does not grow with the answer. */
  export(question: ExportQuestion, signal?: AbortSignal): AsyncIterable<RawRow[]>
  /** Forgets readings before an instant. */
  forget(beforeMs: number): Promise<void>
  /** Epoch ms of the oldest and newest reading, or null when empty. */
  extent(): Promise<{ oldestMs: number; newestMs: number } | null>
  stats(): Promise<{ bytes: number; rows: number }>
  /** Waits for what is under way. A second call is the first; what is asked or written afterwards is refused. */
  close(): Promise<void>
}
