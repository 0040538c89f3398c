import { setImmediate as turn } from 'node:timers/promises'
import type { Reading } from '../domain/reading.ts'
import type { Packet } from './decode.ts'
import type { HistoryQueue } from './history-queue.ts'
import { interpret, type Judge } from './interpret.ts'
import { type Counters, countRefusal } from './stats.ts'

/**
 * Rows of one write, spread over some thirty tables: large enough to be cheap, small enough that a live
 * batch waits less than a second.
 */
const BATCH_ROWS = 50_000
/** Packets between two turns of the event loop: a few milliseconds. */
const STRETCH = 200

/** A packet of the past. */
export type BackfillPacket = Packet

export interface BackfillResult {
  /** Readings. */
  stored: number
  refused: number
}

/**
 * Takes packets of the past on the way that live ones go, save that they are not shown and come from no
 * journal; each is judged by the clock of its own receive time. Resolves when the history holds them.
 * @throws Error when ingest stops meanwhile.
 */
export async function backfill(
  packets: BackfillPacket[],
  { judge, queue, counters }: { judge: Judge; queue: HistoryQueue; counters: Counters },
): Promise<BackfillResult> {
  const result: BackfillResult = { stored: 0, refused: 0 }
  let batch: Reading[] = []

  async function store(): Promise<void> {
    const readings = batch
    batch = []
    if (readings.length > 0) await queue.writeAside(readings)
    result.stored += readings.length
    counters.backfilled += readings.length
  }

  for (let i = 0; i < packets.length; i++) {
    const { kind, siteId, receivedAt, payload } = packets[i] as BackfillPacket
    const { readings, refusals } = interpret(judge, { type: 'telemetry', kind, siteId, receivedAt, payload })
    for (const reading of readings) batch.push(reading)
    for (const { reason } of refusals) countRefusal(counters, reason)
    result.refused += refusals.length
    if (batch.length >= BATCH_ROWS) await store()
    if (i % STRETCH === STRETCH - 1) await turn()
  }
  await store()
  return result
}
