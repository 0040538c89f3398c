import { dueAfterMs } from '../domain/inventory.ts'
import type { FeedSite } from '../domain/live.ts'
import { KINDS, type Kind, type ServiceSystem, SITE_STATES, type SiteState } from '../domain/words.ts'
import type { SiteFeature } from './fetch.ts'
import { fold } from './search.ts'

/** A site as the page keeps it: plain, mutable, outside React, because thousands change every second. */
export interface SiteRecord {
  readonly id: string
  readonly kind: Kind
  readonly name: string
  readonly nameEn: string
  readonly ward: string | null
  readonly system: ServiceSystem | null
  readonly lon: number
  readonly lat: number
  /** How often it reports, in seconds; null where the API did not say. */
  readonly intervalS: number | null
  /** Folded text that a search runs over. */
  readonly text: string
  /** What the platform said last. */
  reported: SiteState
  /** What is shown: `stale` once the newest message is past its due time, whatever was said. */
  state: SiteState
  /** Since when, epoch ms; null: not known. */
  since: number | null
  /** Newest receive time, epoch ms; null: never heard. */
  at: number | null
}

export type Counts = Record<SiteState, number>
/** Sites of a kind by punctuality: heard within their due time, late, silent. */
export interface Freshness {
  onTime: number
  late: number
  silent: number
}

type Listener = (changed: readonly string[]) => void

export interface Network {
  readonly sites: ReadonlyMap<string, SiteRecord>
  /** Rises with every change of a state or of the set of sites. */
  readonly revision: () => number
  load(features: readonly SiteFeature[]): void
  apply(changes: readonly FeedSite[], atMs: number): void
  /** Shows as stale what is past its due time. */
  age(nowMs: number): void
  counts(): Counts
  freshness(nowMs: number): Record<Kind, Freshness>
  /** Calls back with the ids whose state changed, or with all of them after a load. */
  onChange(listener: Listener): () => void
}

const emptyCounts = (): Counts => Object.fromEntries(SITE_STATES.map((state) => [state, 0])) as Counts

function toRecord({ geometry, properties: site }: SiteFeature): SiteRecord {
  return {
    id: site.id,
    kind: site.kind,
    name: site.name,
    nameEn: site.name_en ?? site.name,
    ward: site.ward ?? null,
    system: site.system ?? null,
    lon: geometry.coordinates[0] ?? 0,
    lat: geometry.coordinates[1] ?? 0,
    intervalS: site.interval_s ?? null,
    text: fold(`${site.name} ${site.name_en ?? ''} ${site.id} ${site.ward ?? ''}`),
    reported: site.state,
    state: site.state,
    since: site.since ?? null,
    at: null,
  }
}

function isPastDue(site: SiteRecord, nowMs: number): boolean {
  return site.at !== null && site.intervalS !== null && nowMs > site.at + dueAfterMs(site.intervalS)
}

/** Only a live state can grow old: what is down, unknown or in maintenance says so already. */
function shownState(site: SiteRecord, nowMs: number): SiteState {
  const live = site.reported === 'ok' || site.reported === 'degraded'
  return live && isPastDue(site, nowMs) ? 'stale' : site.reported
}

function punctuality(site: SiteRecord, nowMs: number): keyof Freshness {
  if (site.state === 'stale') return 'late'
  if (site.state === 'unknown') return 'silent'
  if (site.state !== 'down') return 'onTime'
  return site.at !== null && site.intervalS !== null && !isPastDue(site, nowMs) ? 'onTime' : 'silent'
}

function countStates(sites: Iterable<SiteRecord>): Counts {
  const counts = emptyCounts()
  for (const site of sites) counts[site.state] += 1
  return counts
}

function countFreshness(sites: Iterable<SiteRecord>, nowMs: number): Record<Kind, Freshness> {
  const rows = Object.fromEntries(KINDS.map((kind) => [kind, { onTime: 0, late: 0, silent: 0 }]))
  for (const site of sites) {
    const row = rows[site.kind]
    if (row) row[punctuality(site, nowMs)] += 1
  }
  return rows as Record<Kind, Freshness>
}

/** The network of sites, changed by the feed and by the passing of time. */
export function createNetwork(): Network {
  const sites = new Map<string, SiteRecord>()
  const listeners = new Set<Listener>()
  let revision = 0

  const tell = (changed: readonly string[]) => {
    if (changed.length === 0) return
    revision += 1
    for (const listener of listeners) listener(changed)
  }

  const change = (site: SiteRecord, nowMs: number): boolean => {
    const shown = shownState(site, nowMs)
    if (shown === site.state) return false
    site.state = shown
    site.since = nowMs
    return true
  }

  return {
    sites,
    revision: () => revision,
    load(features) {
      const before = new Map(sites)
      sites.clear()
      for (const feature of features) {
        const site = toRecord(feature)
        site.at = before.get(site.id)?.at ?? null
        sites.set(site.id, site)
      }
      tell([...sites.keys()])
    },
    apply(changes, atMs) {
      const changed: string[] = []
      for (const heard of changes) {
        const site = sites.get(heard.id)
        if (!site) continue
        site.reported = heard.state
        site.at = heard.at
        if (change(site, atMs)) changed.push(site.id)
      }
      tell(changed)
    },
    age(nowMs) {
      const changed: string[] = []
      for (const site of sites.values()) if (change(site, nowMs)) changed.push(site.id)
      tell(changed)
    },
    counts: () => countStates(sites.values()),
    freshness: (nowMs) => countFreshness(sites.values(), nowMs),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
