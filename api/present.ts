import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { LiveFrame, LiveRefusal, Pulse, ScenarioStatus } from '../domain/live.ts'
import { type Continuity, createContinuity } from './continuity.ts'
import type { InventoryCache } from './inventory.ts'
import { createLatest, type Latest, type Updates } from './latest.ts'
import type { LiveEvents } from './live.ts'
import { createRefusalRings } from './refusal-rings.ts'
import { createScenarioBoard } from './scenario-board.ts'
import { createVoices, type Voices } from './voices.ts'

const EXPIRE_MS = 1000

export interface PresentEvents {
  changed(updates: Updates): void
  resync(reason: string): void
  /** The current state is not known to be whole: a full one is wanted. */
  wantSnapshot(): void
}

/** What is known now, from everything that the other stages tell. */
export interface Present extends Pick<Voices, 'statsOf' | 'stages'> {
  /** Where the live connection brings what it hears. */
  readonly listener: LiveEvents
  readonly latest: Latest
  readonly counters: { frames: number; gaps: number; malformed: number }
  linked(): boolean
  refusalsOf(siteId: string): readonly LiveRefusal[]
  scenarioList(): readonly ScenarioStatus[]
  /** Waits for the fleet to say what `check` wants; false when `withinMs` passed. */
  scenarioWhen(check: (list: readonly ScenarioStatus[]) => boolean, withinMs: number): Promise<boolean>
  /** Names of what does not work as it should. */
  degraded(): string[]
  pulse(): Pulse
  stop(): void
}

interface Parts {
  inventory: InventoryCache
  events: PresentEvents
  clock: Clock
  wall: Clock
  log: Logger
}

/**
 * Keeps the present. `clock` is the platform's, in which states and values have their times;
 * `wall` is the real one, by which silence and retries are judged.
 */
export function createPresent(o: Parts): Present {
  const { inventory, events, clock, wall } = o
  const latest = createLatest()
  const voices = createVoices(wall)
  const continuity = createContinuity({ wall, ...events })
  const refusals = createRefusalRings()
  const scenarios = createScenarioBoard(wall)
  const counters = { frames: 0, gaps: 0, malformed: 0 }
  const link = createLinkState(o.log, continuity.connected)
  const stopExpiring = wall.every(EXPIRE_MS, () => {
    // While ingest speaks it is the one to say what is stale.
    if (!voices.silent('ingest')) return
    const updates = latest.expire(clock.now(), inventory.current().dueMsOf)
    if (updates.sites.length > 0) events.changed(updates)
  })
  inventory.onChange((view) => {
    latest.keep(view.sites, view.links)
    refusals.keep(view.sites)
  })
  const degraded = () => [
    ...(!link.up() || voices.silent('broker') ? ['broker'] : []),
    ...(voices.silent('ingest') ? ['ingest'] : []),
    ...(voices.journalFull() ? ['journal'] : []),
  ]
  return {
    listener: {
      ...link.listener,
      frame: (frame) => takeFrame(frame, { latest, voices, continuity, counters, events }),
      stats: voices.hear,
      refusal(refusal) {
        if (inventory.current().sites.has(refusal.siteId)) refusals.add(refusal)
      },
      scenarios: scenarios.hear,
      malformed() {
        counters.malformed += 1
      },
    },
    latest,
    counters,
    linked: link.up,
    statsOf: voices.statsOf,
    stages: voices.stages,
    refusalsOf: refusals.of,
    scenarioList: scenarios.list,
    scenarioWhen: scenarios.when,
    degraded,
    pulse: () => ({ at: clock.now(), ...voices.pace(), degraded: degraded() }),
    stop() {
      stopExpiring()
      continuity.stop()
    },
  }
}

function takeFrame(
  frame: LiveFrame,
  o: {
    latest: Latest
    voices: Voices
    continuity: Continuity
    counters: Present['counters']
    events: PresentEvents
  },
): void {
  o.counters.frames += 1
  o.voices.sign('ingest')
  if (!o.continuity.follow(frame)) return
  o.counters.gaps = o.continuity.gaps
  const updates = o.latest.apply(frame)
  if (updates.sites.length > 0 || updates.links.length > 0) o.events.changed(updates)
  o.continuity.settle(frame)
}

function createLinkState(log: Logger, onUp: () => void) {
  let up = false
  return {
    up: () => up,
    listener: {
      connected() {
        up = true
        log.info('live connection to the broker')
        onUp()
      },
      disconnected() {
        if (up) log.warn('live connection to the broker lost')
        up = false
      },
    },
  }
}
