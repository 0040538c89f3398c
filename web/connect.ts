import type { QueryClient } from '@tanstack/react-query'
import type { FeedSite } from '../domain/live.ts'
import { fetchLinks, fetchSites } from './fetch.ts'
import { type Live, startLive } from './live.ts'
import { serverNow } from './server-time.ts'
import { linkStates, network, useConnection, useSummary } from './state.ts'

/** Feed → network → stores: everything that changes the picture passes here. */

const SUMMARY_EVERY_MS = 250
const AGE_EVERY_MS = 1000

const siteListeners = new Map<string, Set<(change: FeedSite) => void>>()

/** Calls back with each change of one site, values included, until the returned function is called. */
export function onSite(id: string, listener: (change: FeedSite) => void): () => void {
  const listeners = siteListeners.get(id) ?? new Set()
  siteListeners.set(id, listeners.add(listener))
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) siteListeners.delete(id)
  }
}

const linkListeners = new Set<(id: string) => void>()

/** Calls back with the id of each link that changed. */
export function onLink(listener: (id: string) => void): () => void {
  linkListeners.add(listener)
  return () => linkListeners.delete(listener)
}

function summarise(): void {
  useSummary.setState({ counts: network.counts(), freshness: network.freshness(serverNow()) })
}

/** Keys under which answers are kept. */
export const SITES = ['sites'] as const
export const LINKS = ['links'] as const

/** The questions that the whole page lives on. */
export const sitesQuery = {
  queryKey: SITES,
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const sinceFrame = network.frame()
    network.load(await fetchSites(signal), sinceFrame)
    summarise()
    return network.sites.size
  },
}
export const linksQuery = {
  queryKey: LINKS,
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const sinceChange = linkStates.change()
    const links = await fetchLinks(signal)
    linkStates.load(
      links.map(({ properties }) => properties),
      sinceChange,
    )
    return links
  },
}

let live: Live | undefined

/** Opens the feed and keeps the picture true until the returned function is called. */
export function connect(queries: QueryClient): () => void {
  live = startLive({
    sites(sites, atMs) {
      network.apply(sites, atMs)
      for (const site of sites) for (const listener of siteListeners.get(site.id) ?? []) listener(site)
    },
    link(id, state) {
      linkStates.apply(id, state)
      for (const listener of linkListeners) listener(id)
    },
    pulse: (pulse) => useConnection.setState({ pulse }),
    resync: () => void queries.invalidateQueries(),
    status(status, since) {
      const before = useConnection.getState().status
      useConnection.setState({ status, since })
      if (status === 'live' && before === 'lost') void queries.invalidateQueries()
    },
  })
  let drawn = -1
  const summary = setInterval(() => {
    if (drawn === network.revision()) return
    drawn = network.revision()
    summarise()
  }, SUMMARY_EVERY_MS)
  // A lost picture is dated and stands still: it is not aged any further.
  const age = setInterval(() => {
    if (useConnection.getState().status === 'live') network.age(serverNow())
  }, AGE_EVERY_MS)
  return () => {
    clearInterval(summary)
    clearInterval(age)
    live?.stop()
    live = undefined
  }
}

/** Tries the connection again, now. */
export const retry = (): void => live?.retry()
