import type { RefusalCode } from '../domain/refusal.ts'

/** What ingest counts; totals since start, gauges as of now. Published once a second. */
export interface Counters {
  entries: number
  readings: number
  statuses: number
  connections: number
  backfilled: number
  refused: Map<RefusalCode, number>
  /** Refusals that were counted but not answered, because a device had more than its share. */
  unanswered: number
  /** Entries that a fault of our own kept from being processed. */
  faults: number
  /** Times that the journal did not hold what was to be read next, and the bytes that were passed over. */
  gaps: number
  gapBytes: number
  writes: number
  writeFailures: number
  rowsWritten: number
  lastWriteMs: number
  lastBatchRows: number
  frames: number
}

export const createCounters = (): Counters => ({
  entries: 0,
  readings: 0,
  statuses: 0,
  connections: 0,
  backfilled: 0,
  refused: new Map(),
  unanswered: 0,
  faults: 0,
  gaps: 0,
  gapBytes: 0,
  writes: 0,
  writeFailures: 0,
  rowsWritten: 0,
  lastWriteMs: 0,
  lastBatchRows: 0,
  frames: 0,
})

export function countRefusal(counters: Counters, reason: RefusalCode): void {
  counters.refused.set(reason, (counters.refused.get(reason) ?? 0) + 1)
}

/** The counters by Prometheus name. */
export function namedCounters(counters: Counters): Record<string, number> {
  const named: Record<string, number> = {
    pq_ingest_entries_total: counters.entries,
    pq_ingest_readings_total: counters.readings,
    pq_ingest_statuses_total: counters.statuses,
    pq_ingest_connections_total: counters.connections,
    pq_ingest_backfilled_total: counters.backfilled,
    pq_ingest_unanswered_total: counters.unanswered,
    pq_ingest_faults_total: counters.faults,
    pq_ingest_gaps_total: counters.gaps,
    pq_ingest_gap_bytes_total: counters.gapBytes,
    pq_ingest_frames_total: counters.frames,
    pq_history_writes_total: counters.writes,
    pq_history_write_failures_total: counters.writeFailures,
    pq_history_rows_total: counters.rowsWritten,
    pq_history_write_ms: counters.lastWriteMs,
    pq_history_batch_rows: counters.lastBatchRows,
  }
  for (const [reason, count] of counters.refused)
    named[`pq_ingest_refused_total_${reason.replaceAll('-', '_')}`] = count
  return named
}
