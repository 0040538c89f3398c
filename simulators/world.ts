import type { Fault } from './faults.ts'
import { keyOf, spread, unit } from './hash.ts'
import { type Outage, outageOf } from './power.ts'
import { reach, type Topology } from './topology.ts'

/** What works between two instants. It holds for `fromMs` ≤ t < `untilMs`. */
export interface World {
  fromMs: number
  untilMs: number
  /** Per site: it has power and a way to a head-end. */
  reachable: Uint8Array
  /** Per site: it has no power, neither mains nor battery. */
  dead: Uint8Array
  /** Per site: mains is away. */
  mainsOff: Uint8Array
  /** Per link: it carries nothing, cut or with a dead end. */
  dark: Uint8Array
}

/** The world over time, under a list of faults. Pure in topology, faults and time; remembers the last worlds. */
export interface Timeline {
  readonly topology: Topology
  readonly faults: readonly Fault[]
  at(tMs: number): World
  /** The last mains failure of a site that had begun by then. */
  outage(site: number, tMs: number): Outage | undefined
  /** Is the sensor one of those that chatter? */
  chatters(site: number, tMs: number): boolean
}

interface Plan {
  cuts: { fromMs: number; toMs: number; links: number[] }[]
  flaps: { fromMs: number; toMs: number; links: number[]; periodMs: number; key: number }[]
  chatters: { fromMs: number; toMs: number; sites: Set<number> }[]
  outages: Map<number, Outage[]>
  /** Instants at which something changes, flaps aside, in order. */
  changes: number[]
}

const REMEMBERED = 64

export function createTimeline(topology: Topology, faults: readonly Fault[]): Timeline {
  const plan = makePlan(topology, faults)
  let known: World[] = []
  let last: World | undefined
  return {
    topology,
    faults,
    at(tMs) {
      if (last && tMs >= last.fromMs && tMs < last.untilMs) return last
      last = known.find((world) => tMs >= world.fromMs && tMs < world.untilMs)
      if (!last) {
        last = worldAt(topology, plan, tMs)
        known = [last, ...known.slice(0, REMEMBERED - 1)]
      }
      return last
    },
    outage: (site, tMs) => plan.outages.get(site)?.findLast((outage) => outage.offMs <= tMs),
    chatters: (site, tMs) => plan.chatters.some((c) => tMs >= c.fromMs && tMs < c.toMs && c.sites.has(site)),
  }
}

function makePlan(topology: Topology, faults: readonly Fault[]): Plan {
  const linksOf = (ids: string[]) => ids.flatMap((id) => topology.linkIndex.get(id) ?? [])
  const plan: Plan = { cuts: [], flaps: [], chatters: [], outages: new Map(), changes: [] }
  for (const fault of faults) {
    const { fromMs, toMs } = fault
    if (fault.kind === 'cut') plan.cuts.push({ fromMs, toMs, links: linksOf(fault.links) })
    if (fault.kind === 'flap') {
      const key = keyOf(fault.links.join(), fromMs | 0)
      plan.flaps.push({ fromMs, toMs, links: linksOf(fault.links), periodMs: fault.periodMs, key })
    }
    if (fault.kind === 'chatter') {
      const sites = new Set(fault.sites.flatMap((id) => topology.siteIndex.get(id) ?? []))
      plan.chatters.push({ fromMs, toMs, sites })
    }
    if (fault.kind === 'mains-off') addOutages(topology, plan, fault)
    plan.changes.push(fromMs, toMs)
  }
  for (const outages of plan.outages.values()) {
    outages.sort((x, y) => x.offMs - y.offMs)
    for (const outage of outages) plan.changes.push(outage.deadMs, outage.bootedMs)
  }
  plan.changes = [...new Set(plan.changes)].sort((x, y) => x - y)
  return plan
}

/** Windows of one site that touch are one outage: two feeders dark together do not charge its battery. */
function addOutages(topology: Topology, plan: Plan, fault: { sites: string[]; fromMs: number; toMs: number }): void {
  for (const id of fault.sites) {
    const index = topology.siteIndex.get(id)
    if (index === undefined) continue
    const site = topology.sites[index]
    if (!site) continue
    let { fromMs, toMs } = fault
    const apart: Outage[] = []
    for (const other of plan.outages.get(index) ?? []) {
      if (other.offMs > toMs || other.onMs < fromMs) apart.push(other)
      else {
        fromMs = Math.min(fromMs, other.offMs)
        toMs = Math.max(toMs, other.onMs)
      }
    }
    const luck = spread(keyOf(id, 0xba77e7), 0)
    plan.outages.set(index, [...apart, outageOf(site, fromMs, toMs, luck)])
  }
}

function worldAt(topology: Topology, plan: Plan, tMs: number): World {
  const dead = new Uint8Array(topology.sites.length)
  const mainsOff = new Uint8Array(topology.sites.length)
  for (const [site, outages] of plan.outages) {
    if (outages.some((outage) => tMs >= outage.offMs && tMs < outage.onMs)) mainsOff[site] = 1
    if (outages.some((outage) => tMs >= outage.deadMs && tMs < outage.bootedMs)) dead[site] = 1
  }
  const dark = new Uint8Array(topology.links.length)
  const cuts = plan.cuts.filter((cut) => tMs >= cut.fromMs && tMs < cut.toMs)
  for (const link of cuts.flatMap((cut) => cut.links)) dark[link] = 1
  const next = plan.changes.find((at) => at > tMs) ?? Number.POSITIVE_INFINITY
  const untilMs = Math.min(next, applyFlaps(plan, tMs, dark))
  for (let link = 0; link < dark.length; link++)
    if (dead[topology.endA[link] as number] || dead[topology.endB[link] as number]) dark[link] = 1
  return { fromMs: tMs, untilMs, reachable: reach(topology, dark, dead), dead, mainsOff, dark }
}

/** Each period of a flap is dark from its start for a share that chance decides. Returns when that changes next. */
function applyFlaps(plan: Plan, tMs: number, dark: Uint8Array): number {
  let untilMs = Number.POSITIVE_INFINITY
  for (const flap of plan.flaps) {
    if (tMs < flap.fromMs || tMs >= flap.toMs) continue
    const period = Math.floor((tMs - flap.fromMs) / flap.periodMs)
    const start = flap.fromMs + period * flap.periodMs
    const darkUntil = start + flap.periodMs * (0.15 + 0.5 * unit(flap.key, period))
    if (tMs < darkUntil) for (const link of flap.links) dark[link] = 1
    untilMs = Math.min(untilMs, tMs < darkUntil ? darkUntil : start + flap.periodMs)
  }
  return untilMs
}
