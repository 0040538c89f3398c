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

/** What the feed said last of a site. */
interface Heard {
  state: SiteState
  at: number | null
  /** Platform time at which it was said. */
  saidMs: number
  /** Which frame of the feed it was, counted from 1. */
  frame: number
}

type Listener = (changed: readonly string[]) => void

export interface Network {
  readonly sites: ReadonlyMap<string, SiteRecord>
  /** Rises with every change of a state or of the set of sites. */
  readonly revision: () => number
  /** Number of the feed's last frame: taken before a list is asked for, it tells what the list cannot know. */
  frame(): number
  /** Takes a list that was asked for at `sinceFrame` (absent: just now); what the feed said after that stays. */
  load(features: readonly SiteFeature[], sinceFrame?: number): void
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

/** Shows what is to be shown now; was it something else before? */
function change(site: SiteRecord, nowMs: number): boolean {
  const shown = shownState(site, nowMs)
  if (shown === site.state) return false
  site.state = shown
  site.since = nowMs
  return true
}

/** A site of a list, with what the feed said of it: its time, which the list lacks, and its state where that is newer. */
function withHeard(site: SiteRecord, heard: Heard | undefined, before: SiteRecord | undefined, sinceFrame: number) {
  if (!heard) return site
  site.at = heard.at
  if (heard.frame <= sinceFrame) return site
  site.reported = heard.state
  if (change(site, heard.saidMs) && before?.state === site.state) site.since = before.since
  return site
}

/** The network of sites, changed by the feed and by the passing of time. */
export function createNetwork(): Network {
  const sites = new Map<string, SiteRecord>()
  // Kept for sites that no list has named yet, too: the feed may be quicker than the list.
  const heards = new Map<string, Heard>()
  const listeners = new Set<Listener>()
  let revision = 0
  let frame = 0

  const tell = (changed: readonly string[]) => {
    if (changed.length === 0) return
    revision += 1
    for (const listener of listeners) listener(changed)
  }

  return {
    sites,
    revision: () => revision,
    frame: () => frame,
    load(features, sinceFrame = frame) {
      const before = new Map(sites)
      sites.clear()
      for (const feature of features) {
        const { id } = feature.properties
        sites.set(id, withHeard(toRecord(feature), heards.get(id), before.get(id), sinceFrame))
      }
      for (const [id, heard] of heards) if (!sites.has(id) && heard.frame <= sinceFrame) heards.delete(id)
      tell([...sites.keys()])
    },
    apply(changes, atMs) {
      const changed: string[] = []
      frame += 1
      for (const heard of changes) {
        heards.set(heard.id, { state: heard.state, at: heard.at, saidMs: atMs, frame })
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
