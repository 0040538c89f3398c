import { dueAfterMs, type Link, type Position, type Site } from '../domain/inventory.ts'
import { valueKey } from '../domain/live.ts'
import type { InventoryView } from './inventory.ts'
import type { Latest, SiteNow, TimedValue } from './latest.ts'
import type { LatestValues, LinkFeature, SiteDetail, SiteFeature } from './schemas.ts'

/** Inventory and present as GeoJSON (RFC 7946). Pure. */

export const isoOf = (ms: number): string => new Date(ms).toISOString()
export const isoOrNull = (ms: number | null | undefined): string | null => (ms == null ? null : isoOf(ms))
const coordinatesOf = ({ lon, lat }: Position): number[] => [lon, lat]

export function siteFeature(site: Site, now: SiteNow | undefined): SiteFeature {
  return {
    type: 'Feature',
    id: site.id,
    geometry: { type: 'Point', coordinates: coordinatesOf(site.position) },
    properties: {
      id: site.id,
      kind: site.kind,
      name: site.name,
      ...(site.name_en !== undefined && { name_en: site.name_en }),
      ward: site.ward,
      state: now?.state ?? 'unknown',
      since: isoOrNull(now?.since),
      interval_s: site.interval_s,
      ...(site.kind === 'service' && { system: site.system }),
      ...(site.demonstration && { demonstration: true }),
    },
  }
}

/** A link as a line from `a` to `b`; straight where its route is not known. */
export function linkFeature(link: Link, view: InventoryView, latest: Latest): LinkFeature {
  const { path, ...rest } = link
  const ends = [view.sites.get(link.a), view.sites.get(link.b)].flatMap((site) => (site ? [site.position] : []))
  const now = latest.links.get(link.id)
  return {
    type: 'Feature',
    id: link.id,
    geometry: { type: 'LineString', coordinates: (path && path.length > 1 ? path : ends).map(coordinatesOf) },
    properties: { ...rest, state: now?.state ?? 'unknown', since: isoOrNull(now?.since) },
  }
}

/** The values of one part, each with its age judged by the site's own due time. */
export function latestOf(values: ReadonlyMap<string, TimedValue>, part: string, staleBeforeMs: number): LatestValues {
  const answer: LatestValues = {}
  const prefix = valueKey(part, '')
  for (const [key, { value, at }] of values) {
    const metric = part === '' ? key : key.slice(prefix.length)
    const belongs = part === '' ? !key.includes('/') : key.startsWith(prefix)
    if (belongs) answer[metric] = { value, at: isoOf(at), stale: at < staleBeforeMs }
  }
  return answer
}

const NOTHING: ReadonlyMap<string, TimedValue> = new Map()

/** Everything that is known of one site, at an instant of the platform's clock. */
export function siteDetail(site: Site, view: InventoryView, latest: Latest, nowMs: number): SiteDetail {
  const now = latest.sites.get(site.id)
  const dueMs = dueAfterMs(site.interval_s)
  const values = now?.values ?? NOTHING
  const of = (part: string) => latestOf(values, part, nowMs - dueMs)
  const { position: _, ...rest } = site
  const { type, id, geometry, properties } = siteFeature(site, now)
  return {
    type,
    id,
    geometry,
    properties: {
      ...rest,
      ...properties,
      at: isoOrNull(now?.at),
      due_after_s: dueMs / 1000,
      sectors: site.kind === 'bts' ? site.sectors.map((sector) => ({ ...sector, latest: of(sector.id) })) : [],
      links: view.linksOf(site.id).map((link) => siteLink(link, site.id, latest, of(link.id))),
      latest: of(''),
    },
  }
}

function siteLink(link: Link, siteId: string, latest: Latest, values: LatestValues) {
  const now = latest.links.get(link.id)
  return {
    id: link.id,
    kind: link.kind,
    ...(link.name !== undefined && { name: link.name }),
    a: link.a,
    b: link.b,
    other: link.a === siteId ? link.b : link.a,
    state: now?.state ?? ('unknown' as const),
    since: isoOrNull(now?.since),
    latest: values,
  }
}
