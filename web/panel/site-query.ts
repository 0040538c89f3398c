import type { QueryClient } from '@tanstack/react-query'
import type { FeedSite } from '../../domain/live.ts'
import { fetchSite, type Latest, type SiteDetail } from '../fetch.ts'

const AGAIN_MS = 60_000

const keyOf = (id: string) => ['site', id] as const

/** One site in full; the feed keeps it current in between. */
export const siteQuery = (id: string) => ({
  queryKey: keyOf(id),
  queryFn: ({ signal }: { signal: AbortSignal }) => fetchSite(id, signal),
  refetchInterval: AGAIN_MS,
})

type ByPart = ReadonlyMap<string, Latest>

/** A change's values by part; `''` is the site itself. */
function byPart(change: FeedSite): ByPart {
  const parts = new Map<string, Latest>()
  for (const [key, value] of Object.entries(change.values)) {
    const cut = key.lastIndexOf('/')
    const [part, metric] = cut === -1 ? ['', key] : [key.slice(0, cut), key.slice(cut + 1)]
    const latest = parts.get(part) ?? {}
    latest[metric] = { value, at: change.times?.[key] ?? change.at ?? 0 }
    parts.set(part, latest)
  }
  return parts
}

/** Each value by its own time, wherever it came from: what is older replaces nothing. */
function newest(known: Latest, heard: Latest = {}): Latest {
  const latest = { ...known }
  for (const [metric, value] of Object.entries(heard)) {
    const old = known[metric]
    if (!old || value.at >= old.at) latest[metric] = value
  }
  return latest
}

/** A site with a change of the feed merged in. Pure. */
export function withChange(site: SiteDetail, change: FeedSite): SiteDetail {
  const parts = byPart(change)
  const fresh = <P extends { id: string; latest: Latest }>(part: P): P => ({
    ...part,
    latest: newest(part.latest, parts.get(part.id)),
  })
  return {
    ...site,
    state: change.state,
    at: change.at,
    latest: newest(site.latest, parts.get('')),
    sectors: site.sectors.map(fresh),
    links: site.links.map(fresh),
  }
}

/** Merges a change into what is kept of the site, if anything is. */
export function mergeChange(queries: QueryClient, change: FeedSite): void {
  queries.setQueryData<SiteDetail>(keyOf(change.id), (site) => site && withChange(site, change))
}
