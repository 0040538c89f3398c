import type { Logger } from 'pino'
import type { Catalogue } from '../domain/catalogue.ts'
import { type Clock, createClock } from '../domain/clock.ts'
import type { History, LatestValue, StatusEvent } from '../store/history/port.ts'
import type { JournalReader } from '../store/journal/port.ts'
import type { Registry } from '../store/registry/port.ts'
import { type Answerer, createAnswerer } from './answers.ts'
import { type BackfillPacket, type BackfillResult, backfill } from './backfill.ts'
import type { IngestConfig } from './config.ts'
import { createDecoder } from './decode.ts'
import { createHistoryQueue, type HistoryQueue } from './history-queue.ts'
import { followInventory, type Inventory } from './inventory.ts'
import { type Live, openLive } from './live.ts'
import { type Pipeline, startPipeline } from './pipeline.ts'
import { keepRetention } from './retention.ts'
import { createEffects, createState, type Effects, reduce, type State } from './state.ts'
import { type Counters, createCounters, namedCounters } from './stats.ts'

const HOUR_MS = 3_600_000
const TICK_MS = 500
const STATS_MS = 1000

export interface IngestOptions {
  config: IngestConfig
  journal: JournalReader
  history: History
  registry: Registry
  catalogue: Catalogue
  clock: Clock
  log: Logger
  mqtt: { url: string; username: string; password: string }
}

export interface Ingest {
  /** Drains the journal to its durable end, writes, commits, and stops. */
  stop(): Promise<void>
  backfill(packets: BackfillPacket[]): Promise<BackfillResult>
}

interface Facts {
  state: State
  effects: Effects
  counters: Counters
}

interface Recalled {
  latest: LatestValue[]
  statuses: StatusEvent[]
  /** Epoch ms up to which everything is known. */
  heardUpTo: number
}

/** What the history knows of now. While the journal holds more, nobody counts as silent for what it may say. */
async function recall({ history, clock, config }: IngestOptions, isLagging: boolean): Promise<Recalled> {
  const now = clock.now()
  const windowMs = config.PQ_LATEST_WINDOW_H * HOUR_MS
  const [latest, statuses] = await Promise.all([
    history.latest(now + config.PQ_MAX_FUTURE_S * 1000, windowMs),
    history.statuses(now),
  ])
  if (!isLagging) return { latest, statuses, heardUpTo: now }
  let newest = now - windowMs
  for (const { ts } of latest) if (ts > newest && ts <= now) newest = ts
  for (const { at } of statuses) if (at > newest && at <= now) newest = at
  return { latest, statuses, heardUpTo: newest }
}

/** Once a second: what was counted, and how things stand. */
function reportStats(
  facts: Facts,
  live: Live,
  pipeline: Pipeline,
  queue: HistoryQueue,
  answerer: Answerer,
): () => void {
  let readings = facts.counters.readings
  return createClock().every(STATS_MS, () => {
    const { counters, state } = facts
    const values: Record<string, number> = {
      ...namedCounters(counters),
      pq_ingest_lag_bytes: pipeline.lagBytes(),
      pq_ingest_lag_ms: pipeline.lagMs(),
      pq_ingest_readings_per_second: counters.readings - readings,
      pq_history_lag_bytes: pipeline.historyLagBytes(),
      pq_history_pending_rows: queue.rows(),
    }
    for (const [name, count] of Object.entries(state.counts)) values[`pq_ingest_sites_${name}`] = count
    readings = counters.readings
    live.stats(values)
    answerer.renew()
  })
}

function openQueue({ history, config, log }: IngestOptions, counters: Counters, from: number): HistoryQueue {
  const { PQ_COMMIT_INTERVAL_MS: intervalMs, PQ_HISTORY_BATCH_ROWS: batchRows } = config
  return createHistoryQueue({ history, counters, log, from, intervalMs, batchRows })
}

interface Running {
  live?: Live
  pipeline?: Pipeline
}

function follow(
  options: IngestOptions,
  { state, effects }: Facts,
  running: Running,
  heardUpTo: number,
): Promise<Inventory> {
  const { registry, clock, log } = options
  return followInventory({
    registry,
    clock,
    log,
    onChange(sites, links) {
      const at = running.pipeline?.silenceAt() ?? heardUpTo
      reduce(state, { type: 'inventory', at, sites, links }, effects)
      running.live?.changed()
    },
  })
}

/** Builds ingest around its stores and starts it where the history ends. */
export async function startIngest(options: IngestOptions): Promise<Ingest> {
  const { config, journal, history, catalogue, clock, log } = options
  const facts: Facts = { state: createState(catalogue), effects: createEffects(), counters: createCounters() }
  const { counters } = facts
  const running: Running = {}
  const from = await history.committedOffset()
  const { heardUpTo, latest, statuses } = await recall(options, journal.behind(from) > 0)
  const inventory = await follow(options, facts, running, heardUpTo)
  reduce(facts.state, { type: 'restored', at: heardUpTo, latest, statuses }, facts.effects)
  const queue = openQueue(options, counters, from)
  const answerer = createAnswerer(counters, config.PQ_REJECTED_PER_SECOND)
  const live: Live = openLive({ ...options, ...facts, intervalMs: config.PQ_LIVE_INTERVAL_MS })
  const judge = {
    inventory,
    decode: createDecoder(catalogue),
    limits: { maxFutureMs: config.PQ_MAX_FUTURE_S * 1000, retentionMs: config.PQ_RAW_RETENTION_DAYS * 24 * HOUR_MS },
  }
  const pipeline = startPipeline({
    ...facts,
    ...judge,
    journal,
    queue,
    clock,
    log,
    heardUpTo,
    onEffects: live.changed,
    onRefused: (entry, refusals) => live.answer(answerer.answer(entry, refusals)),
  })
  Object.assign(running, { live, pipeline })
  const stopTicks = clock.every(TICK_MS, () => {
    reduce(facts.state, { type: 'tick', at: pipeline.silenceAt() }, facts.effects)
    live.changed()
  })
  const stopStats = reportStats(facts, live, pipeline, queue, answerer)
  const stopRetention = keepRetention(history, clock, judge.limits.retentionMs, log)
  log.info({ from, sites: facts.state.sites.size, behindBytes: journal.behind(from) }, 'ingest reads the journal')

  return {
    backfill: (packets) => backfill(packets, { judge, queue, counters }),
    async stop() {
      await pipeline.stop()
      stopTicks()
      stopStats()
      inventory.stop()
      await stopRetention()
      await live.stop()
    },
  }
}
