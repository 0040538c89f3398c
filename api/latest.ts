import type { LinkChange, LiveFrame, SiteChange } from '../domain/live.ts'
import type { Value } from '../domain/reading.ts'
import type { SiteState } from '../domain/words.ts'

/** A value and when it was true (epoch ms). */
export interface TimedValue {
  value: Value
  at: number
}

/** What is known of a site now. */
export interface SiteNow {
  state: SiteState
  /** Epoch ms since when it is in this state. */
  since: number
  /** Epoch ms, newest receive time; null: never heard. */
  at: number | null
  /** By value key. */
  values: Map<string, TimedValue>
}

/** What one frame changed of one site. */
export interface SiteUpdate {
  id: string
  now: SiteNow
  /** State before; undefined: it was not known. */
  before: SiteState | undefined
  /** The values that are new. */
  values: Record<string, Value>
}

export interface Updates {
  sites: SiteUpdate[]
  links: LinkChange[]
}

export interface Latest {
  readonly sites: ReadonlyMap<string, SiteNow>
  readonly links: ReadonlyMap<string, LinkChange>
  /** Rises with every change of a site's or link's state: what lists depend on. */
  readonly version: number
  apply(frame: LiveFrame): Updates
  /** While nobody tells: sites whose last word is overdue become stale. */
  expire(nowMs: number, dueMsOf: (id: string) => number | undefined): Updates
  /** Forgets what the inventory no longer holds. */
  keep(sites: { has(id: string): boolean }, links: { has(id: string): boolean }): void
}

/** The current state of the network, newest by time. Pure but for its own maps. */
export function createLatest(): Latest {
  const sites = new Map<string, SiteNow>()
  const links = new Map<string, LinkChange>()
  let version = 0
  const moved = () => {
    version += 1
  }
  return {
    sites,
    links,
    get version() {
      return version
    },
    apply(frame) {
      const updates: Updates = { sites: [], links: [] }
      for (const change of frame.sites) {
        const update = applySite(sites, change)
        if (!update) continue
        if (update.before !== update.now.state) moved()
        updates.sites.push(update)
      }
      for (const link of frame.links) {
        const known = links.get(link.id)
        if (known?.state === link.state && known.since === link.since) continue
        links.set(link.id, link)
        moved()
        updates.links.push(link)
      }
      return updates
    },
    expire(nowMs, dueMsOf) {
      const updates: Updates = { sites: [], links: [] }
      for (const [id, now] of sites) {
        const update = expireSite(id, now, nowMs, dueMsOf(id))
        if (!update) continue
        moved()
        updates.sites.push(update)
      }
      return updates
    },
    keep(wantedSites, wantedLinks) {
      for (const id of sites.keys()) if (!wantedSites.has(id)) sites.delete(id)
      for (const id of links.keys()) if (!wantedLinks.has(id)) links.delete(id)
      moved()
    },
  }
}

function applySite(sites: Map<string, SiteNow>, change: SiteChange): SiteUpdate | undefined {
  const known = sites.get(change.id)
  const before = known?.state
  const now = known ?? { state: change.state, since: change.since, at: change.at, values: new Map() }
  if (!known) sites.set(change.id, now)
  const same = known?.state === change.state && known.since === change.since && known.at === change.at
  now.state = change.state
  now.since = change.since
  now.at = change.at
  const values = applyValues(now.values, change)
  return same && values === undefined ? undefined : { id: change.id, now, before, values: values ?? {} }
}

function applyValues(known: Map<string, TimedValue>, change: SiteChange): Record<string, Value> | undefined {
  let values: Record<string, Value> | undefined
  for (const key in change.values) {
    const value = change.values[key] as Value
    const at = change.times?.[key] ?? change.at ?? 0
    const old = known.get(key)
    if (old && (at < old.at || (at === old.at && value === old.value))) continue
    known.set(key, { value, at })
    values ??= {}
    values[key] = value
  }
  return values
}

function expireSite(id: string, now: SiteNow, nowMs: number, dueMs: number | undefined): SiteUpdate | undefined {
  if ((now.state !== 'ok' && now.state !== 'degraded') || now.at === null || dueMs === undefined) return undefined
  if (nowMs <= now.at + dueMs) return undefined
  const before = now.state
  now.state = 'stale'
  now.since = now.at + dueMs
  return { id, now, before, values: {} }
}

/** What a frame's place in the sequence says. */
export type Continuity = 'next' | 'gap' | 'new-epoch' | 'repeat'

/** Follows the frames of one ingest life after another, so that a missing one is noticed. */
export function createSequence(): { follow(frame: Pick<LiveFrame, 'epoch' | 'seq'>): Continuity } {
  let epoch: string | undefined
  let seq = 0
  return {
    follow(frame) {
      const first = epoch === undefined
      if (frame.epoch !== epoch) {
        epoch = frame.epoch
        seq = frame.seq
        return first ? 'gap' : 'new-epoch'
      }
      if (frame.seq <= seq) return 'repeat'
      const next = frame.seq === seq + 1
      seq = frame.seq
      return next ? 'next' : 'gap'
    },
  }
}
