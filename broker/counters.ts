import { REFUSAL_CODES, type RefusalCode } from '../domain/refusal.ts'

/** What the broker has done since it started; plain numbers, read once a second. */
export interface Counters {
  messages: number
  bytes: number
  connects: number
  disconnects: number
  /** Messages whose acknowledgement was held back because the device was too fast. */
  heldBack: number
  /** QoS 0 messages that a slow subscriber did not get. */
  dropped: number
  /** Connections ended because their reader had stopped. */
  slowClosed: number
  /** Connections ended because an account had too many, or the broker had. */
  crowdedOut: number
  /** Publishes that the journal did not take: never acknowledged. */
  journalErrors: number
  /** Refusals that were counted but not published, to keep a flood of them from becoming one itself. */
  refusalsUnsaid: number
  refused: Record<RefusalCode, number>
}

export const createCounters = (): Counters => ({
  messages: 0,
  bytes: 0,
  connects: 0,
  disconnects: 0,
  heldBack: 0,
  dropped: 0,
  slowClosed: 0,
  crowdedOut: 0,
  journalErrors: 0,
  refusalsUnsaid: 0,
  refused: Object.fromEntries(REFUSAL_CODES.map((code) => [code, 0])) as Record<RefusalCode, number>,
})

/** By Prometheus name. Codes that nothing was refused for are left out. */
export function counterValues(counters: Counters): Record<string, number> {
  const values: Record<string, number> = {
    pq_broker_messages_total: counters.messages,
    pq_broker_received_bytes_total: counters.bytes,
    pq_broker_connects_total: counters.connects,
    pq_broker_disconnects_total: counters.disconnects,
    pq_broker_held_back_total: counters.heldBack,
    pq_broker_dropped_total: counters.dropped,
    pq_broker_slow_closed_total: counters.slowClosed,
    pq_broker_crowded_out_total: counters.crowdedOut,
    pq_broker_journal_errors_total: counters.journalErrors,
    pq_broker_refusals_unsaid_total: counters.refusalsUnsaid,
  }
  for (const [code, count] of Object.entries(counters.refused)) {
    if (count > 0) values[`pq_broker_refused_total_${code.replaceAll('-', '_')}`] = count
  }
  return values
}
