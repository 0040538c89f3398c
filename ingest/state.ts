import type { Catalogue } from '../domain/catalogue.ts'
import { dueAfterMs, KINDS_WITH_PART, type Link, type Site } from '../domain/inventory.ts'
import type { Reading, Value } from '../domain/reading.ts'
import { SITE_STATES, type SiteState } from '../domain/words.ts'
import type { LatestValue, StatusEvent } from '../store/history/port.ts'
import { createDueQueue, type DueQueue } from './due-queue.ts'
import {
  compileRules,
  isAbnormal,
  type LinkNow,
  linkStateAt,
  nextDue,
  type Rules,
  type SiteNow,
  type Slots,
  siteStateAt,
} from './verdict.ts'

/**
 * What every site and link says now: a reducer of (state, event) into effects. Time comes with the
 * events alone: liveness goes by receive time, values by their own. The state is changed in place,
 * because a copy per reading would cost more than everything else in the path.
 */

export type StateEvent =
  | { type: 'reading'; reading: Reading }
  | { type: 'status'; status: StatusEvent }
  /** Time passed, as far as silence may be concluded from it. */
  | { type: 'tick'; at: number }
  /** The sites and links there are; what is known of those that stay is kept. */
  | { type: 'inventory'; at: number; sites: Site[]; links: Link[] }
  /** What the history knows, once, at start. */
  | { type: 'restored'; at: number; latest: LatestValue[]; statuses: StatusEvent[] }

export interface State {
  readonly rules: Rules
  readonly sites: Map<string, SiteNow>
  readonly links: Map<string, LinkNow>
  /** Sites by state. */
  readonly counts: Record<SiteState, number>
  /** Rises with every reading; each slot remembers the one that brought it. */
  version: number
  readonly due: DueQueue<SiteNow>
}

/** What events changed, until somebody has told it. */
export interface Effects {
  /** Each with the version before its first untold change: slots above it are news. */
  readonly sites: Map<SiteNow, number>
  readonly links: Set<LinkNow>
}

export const createEffects = (): Effects => ({ sites: new Map(), links: new Set() })

export function createState(catalogue: Catalogue): State {
  return {
    rules: compileRules(catalogue),
    sites: new Map(),
    links: new Map(),
    counts: Object.fromEntries(SITE_STATES.map((state) => [state, 0])) as Record<SiteState, number>,
    version: 0,
    due: createDueQueue(),
  }
}

function touch(state: State, site: SiteNow, effects: Effects): void {
  if (!effects.sites.has(site)) effects.sites.set(site, state.version)
}

function settleLink(state: State, link: LinkNow, now: number, effects: Effects): void {
  if (now > link.judgedAt) link.judgedAt = now
  const next = linkStateAt(state.rules, link, link.judgedAt)
  if (next === link.state) return
  link.state = next
  link.since = link.judgedAt
  effects.links.add(link)
}

function settleSite(state: State, site: SiteNow, now: number, effects: Effects): void {
  const next = siteStateAt(site, now)
  if (next === site.state) return
  state.counts[site.state]--
  state.counts[next]++
  site.state = next
  site.since = now
  touch(state, site, effects)
  for (const link of site.links) if (link.link.kind !== 'span') settleLink(state, link, now, effects)
}

function settleAll(state: State, site: SiteNow, now: number, effects: Effects): void {
  settleSite(state, site, now, effects)
  for (const link of site.links) settleLink(state, link, now, effects)
}

function schedule(state: State, site: SiteNow, at: number): void {
  site.dueAt = at
  if (at !== Infinity) state.due.add(at, site)
}

// A message puts off what was due without touching the queue; that is found out here.
function expire(state: State, site: SiteNow, now: number, effects: Effects): void {
  while (site.dueAt <= now) {
    const at = site.dueAt
    settleAll(state, site, at, effects)
    schedule(state, site, nextDue(state.rules, site, at))
  }
}

function slotsOf(site: SiteNow, part: string): Slots {
  let slots = site.parts.get(part)
  if (!slots) {
    slots = []
    site.parts.set(part, slots)
  }
  return slots
}

/** Takes the values that are not older than what is known: the order of arrival does not matter. */
function absorb(state: State, site: SiteNow, part: string, ts: number, values: Record<string, Value>): void {
  const rules = state.rules[site.kind]
  const slots = slotsOf(site, part)
  for (const name in values) {
    const rule = rules.get(name)
    if (!rule) continue
    const value = values[name] as Value
    const known = slots[rule.index]
    if (known && ts < known.ts) continue
    const slot = known ?? { rule, value, ts, version: 0 }
    slots[rule.index] = slot
    slot.value = value
    slot.ts = ts
    slot.version = state.version
    if (isAbnormal(rule.metric, value)) site.abnormal.add(slot)
    else if (site.abnormal.size > 0) site.abnormal.delete(slot)
  }
}

function hear(state: State, reading: Reading, effects: Effects): void {
  const site = state.sites.get(reading.siteId)
  if (!site) return
  const { receivedAt: at, ts, part } = reading
  expire(state, site, at, effects)
  touch(state, site, effects)
  state.version++
  if (site.heardAt === null || at > site.heardAt) site.heardAt = at
  absorb(state, site, part, ts, reading.values)
  settleSite(state, site, at, effects)
  const link = part !== '' && KINDS_WITH_PART.link.includes(site.kind) ? state.links.get(part) : undefined
  if (link) settleLink(state, link, at, effects)
  const watched = link !== undefined || site.abnormal.size > 0
  let due = site.heardAt + site.dueMs + 1
  if (watched && ts + site.dueMs >= at) due = Math.min(due, ts + site.dueMs + 1)
  if (due < site.dueAt) schedule(state, site, due)
}

