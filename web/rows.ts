import type { SiteState } from '../domain/words.ts'
import type { View } from './address.ts'
import type { SiteRecord } from './network.ts'
import { fold, matches, words } from './search.ts'

/** Which sites the list shows, and in which order. Pure. */

/** `[west, south, east, north]` of the map, in degrees. */
export type Frame = readonly [west: number, south: number, east: number, north: number]

export const WORST_FIRST: readonly SiteState[] = ['down', 'degraded', 'stale', 'unknown', 'maintenance', 'ok']
const RANK = Object.fromEntries(WORST_FIRST.map((state, rank) => [state, rank])) as Record<SiteState, number>
/** What carries others comes first: it is the likelier cause. */
const KIND_RANK: Readonly<Record<SiteRecord['kind'], number>> = { fibre: 0, bts: 1, service: 2, sensor: 3 }
/** What changed within the same minute may well be one event. */
const TOGETHER_MS = 60_000
const minuteOf = (site: SiteRecord) => Math.floor((site.since ?? 0) / TOGETHER_MS)
const byName = new Intl.Collator('vi', { numeric: true })

export type Filter = Pick<View, 'kinds' | 'states' | 'ward' | 'question' | 'inView'>

export const isFiltered = (filter: Filter): boolean =>
  filter.kinds.length + filter.states.length > 0 || filter.ward !== null || filter.question !== '' || filter.inView

const inFrame = (site: SiteRecord, [west, south, east, north]: Frame) =>
  site.lon >= west && site.lon <= east && site.lat >= south && site.lat <= north

/** Does a site pass the filter? `frame` is the map's, and null while there is no map. */
export function passes(filter: Filter, frame: Frame | null): (site: SiteRecord) => boolean {
  const asked = words(filter.question)
  return (site) =>
    (filter.kinds.length === 0 || filter.kinds.includes(site.kind)) &&
    (filter.states.length === 0 || filter.states.includes(site.state)) &&
    (filter.ward === null || site.ward === filter.ward) &&
    (!filter.inView || frame === null || inFrame(site, frame)) &&
    matches(site.text, asked)
}

/** Worst state first, then the newest change, then the backbone before its leaves, then the name. */
function byUrgency(a: SiteRecord, b: SiteRecord): number {
  if (a.state !== b.state) return RANK[a.state] - RANK[b.state]
  if (a.state !== 'ok' && minuteOf(a) !== minuteOf(b)) return minuteOf(b) - minuteOf(a)
  if (a.kind !== b.kind) return KIND_RANK[a.kind] - KIND_RANK[b.kind]
  return byName.compare(a.name, b.name)
}

/** A site whose name or id begins with the question comes before one that merely mentions it. */
function byRelevance(question: string) {
  const asked = fold(question.trim())
  const begins = (site: SiteRecord) => (site.text.startsWith(asked) || fold(site.id).startsWith(asked) ? 0 : 1)
  return (a: SiteRecord, b: SiteRecord) => begins(a) - begins(b) || byUrgency(a, b)
}

/** Ids of the rows, worst first. */
export function listRows(sites: Iterable<SiteRecord>, filter: Filter, frame: Frame | null): string[] {
  const keep = passes(filter, frame)
  const rows: SiteRecord[] = []
  for (const site of sites) if (keep(site)) rows.push(site)
  return rows.sort(filter.question === '' ? byUrgency : byRelevance(filter.question)).map((site) => site.id)
}

const isFault = (state: SiteState | undefined) => state === 'down' || state === 'degraded'

/** Faults that the fresh order shows above where the held order would have them: those who wait behind the bar. */
export function newcomers(
  held: readonly string[],
  fresh: readonly string[],
  stateOf: (id: string) => SiteState | undefined,
): number {
  const top = fresh.findIndex((id) => !isFault(stateOf(id)))
  const faults = top === -1 ? fresh : fresh.slice(0, top)
  const shown = new Set(held.slice(0, faults.length))
  return faults.filter((id) => !shown.has(id)).length
}
