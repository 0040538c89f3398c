import { type LinkChange, type LiveFrame, type SiteChange, valueKey } from '../domain/live.ts'
import type { Value } from '../domain/reading.ts'
import type { Effects, State } from './state.ts'
import type { LinkNow, SiteNow } from './verdict.ts'

/** Most sites in one frame: what is over waits for the next, so that a frame's cost is bounded. */
export const MAX_FRAME_SITES = 2000
/** Sites in one part of a snapshot. */
export const SNAPSHOT_PART_SITES = 500

function newestAt({ heardAt, status }: SiteNow): number | null {
  if (heardAt === null) return status?.at ?? null
  return Math.max(heardAt, status?.at ?? 0)
}

/** A site with the values that came after a version of the state; version 0: all of them. */
export function siteChange(site: SiteNow, above: number): SiteChange {
  const at = newestAt(site)
  const values: Record<string, Value> = {}
  const times: Record<string, number> = {}
  let differs = false
  for (const [part, slots] of site.parts) {
    for (const slot of slots) {
      if (!slot || slot.version <= above) continue
      const key = valueKey(part, slot.rule.metric.name)
      values[key] = slot.value
      if (slot.ts === at) continue
      times[key] = slot.ts
      differs = true
    }
  }
  const change: SiteChange = { id: site.id, state: site.state, since: site.since, at, values }
  if (differs) change.times = times
  return change
}

const linkChange = ({ link, state, since }: LinkNow): LinkChange => ({ id: link.id, state, since })

type Body = Pick<LiveFrame, 'sites' | 'links'>

/** Takes what is told next out of the effects; sites that are gone meanwhile are left out. */
export function takeFrame({ sites: known, links: knownLinks }: State, { sites, links }: Effects): Body {
  const body: Body = { sites: [], links: [] }
  for (const link of links) if (knownLinks.get(link.link.id) === link) body.links.push(linkChange(link))
  links.clear()
  for (const [site, above] of sites) {
    if (body.sites.length >= MAX_FRAME_SITES) break
    sites.delete(site)
    if (known.get(site.id) === site) body.sites.push(siteChange(site, above))
  }
  return body
}

/** The whole state in parts; at least one, and the links in the first. */
export function* snapshotParts({ sites, links }: State): Generator<Body & { snapshot: 'part' | 'last' }> {
  const ids = [...sites.keys()]
  const count = Math.max(1, Math.ceil(ids.length / SNAPSHOT_PART_SITES))
  for (let i = 0; i < count; i++) {
    // A site may go while the parts go out one by one.
    const present = ids
      .slice(i * SNAPSHOT_PART_SITES, (i + 1) * SNAPSHOT_PART_SITES)
      .flatMap((id) => sites.get(id) ?? [])
    yield {
      sites: present.map((site) => siteChange(site, 0)),
      links: i === 0 ? [...links.values()].map(linkChange) : [],
      snapshot: i === count - 1 ? 'last' : 'part',
    }
  }
}
