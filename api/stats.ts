import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Prometheus } from 'prom-client'
import type { StageStats } from '../domain/live.ts'
import type { HubStats } from './feed/hub.ts'
import type { Gate } from './gate.ts'
import type { Present } from './present.ts'

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

export interface ApiStats {
  contentType: string
  request(labels: { method: string; route: string; status: string }, seconds: number): void
  /** Own figures, then those of the other stages with the label `stage`. */
  text(): Promise<string>
}

/** Figures in Prometheus' text format. */
export function createApiStats(o: { present: Present; feed: () => HubStats | undefined; gate: Gate }): ApiStats {
  const registry = new Prometheus()
  collectDefaultMetrics({ register: registry, labels: { stage: 'api' } })
  const requests = new Histogram({
    name: 'pq_http_request_seconds',
    help: 'Time from request to answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.01, 0.05, 0.2, 1, 5],
    registers: [registry],
  })
  for (const [name, help, read] of feedFigures(o.feed)) gauge(registry, name, help, read)
  for (const [name, help, read] of totals(o.present, o.gate, o.feed)) counter(registry, name, help, read)
  gauge(registry, 'pq_http_history_waiting', 'History questions that wait for their turn', () => o.gate.waiting)
  gauge(registry, 'pq_api_linked', '1 while connected to the broker', () => Number(o.present.linked()))
  return {
    contentType: registry.contentType,
    request: ({ method, route, status }, seconds) => requests.observe({ method, route, status }, seconds),
    text: async () => `${await registry.metrics()}${stageText(o.present.stages())}`,
  }
}

type Figure = [name: string, help: string, read: () => number]

const feedFigures = (feed: () => HubStats | undefined): Figure[] => [
  ['pq_feed_viewers', 'Connected live viewers', () => feed()?.viewers ?? 0],
  ['pq_feed_groups', 'Different things that viewers watch', () => feed()?.groups ?? 0],
  ['pq_feed_behind', 'Viewers that cannot keep up now', () => feed()?.behind ?? 0],
]

const totals = ({ counters }: Present, gate: Gate, feed: () => HubStats | undefined): Figure[] => [
  ['pq_feed_deltas_total', 'Deltas sent to viewers', () => feed()?.deltas ?? 0],
  ['pq_feed_folded_total', 'Changes merged into newer ones before they were sent', () => feed()?.folded ?? 0],
  ['pq_api_frames_total', 'Live frames from ingest', () => counters.frames],
  ['pq_api_frame_gaps_total', 'Times that a live frame was missing', () => counters.gaps],
  ['pq_api_malformed_total', 'Live messages refused by their schema', () => counters.malformed],
  ['pq_http_history_refused_total', 'History questions refused because too many waited', () => gate.refused],
]

function gauge(registry: Prometheus, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

function counter(registry: Prometheus, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

/** What the other stages told last, grouped by name as the format wants it. */
function stageText(stages: ReadonlyMap<string, StageStats>): string {
  const byName = new Map<string, string[]>()
  for (const [stage, { values }] of stages) {
    for (const [name, value] of Object.entries(values)) {
      if (!NAME.test(name)) continue
      const lines = byName.get(name) ?? []
      lines.push(`${name}{stage="${stage.replace(/[^\w-]/g, '_')}"} ${value}`)
      byName.set(name, lines)
    }
  }
  const blocks = [...byName].map(([name, lines]) => {
    const type = /_total(_|$)/.test(name) ? 'counter' : 'gauge'
    return [`# TYPE ${name} ${type}`, ...lines].join('\n')
  })
  return blocks.length === 0 ? '' : `\n${blocks.join('\n')}\n`
}
