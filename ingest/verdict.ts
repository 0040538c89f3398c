import type { Catalogue } from '../domain/catalogue.ts'
import { type Link, OPTIC_LIMITS_DBM } from '../domain/inventory.ts'
import type { Metric } from '../domain/metrics.ts'
import type { Value } from '../domain/reading.ts'
import { KINDS, type Kind, type LinkState, type SiteState } from '../domain/words.ts'

/** What is known now of sites and links, and what state follows from it at an instant. Pure. */

export interface Rule {
  metric: Metric
  /** Place of the metric in the slots of a part. */
  index: number
}
/** Per kind, by metric name. */
export type Rules = Readonly<Record<Kind, ReadonlyMap<string, Rule>>>

/** The newest value of one metric of one part. */
export interface Slot {
  readonly rule: Rule
  value: Value
  /** Epoch ms, its own time. */
  ts: number
  /** Version of the state that brought it. */
  version: number
}
export type Slots = (Slot | undefined)[]

export interface SiteNow {
  readonly id: string
  readonly kind: Kind
  /** How long after the last message it counts as late. */
  dueMs: number
  state: SiteState
  /** Epoch ms, since when it is in this state. */
  since: number
  /** Receive time of the newest reading or `online`; null: never heard. */
  heardAt: number | null
  /** Its newest status word. */
  status: { at: number; online: boolean } | null
  /** Ids of its sectors, or of the links that end at it. */
  partIds: ReadonlySet<string>
  /** Slots by part; `''` is the site itself. */
  parts: Map<string, Slots>
  /** The slots whose value is outside the normal, fresh or not. */
  abnormal: Set<Slot>
  links: LinkNow[]
  /** When time alone may change its state next; Infinity: never. */
  dueAt: number
}

export interface LinkNow {
  readonly link: Link
  a: SiteNow | undefined
  b: SiteNow | undefined
  state: LinkState
  since: number
  /** The latest instant at which its state was judged: its ends come due each in its own time. */
  judgedAt: number
}

export function compileRules(catalogue: Catalogue): Rules {
  const compiled = KINDS.map((kind) => [
    kind,
    new Map(catalogue.ofKind(kind).map((metric, index) => [metric.name, { metric, index }])),
  ])
  return Object.fromEntries(compiled) as Rules
}

/** Is the value outside what is normal for its metric? */
export function isAbnormal({ normal, vital }: Metric, value: Value): boolean {
  if (vital && value === false) return true
  if (!normal) return false
  if (typeof value === 'boolean') return normal.is !== undefined && value !== normal.is
  return typeof value === 'number' && (value < (normal.min ?? -Infinity) || value > (normal.max ?? Infinity))
}

export const isFresh = (slot: Slot, dueMs: number, now: number): boolean => slot.ts + dueMs >= now

const wentOffline = ({ status, heardAt }: SiteNow): boolean =>
  status !== null && !status.online && (heardAt === null || heardAt <= status.at)

export function siteStateAt(site: SiteNow, now: number): SiteState {
  if (wentOffline(site)) return 'down'
  if (site.heardAt === null) return 'unknown'
  if (now > site.heardAt + site.dueMs) return 'stale'
  let state: SiteState = 'ok'
  for (const slot of site.abnormal) {
    if (!isFresh(slot, site.dueMs, now)) continue
    if (slot.rule.metric.vital && slot.value === false) return 'down'
    state = 'degraded'
  }
  return state
}

/** The slots of a link, as one of its ends reports them, that its state hangs on. */
export function linkSlots(rules: Rules, end: SiteNow, linkId: string): { up?: Slot; power?: Slot } {
  const slots = end.parts.get(linkId)
  if (!slots) return {}
  const up = rules[end.kind].get('link_up')
  const power = rules[end.kind].get('rx_power_dbm')
  return { up: up && slots[up.index], power: power && slots[power.index] }
}

function isTooWeakOrStrong(power: Slot | undefined, { optic_class }: Link): boolean {
  if (typeof power?.value !== 'number' || !optic_class) return false
  const { min, max } = OPTIC_LIMITS_DBM[optic_class]
  return power.value < min || power.value > max
}

/** What one end says of a span. */
function wordOfEnd(rules: Rules, end: SiteNow | undefined, link: Link, now: number): LinkState {
  if (!end) return 'unknown'
  const { up, power } = linkSlots(rules, end, link.id)
  const fresh = (slot: Slot | undefined) => (slot && isFresh(slot, end.dueMs, now) ? slot : undefined)
  const word = fresh(up)?.value
  if (word === false) return 'down'
  if (isTooWeakOrStrong(fresh(power), link)) return 'degraded'
  return word === true ? 'up' : 'unknown'
}

const WORST_FIRST: readonly LinkState[] = ['down', 'degraded', 'up', 'unknown']

function throughEnds(a: SiteState | undefined, b: SiteState | undefined): LinkState {
  if (a === 'down' || b === 'down') return 'down'
  const silent = (state: SiteState | undefined) => state === undefined || state === 'unknown' || state === 'stale'
  return silent(a) || silent(b) ? 'unknown' : 'up'
}

export function linkStateAt(rules: Rules, { link, a, b }: LinkNow, now: number): LinkState {
  if (link.kind !== 'span') return throughEnds(a?.state, b?.state)
  const words = [wordOfEnd(rules, a, link, now), wordOfEnd(rules, b, link, now)]
  return WORST_FIRST.find((state) => words.includes(state)) ?? 'unknown'
}

/** The first instant after `now` at which silence alone may change the site or one of its links. */
export function nextDue(rules: Rules, site: SiteNow, now: number): number {
  let next = Infinity
  const consider = (lastGood: number | null | undefined) => {
    if (lastGood === null || lastGood === undefined) return
    const at = lastGood + site.dueMs + 1
    if (at > now && at < next) next = at
  }
  if (!wentOffline(site)) consider(site.heardAt)
  for (const slot of site.abnormal) consider(slot.ts)
  for (const { link } of site.links) {
    if (link.kind !== 'span') continue
    const { up, power } = linkSlots(rules, site, link.id)
    consider(up?.ts)
    consider(power?.ts)
  }
  return next
}
