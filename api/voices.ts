import type { Clock } from '../domain/clock.ts'
import type { Pulse, StageStats } from '../domain/live.ts'

/** Ingest and broker speak every second; after this long without a word they count as silent. */
const SILENT_MS = 5000
/** The journal is short of room above this share of its limit. */
const JOURNAL_FULL = 0.8
const READINGS = 'pq_ingest_readings_total'

interface Voice {
  stats: StageStats
  /** Readings a second between the last two words. */
  perSecond: number
}

/** What the other stages say of themselves, and whether they still speak. */
export interface Voices {
  hear(stage: string, stats: StageStats): void
  /** A sign of life that is not a word about itself. */
  sign(stage: string): void
  silent(stage: string): boolean
  statsOf(stage: string): StageStats | undefined
  stages(): ReadonlyMap<string, StageStats>
  pace(): Pick<Pulse, 'lagMs' | 'ingestPerSecond' | 'journalBytes'>
  journalFull(): boolean
}

const figure = (stats: StageStats | undefined, name: string): number => stats?.values[name] ?? 0

/** `wall` is real time: silence is judged by it. */
export function createVoices(wall: Clock): Voices {
  const voices = new Map<string, Voice>()
  const signs = new Map<string, number>()
  const startedMs = wall.now()
  const journal = (name: string) =>
    figure(voices.get('broker')?.stats, name) || figure(voices.get('ingest')?.stats, name)
  return {
    hear(stage, stats) {
      signs.set(stage, wall.now())
      voices.set(stage, { stats, perSecond: perSecond(voices.get(stage)?.stats, stats) })
    },
    sign: (stage) => void signs.set(stage, wall.now()),
    silent: (stage) => wall.now() - (signs.get(stage) ?? startedMs) > SILENT_MS,
    statsOf: (stage) => voices.get(stage)?.stats,
    stages: () => new Map([...voices].map(([stage, { stats }]) => [stage, stats])),
    pace: () => ({
      lagMs: figure(voices.get('ingest')?.stats, 'pq_ingest_lag_ms'),
      ingestPerSecond: voices.get('ingest')?.perSecond ?? 0,
      journalBytes: journal('pq_journal_bytes'),
    }),
    journalFull() {
      const limit = journal('pq_journal_limit_bytes')
      return limit > 0 && journal('pq_journal_bytes') > limit * JOURNAL_FULL
    },
  }
}

function perSecond(before: StageStats | undefined, now: StageStats): number {
  const seconds = before ? (now.at - before.at) / 1000 : 0
  const readings = figure(now, READINGS) - figure(before, READINGS)
  return seconds > 0 ? Math.max(0, Math.round(readings / seconds)) : 0
}
