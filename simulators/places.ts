import type { Group, Link, Site } from '../domain/inventory.ts'
import { shuffled } from './hash.ts'
import { behind, distanceKm, type Topology } from './topology.ts'

/**
 * Where faults strike. Every choice walks the inventory in an order that the seed alone decides and takes
 * the first that fits, so that it is the same at every run.
 */

const idOf = (thing: { id: string }): string => thing.id

const links = (topology: Topology, seed: number, kinds: readonly Link['kind'][]): Link[] =>
  shuffled(
    topology.links.filter((link) => kinds.includes(link.kind)),
    idOf,
    seed,
  )

const cutOff = (topology: Topology, cut: readonly Link[]): Site[] =>
  behind(
    topology,
    cut.map((link) => topology.linkIndex.get(link.id) as number),
  )
    .filter((site) => !topology.standalone[site])
    .map((site) => topology.sites[site] as Site)

const stations = (sites: readonly Site[]): number => sites.filter((site) => site.kind === 'bts').length

/** A cut that silences a quarter of the island is a different story. */
const LARGEST_SHARE = 0.25

/** How well a cut suits: with a base station behind it, and a small part of the city. */
function judge(topology: Topology, cut: readonly Link[]): 'none' | 'small' | 'large' {
  const lost = cutOff(topology, cut)
  if (stations(lost) === 0) return 'none'
  return lost.length <= Math.max(3, LARGEST_SHARE * topology.sites.length) ? 'small' : 'large'
}

/** The first cut that leaves a small part of the city dark; one that leaves a large part when there is no other. */
function firstFit(topology: Topology, cuts: Iterable<Link[]>): Link[] | undefined {
  let large: Link[] | undefined
  for (const cut of cuts) {
    const fit = judge(topology, cut)
    if (fit === 'small') return cut
    if (fit === 'large') large ??= cut
  }
  return large
}

/** A link with at least one base station behind it; kinds are tried in their order. */
export function spurLink(topology: Topology, seed: number, kinds: readonly Link['kind'][]): Link | undefined {
  for (const kind of kinds) {
    const found = firstFit(
      topology,
      links(topology, seed, [kind]).map((link) => [link]),
    )
    if (found) return found[0]
  }
  return undefined
}

/** A span that can be lost without anybody being cut off: part of a ring. */
export function ringSpan(topology: Topology, seed: number): Link | undefined {
  return links(topology, seed, ['span']).find((link) => cutOff(topology, [link]).length === 0)
}

function* pairs(spans: readonly Link[]): Generator<Link[]> {
  for (const first of spans)
    for (const second of spans)
      if (first !== second && (first.route ?? '') === (second.route ?? '')) yield [first, second]
}

/** Two spans of one route, each harmless alone, that together cut off at least one base station. */
export function ringPair(topology: Topology, seed: number): Link[] | undefined {
  const spans = links(topology, seed, ['span']).filter((link) => cutOff(topology, [link]).length === 0)
  return firstFit(topology, pairs(spans))
}

/** A duct that carries at least two links; one whose loss cuts off a base station is preferred. */
export function sharedDuct(topology: Topology, seed: number): Group | undefined {
  const ducts = shuffled(
    topology.inventory.groups.filter((group) => group.kind === 'duct' && memberLinks(topology, group).length > 1),
    idOf,
    seed,
  )
  return ducts.find((duct) => stations(cutOff(topology, memberLinks(topology, duct))) > 0) ?? ducts[0]
}

const memberLinks = (topology: Topology, duct: Group): Link[] =>
  duct.members.flatMap((id) => topology.links[topology.linkIndex.get(id) ?? -1] ?? [])

const feeders = (topology: Topology): Group[] => topology.inventory.groups.filter((group) => group.kind === 'feeder')

/** All sites that a feeder supplies, by itself and through those it supplies. */
export function sitesOfFeeder(topology: Topology, feeder: Group): Site[] {
  const ids = new Set(feeder.members)
  const below = (id: string) => feeders(topology).filter((group) => group.parent === id)
  const queue = below(feeder.id)
  const seen = new Set([feeder.id])
  for (const group of queue) {
    if (seen.has(group.id)) continue
    seen.add(group.id)
    for (const member of group.members) ids.add(member)
    queue.push(...below(group.id))
  }
  return [...ids].flatMap((id) => topology.sites[topology.siteIndex.get(id) ?? -1] ?? [])
}

/** A feeder at the end of the tree with a base station on it. */
export function localFeeder(topology: Topology, seed: number): Group | undefined {
  const parents = new Set(feeders(topology).map((group) => group.parent))
  const ends = shuffled(
    feeders(topology).filter((group) => !parents.has(group.id)),
    idOf,
    seed,
  )
  return ends.find((group) => stations(sitesOfFeeder(topology, group)) > 0) ?? ends[0]
}

/** Feeders of the north: those below the northernmost trunk, or the northern half where there are no trunks. */
export function northernFeeders(topology: Topology): Group[] {
  const all = feeders(topology)
  const latOf = (group: Group): number => {
    const sites = sitesOfFeeder(topology, group)
    return sites.reduce((sum, site) => sum + site.position.lat, 0) / Math.max(1, sites.length)
  }
  const northFirst = (groups: Group[]) => groups.toSorted((a, b) => latOf(b) - latOf(a) || (a.id < b.id ? -1 : 1))
  const parents = new Set(all.map((group) => group.parent))
  const trunks = northFirst(all.filter((group) => parents.has(group.id) && !group.parent))
  const trunk = trunks[0]
  if (trunk && trunks.length > 1) return [trunk, ...all.filter((group) => rootOf(all, group) === trunk.id)]
  const ends = northFirst(all.filter((group) => !parents.has(group.id)))
  return ends.slice(0, Math.ceil(ends.length / 2))
}

function rootOf(all: readonly Group[], group: Group): string {
  let at = group
  for (let depth = 0; depth < all.length; depth++) {
    const parent = all.find((other) => other.id === at.parent)
    if (!parent) break
    at = parent
  }
  return at.id
}

/** The base station with the most sites around it: the heart of the town. */
export function busiestStation(topology: Topology): Site | undefined {
  const near = (site: Site) => topology.sites.filter((other) => distanceKm(site.position, other.position) < 1.2).length
  return topology.sites
    .filter((site) => site.kind === 'bts')
    .map((site) => ({ site, near: near(site) }))
    .sort((a, b) => b.near - a.near || (a.site.id < b.site.id ? -1 : 1))[0]?.site
}

/** Base stations nearest to the water gauges, whose cabinets a flood reaches first. */
export function lowStations(topology: Topology, seed: number, count: number): Site[] {
  const gauges = topology.sites.filter((site) => site.kind === 'sensor' && site.measures.includes('water_level_m'))
  const found = new Set<Site>()
  for (const gauge of shuffled(gauges, idOf, seed)) {
    if (found.size >= count) break
    const near = topology.sites
      .filter((site) => site.kind === 'bts')
      .map((site) => ({ site, km: distanceKm(site.position, gauge.position) }))
      .sort((a, b) => a.km - b.km)[0]
    if (near && near.km < 3) found.add(near.site)
  }
  return [...found]
}
