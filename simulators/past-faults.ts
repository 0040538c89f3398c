import { LOCAL_OFFSET_MS } from '../domain/history.ts'
import type { Fault } from './faults.ts'
import { endFaults } from './faults.ts'
import { keyOf, unit } from './hash.ts'
import { localFeeder, sitesOfFeeder } from './places.ts'
import { autonomyMs } from './power.ts'
import { findScenario } from './scenarios.ts'
import type { Topology } from './topology.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** One fault of the past: how many days before the end, at which local hour, for how long. */
interface Episode {
  scenario: string
  daysBack: number
  hour: number
  hours: number
  /** Makes its place differ from that of other episodes of the same scenario. */
  place: number
}

/** What the demonstration week has seen. Hours and durations are moved a little by the seed. */
const EPISODES: readonly Episode[] = [
  { scenario: 'fibre-cut', daysBack: 5, hour: 9.4, hours: 2.2, place: 1 },
  { scenario: 'fibre-cut', daysBack: 2, hour: 14.2, hours: 3.4, place: 2 },
  { scenario: 'ring-cut', daysBack: 4, hour: 10.5, hours: 7, place: 3 },
  { scenario: 'flood', daysBack: 3, hour: 20.5, hours: 6.5, place: 4 },
  { scenario: 'backhaul-flap', daysBack: 6, hour: 18.5, hours: 0.7, place: 5 },
  { scenario: 'backhaul-flap', daysBack: 4, hour: 19.2, hours: 0.5, place: 5 },
  { scenario: 'backhaul-flap', daysBack: 2, hour: 20.1, hours: 0.9, place: 6 },
  { scenario: 'crowd', daysBack: 1, hour: 18.8, hours: 3, place: 7 },
]
/** Feeder outages: one that batteries bear, one that outlasts those of its base stations. */
const OUTAGES = [
  { daysBack: 5, hour: 16.2, hours: 1.3, place: 8 },
  { daysBack: 3, hour: 7.1, hours: 0, place: 9 },
] as const
/** How much longer than the batteries the long outage lasts. */
const OUTLAST_MS = 1.5 * HOUR_MS
/** The present begins healthy: nothing of the past reaches into its last hours. */
const QUIET_MS = 2 * HOUR_MS

/** The faults that lie in a window of the past. Pure in topology, seed and window. */
export function pastFaults(topology: Topology, seed: number, fromMs: number, toMs: number): Fault[] {
  const lastMidnight = Math.floor((toMs + LOCAL_OFFSET_MS) / DAY_MS) * DAY_MS - LOCAL_OFFSET_MS
  const when = (daysBack: number, hour: number, key: number) =>
    lastMidnight - daysBack * DAY_MS + (hour + 1.2 * (unit(key, 1) - 0.5)) * HOUR_MS
  const played = EPISODES.flatMap(({ scenario, daysBack, hour, hours, place }) => {
    const start = when(daysBack, hour, keyOf(`${scenario} ${daysBack}`, seed))
    return endFaults(findScenario(scenario).faults(topology, seed + place, start), start + hours * HOUR_MS)
  })
  const outages = OUTAGES.flatMap(({ daysBack, hour, hours, place }): Fault[] => {
    const feeder = localFeeder(topology, seed + place)
    if (!feeder) return []
    const sites = sitesOfFeeder(topology, feeder)
    const start = when(daysBack, hour, keyOf(`feeder ${daysBack}`, seed))
    const batteries = sites.map(autonomyMs).filter(Number.isFinite)
    const lasts = hours > 0 ? hours * HOUR_MS : Math.min(20 * HOUR_MS, Math.max(0, ...batteries) + OUTLAST_MS)
    return [{ kind: 'mains-off', sites: sites.map((site) => site.id), fromMs: start, toMs: start + lasts }]
  })
  return [...played, ...outages].filter((fault) => fault.fromMs >= fromMs && fault.toMs <= toMs - QUIET_MS)
}
