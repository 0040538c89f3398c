import type { Group, Inventory, Link, Sector, Site } from './inventory.ts'
import type { RowError } from './inventory-rows.ts'
import { isStageName } from './words.ts'

/** What an import would do, told before it is done. */

type Row = Site | Link | Group

export interface FieldChange {
  /** `name`; of a sector `sectors[4g-1].azimuth_deg`. */
  field: string
  from: unknown
  to: unknown
}
export interface RowChange {
  what: 'site' | 'link' | 'group'
  id: string
  change: 'added' | 'changed' | 'removed'
  /** For a changed row. */
  fields: FieldChange[]
}
export interface InventoryDiff {
  changes: RowChange[]
  unchanged: number
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(canonical(a)) === JSON.stringify(canonical(b))

/** Key order is no difference. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, canonical(field)]))
}

type Fields = Readonly<Record<string, unknown>>

const changesOf = (old: Fields, now: Fields, prefix = ''): FieldChange[] =>
  [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((field) => !same(old[field], now[field]))
    .map((field) => ({ field: `${prefix}${field}`, from: old[field], to: now[field] }))

const sectorsOf = (row: Row): Map<string, Sector> =>
  new Map(row.kind === 'bts' ? row.sectors.map((sector) => [sector.id, sector]) : [])

/** One sector of a dozen was changed: `sectors[4g-1].azimuth_deg` says which, and what. */
function sectorChanges(before: Row, after: Row): FieldChange[] {
  const old = sectorsOf(before)
  const now = sectorsOf(after)
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((id) => {
    const [from, to] = [old.get(id), now.get(id)]
    if (from && to) return changesOf(from, to, `sectors[${id}].`)
    return [{ field: `sectors[${id}]`, from, to }]
  })
  // The same sectors in another order.
  return changes.length > 0 ? changes : [{ field: 'sectors', from: [...old.keys()], to: [...now.keys()] }]
}

const fieldChanges = (before: Row, after: Row): FieldChange[] =>
  changesOf(before as unknown as Fields, after as unknown as Fields).flatMap((change) =>
    change.field === 'sectors' && before.kind === after.kind ? sectorChanges(before, after) : [change],
  )

function compare(
  what: RowChange['what'],
  before: readonly Row[],
  after: readonly Row[],
  replace: boolean,
  diff: InventoryDiff,
): void {
  const old = new Map(before.map((row) => [row.id, row]))
  for (const row of after) {
    const known = old.get(row.id)
    old.delete(row.id)
    const fields = known ? fieldChanges(known, row) : []
    if (known && fields.length === 0) diff.unchanged++
    else diff.changes.push({ what, id: row.id, change: known ? 'changed' : 'added', fields })
  }
  if (replace) for (const id of old.keys()) diff.changes.push({ what, id, change: 'removed', fields: [] })
}

/** Compares what is there with what a file holds; with `replace`, what the file lacks goes. */
export function diffInventory(
  current: Inventory,
  incoming: Inventory,
  { replace }: { replace: boolean },
): InventoryDiff {
  const diff: InventoryDiff = { changes: [], unchanged: 0 }
  compare('site', current.sites, incoming.sites, replace, diff)
  compare('link', current.links, incoming.links, replace, diff)
  compare('group', current.groups, incoming.groups, replace, diff)
  return diff
}

/** The inventory as it would be after the import. */
export function mergeInventory(current: Inventory, incoming: Inventory, { replace }: { replace: boolean }): Inventory {
  if (replace) return incoming
  const merge = <T extends Row>(before: readonly T[], after: readonly T[]): T[] => [
    ...new Map([...before, ...after].map((row) => [row.id, row])).values(),
  ]
  return {
    sites: merge(current.sites, incoming.sites),
    links: merge(current.links, incoming.links),
    groups: merge(current.groups, incoming.groups),
  }
}

type Fail = (id: string, path: string, message: string) => void

function checkLinks(links: readonly Link[], sites: ReadonlySet<string>, fail: Fail): void {
  for (const { id, a, b } of links) {
    if (!sites.has(a)) fail(id, 'a', `there is no site ${a}`)
    if (!sites.has(b)) fail(id, 'b', `there is no site ${b}`)
    if (a === b) fail(id, 'b', 'a link joins two different sites')
  }
}

function checkGroups(
  groups: readonly Group[],
  sites: ReadonlySet<string>,
  links: ReadonlySet<string>,
  fail: Fail,
): void {
  const byId = new Map(groups.map((group) => [group.id, group]))
  for (const group of groups) {
    const { id, kind, members } = group
    const [known, what] = kind === 'duct' ? ([links, 'link'] as const) : ([sites, 'site'] as const)
    for (const [i, member] of members.entries()) {
      if (!known.has(member)) fail(id, `members[${i}]`, `there is no ${what} ${member}`)
    }
    const problem = parentProblem(group, byId)
    if (problem) fail(id, 'parent', problem)
  }
}

/** What hangs on itself would never be supplied, and whoever walks up the parents would never arrive. */
function parentProblem({ id, kind, parent }: Group, byId: ReadonlyMap<string, Group>): string | undefined {
  if (parent === undefined) return undefined
  if (byId.get(parent)?.kind !== kind) return `there is no ${kind} ${parent}`
  const passed = new Set<string>()
  for (let above: string | undefined = parent; above !== undefined; above = byId.get(above)?.parent) {
    if (above === id) return `${id} would supply itself`
    if (passed.has(above)) return undefined
    passed.add(above)
  }
  return undefined
}

function checkNames(sites: readonly Site[], fail: Fail): void {
  for (const { id } of sites) {
    if (isStageName(id)) fail(id, 'id', `${id} is a stage of the platform; give the site another id`)
  }
}

function checkMeasures(sites: readonly Site[], isMeasure: (name: string) => boolean, fail: Fail): void {
  for (const site of sites) {
    if (site.kind !== 'sensor') continue
    for (const [i, name] of site.measures.entries()) {
      if (!isMeasure(name))
        fail(site.id, `measures[${i}]`, `${name} is no metric of a sensor; GET /api/v1/catalogue lists them`)
    }
  }
}

/** No city is wider. */
const MOST_KM = 400
const KM_PER_DEGREE = 111

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

/** Swapped or mistyped coordinates put a site far from all others, or where the zero meridian crosses the equator. */
function checkPositions(sites: readonly Site[], fail: Fail): void {
  const lon = median(sites.map(({ position }) => position.lon))
  const lat = median(sites.map(({ position }) => position.lat))
  for (const { id, position } of sites) {
    const east = (position.lon - lon) * Math.cos((lat * Math.PI) / 180)
    const km = Math.round(KM_PER_DEGREE * Math.hypot(east, position.lat - lat))
    if (position.lon === 0 && position.lat === 0) fail(id, 'position', 'longitude and latitude are both 0')
    else if (km > MOST_KM)
      fail(id, 'position', `${km} km away from the other sites; longitude comes first, then latitude`)
  }
}

/**
 * Names every link end, group member and parent that would point at nothing, every sensor measure that no
 * sensor can have, every position that can't be, and every site that could not sign in.
 * @param lines Line of each incoming id; rows that were there before have none and are named with line 0.
 */
export function checkReferences(
  after: Inventory,
  lines: ReadonlyMap<string, number>,
  isMeasure: (name: string) => boolean,
): RowError[] {
  const errors: RowError[] = []
  const fail: Fail = (id, path, message) => errors.push({ line: lines.get(id) ?? 0, id, path, message })
  const sites = new Set(after.sites.map((site) => site.id))
  checkNames(after.sites, fail)
  checkPositions(after.sites, fail)
  checkMeasures(after.sites, isMeasure, fail)
  checkLinks(after.links, sites, fail)
  checkGroups(after.groups, sites, new Set(after.links.map((link) => link.id)), fail)
  return errors
}
