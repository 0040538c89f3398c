import type { Link, Site } from '../domain/inventory.ts'
import type { Bilingual } from '../domain/words.ts'
import type { Cut, Fault } from './faults.ts'
import { keyOf, shuffled, unit } from './hash.ts'
import {
  busiestStation,
  localFeeder,
  lowStations,
  northernFeeders,
  ringPair,
  ringSpan,
  sharedDuct,
  sitesOfFeeder,
  spurLink,
} from './places.ts'
import type { Topology } from './topology.ts'

/** One way in which the demonstration city misbehaves. */
export interface Scenario {
  name: string
  title: Bilingual
  /**
   * Its faults when started at `startMs`, all of them open-ended or with their own end.
   * Pure in topology, seed and start; empty when the inventory has no place for it.
   */
  faults(topology: Topology, seed: number, startMs: number): Fault[]
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
/** Long enough to see the healthy city first. */
const LEAD_MS = 30 * SECOND_MS
const OPEN = Number.POSITIVE_INFINITY

const cut = (links: readonly (Link | undefined)[], fromMs: number): Cut[] =>
  links.flatMap((link) => (link ? [{ kind: 'cut', links: [link.id], fromMs, toMs: OPEN }] : []))

const idsOf = (sites: readonly Site[]): string[] => sites.map((site) => site.id)

/** Share of sensors that go wrong in a storm. */
const STORM_SHARE = 0.25
const FLAP_PERIOD_MS = 90 * SECOND_MS
const FLOODED_STATIONS = 3

/** After the loss of the sea cable: when the town's feeders came back over the other line, and when the rest did. */
const FIRST_RETURN_MS = 6.75 * HOUR_MS
const LATE_RETURN_MS = 30 * HOUR_MS

function seaCableLoss(topology: Topology, seed: number, startMs: number): Fault[] {
  const fromMs = startMs + LEAD_MS
  return northernFeeders(topology).map((feeder) => {
    const luck = unit(keyOf(feeder.id, seed), 5)
    const back = luck < 0.6 ? FIRST_RETURN_MS * (0.85 + luck / 2) : LATE_RETURN_MS + 10 * HOUR_MS * luck
    return { kind: 'mains-off', sites: [...feeder.members], fromMs, toMs: fromMs + back }
  })
}

function flood(topology: Topology, seed: number, startMs: number): Fault[] {
  const drowned = lowStations(topology, seed, FLOODED_STATIONS).map((site, i): Fault => {
    const fromMs = startMs + (40 + 20 * i) * MINUTE_MS
    return { kind: 'mains-off', sites: [site.id], fromMs, toMs: OPEN }
  })
  return [{ kind: 'flood', fromMs: startMs, toMs: OPEN }, ...drowned]
}

function sensorStorm(topology: Topology, seed: number, startMs: number): Fault[] {
  const sensors = topology.sites.filter((site) => site.kind === 'sensor')
  const struck = shuffled(sensors, (site) => site.id, seed).slice(0, Math.ceil(STORM_SHARE * sensors.length))
  if (struck.length === 0) return []
  return [{ kind: 'chatter', sites: idsOf(struck), fromMs: startMs + LEAD_MS / 3, toMs: OPEN }]
}

/** The scenarios by name, in the order in which they are listed. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'fibre-cut',
    title: { vi: 'Đứt cáp quang nhánh', en: 'Fibre cut on a spur' },
    faults: (topology, seed, t) => cut([spurLink(topology, seed, ['span', 'served-by', 'hop'])], t + LEAD_MS),
  },
  {
    name: 'ring-cut',
    title: { vi: 'Đứt vòng một chỗ, lưu lượng đi vòng', en: 'Ring cut once, traffic goes the other way' },
    faults: (topology, seed, t) => cut([ringSpan(topology, seed)], t + LEAD_MS),
  },
  {
    name: 'double-ring-cut',
    title: { vi: 'Đứt vòng hai chỗ', en: 'Ring cut twice' },
    faults(topology, seed, t) {
      const [first, second] = ringPair(topology, seed) ?? []
      return [...cut([first], t + LEAD_MS), ...cut([second], t + 3 * LEAD_MS)]
    },
  },
  {
    name: 'duct-cut',
    title: { vi: 'Đứt cống bể, mọi cáp đi chung', en: 'Duct cut, and every cable in it' },
    faults(topology, seed, t) {
      const duct = sharedDuct(topology, seed)
      return duct ? [{ kind: 'cut', links: [...duct.members], fromMs: t + LEAD_MS, toMs: OPEN }] : []
    },
  },
  {
    name: 'feeder-outage',
    title: { vi: 'Mất điện một xuất tuyến', en: 'Power feeder outage' },
    faults(topology, seed, t) {
      const feeder = localFeeder(topology, seed)
      if (!feeder) return []
      return [{ kind: 'mains-off', sites: idsOf(sitesOfFeeder(topology, feeder)), fromMs: t + LEAD_MS, toMs: OPEN }]
    },
  },
  {
    name: 'backhaul-flap',
    title: { vi: 'Truyền dẫn viba chập chờn', en: 'Microwave backhaul flapping' },
    faults(topology, seed, t) {
      const hop = spurLink(topology, seed, ['hop', 'served-by', 'span'])
      if (!hop) return []
      return [{ kind: 'flap', links: [hop.id], periodMs: FLAP_PERIOD_MS, fromMs: t + LEAD_MS, toMs: OPEN }]
    },
  },
  {
    name: 'sensor-storm',
    title: { vi: 'Cảm biến báo loạn', en: 'Sensors chattering' },
    faults: sensorStorm,
  },
  {
    name: 'flood',
    title: { vi: 'Mưa lớn gây ngập', en: 'Heavy rain and flood' },
    faults: flood,
  },
  {
    name: 'sea-cable-loss',
    title: { vi: 'Đứt cáp điện ngầm 110 kV, bắc đảo mất điện', en: '110 kV sea cable lost, the north without power' },
    faults: seaCableLoss,
  },
  {
    name: 'crowd',
    title: { vi: 'Đám đông dự lễ hội', en: 'Festival crowd' },
    faults(topology, _seed, t) {
      const site = busiestStation(topology)
      if (!site) return []
      return [{ kind: 'crowd', at: site.position, radiusKm: 1.8, factor: 3.5, fromMs: t + LEAD_MS / 3, toMs: OPEN }]
    },
  },
]

/** The person at the shell can mend it: shown without a stack. */
class UnknownScenarioError extends Error {
  readonly userMessage = true
}

/** @throws Error that lists the names there are. */
export function findScenario(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name)
  if (!found)
    throw new UnknownScenarioError(`no scenario ${name}; there are ${SCENARIOS.map((s) => s.name).join(', ')}`)
  return found
}