function takeStatus(state: State, { siteId, at, online }: StatusEvent, effects: Effects): void {
  const site = state.sites.get(siteId)
  if (!site || (site.status && at < site.status.at)) return
  expire(state, site, at, effects)
  touch(state, site, effects)
  site.status = { at, online }
  if (online && (site.heardAt === null || at > site.heardAt)) site.heardAt = at
  settleSite(state, site, at, effects)
  const due = nextDue(state.rules, site, at)
  if (due < site.dueAt) schedule(state, site, due)
}

function tick(state: State, now: number, effects: Effects): void {
  for (let next = state.due.take(now); next; next = state.due.take(now)) {
    if (next.item.dueAt === next.at) expire(state, next.item, next.at, effects)
  }
}

function newSite(site: Site, at: number): SiteNow {
  return {
    id: site.id,
    kind: site.kind,
    dueMs: 0,
    partIds: new Set(),
    state: 'unknown',
    since: at,
    heardAt: null,
    status: null,
    parts: new Map(),
    abnormal: new Set(),
    links: [],
    dueAt: Infinity,
  }
}

function forgetParts(now: SiteNow): void {
  for (const [part, slots] of now.parts) {
    if (part === '' || now.partIds.has(part)) continue
    now.parts.delete(part)
    for (const slot of slots) if (slot) now.abnormal.delete(slot)
  }
}

/** The parts that each site reports: its sectors, or the links that end at it. */
export function partsOfSites(sites: Site[], links: Link[]): Map<string, Set<string>> {
  const parts = new Map(sites.map((site) => [site.id, new Set<string>()]))
  const reportsLinks = new Set(sites.filter(({ kind }) => KINDS_WITH_PART.link.includes(kind)).map(({ id }) => id))
  for (const site of sites) {
    if (site.kind === 'bts') for (const sector of site.sectors) parts.get(site.id)?.add(sector.id)
  }
  for (const { id, a, b } of links) {
    for (const end of [a, b]) if (reportsLinks.has(end)) parts.get(end)?.add(id)
  }
  return parts
}

function replaceSites(
  state: State,
  sites: Site[],
  parts: Map<string, Set<string>>,
  at: number,
  effects: Effects,
): void {
  const before = new Map(state.sites)
  state.sites.clear()
  state.due.clear()
  for (const site of sites) {
    const known = before.get(site.id)
    const now = known?.kind === site.kind ? known : newSite(site, at)
    if (now !== known) touch(state, now, effects)
    now.dueMs = dueAfterMs(site.interval_s)
    now.links = []
    now.partIds = parts.get(site.id) ?? new Set()
    forgetParts(now)
    state.sites.set(site.id, now)
  }
  for (const name of SITE_STATES) state.counts[name] = 0
  for (const { state: name } of state.sites.values()) state.counts[name]++
}

function takeInventory(state: State, sites: Site[], links: Link[], at: number, effects: Effects): void {
  replaceSites(state, sites, partsOfSites(sites, links), at, effects)
  const before = new Map(state.links)
  state.links.clear()
  for (const link of links) {
    const known = before.get(link.id)
    const ends = { a: state.sites.get(link.a), b: state.sites.get(link.b) }
    const now: LinkNow = { link, ...ends, state: known?.state ?? 'unknown', since: known?.since ?? at, judgedAt: at }
    state.links.set(link.id, now)
    if (!known) effects.links.add(now)
    now.a?.links.push(now)
    if (now.b !== now.a) now.b?.links.push(now)
  }
  for (const site of state.sites.values()) {
    settleAll(state, site, at, effects)
    schedule(state, site, nextDue(state.rules, site, at))
  }
}

// The history keeps no receive times. A value's own time stands in, but never speaks against a last `offline`.
function restoreValue(state: State, { siteId, part, metric, value, ts }: LatestValue, at: number): void {
  const site = state.sites.get(siteId)
  if (!site || (part !== '' && !site.partIds.has(part))) return
  absorb(state, site, part, ts, { [metric]: value })
  if (site.status?.online !== false) site.heardAt = Math.max(site.heardAt ?? 0, Math.min(ts, at))
}

function restoreStatus(state: State, { siteId, at, online }: StatusEvent): void {
  const site = state.sites.get(siteId)
  if (!site) return
  site.status = { at, online }
  if (online) site.heardAt = at
}

// As if it had been watched since it was last heard, so that states begin when they did.
function relive(state: State, site: SiteNow, now: number, effects: Effects): void {
  const from = site.status?.online === false ? site.status.at : site.heardAt
  if (from === null) return
  if (!effects.sites.has(site)) effects.sites.set(site, 0)
  settleAll(state, site, from, effects)
  schedule(state, site, nextDue(state.rules, site, from))
  expire(state, site, now, effects)
}

type Restored = Extract<StateEvent, { type: 'restored' }>

function restore(state: State, { at, latest, statuses }: Restored, effects: Effects): void {
  state.version++
  for (const status of statuses) restoreStatus(state, status)
  for (const value of latest) restoreValue(state, value, at)
  for (const site of state.sites.values()) relive(state, site, at, effects)
  for (const link of state.links.values()) settleLink(state, link, at, effects)
}

/** Applies one event; what it changed is added to the effects. */
export function reduce(state: State, event: StateEvent, effects: Effects): void {
  if (event.type === 'reading') hear(state, event.reading, effects)
  else if (event.type === 'status') takeStatus(state, event.status, effects)
  else if (event.type === 'tick') tick(state, event.at, effects)
  else if (event.type === 'inventory') takeInventory(state, event.sites, event.links, event.at, effects)
  else restore(state, event, effects)
}
