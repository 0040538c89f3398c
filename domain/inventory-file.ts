import * as z from 'zod/mini'
import {
  type Group,
  groupSchema,
  type Inventory,
  type Link,
  linkSchema,
  type Position,
  type Site,
  siteSchema,
} from './inventory.ts'
import { faultIn } from './json-fault.ts'
import { createLineCounter, elementsAt, locate, memberAt, rootAt } from './json-text.ts'
import { KINDS, type Kind } from './words.ts'

/**
 * The inventory as a GeoJSON file (RFC 7946): a Feature a line, the id first, and every sector and every
 * member of a group on a line of its own, so that a person can edit it and a diff shows what was changed.
 * Sites are points; spans with a route are lines; links without one and groups have no geometry. What a
 * feature is follows from `properties.kind`.
 */

const LINK_KINDS = ['span', 'hop', 'served-by']
const GROUP_KINDS = ['duct', 'feeder']
const SITE_KINDS: readonly string[] = KINDS

/** Groups have none. A feature of an unknown kind is refused for that alone. */
const GEOMETRY_OF: Readonly<Record<string, string>> = {
  ...Object.fromEntries(KINDS.map((kind) => [kind, 'Point'])),
  ...Object.fromEntries(LINK_KINDS.map((kind) => [kind, 'LineString'])),
  ...Object.fromEntries(GROUP_KINDS.map((kind) => [kind, 'nothing'])),
}

interface Feature {
  type: 'Feature'
  id: string
  geometry: { type: 'Point'; coordinates: number[] } | { type: 'LineString'; coordinates: number[][] } | null
  properties: Record<string, unknown>
}

const pair = ({ lon, lat }: Position): number[] => [lon, lat]

const siteFeature = ({ position, ...properties }: Site): Feature => ({
  type: 'Feature',
  id: properties.id,
  geometry: { type: 'Point', coordinates: pair(position) },
  properties,
})
const linkFeature = ({ path, ...properties }: Link): Feature => ({
  type: 'Feature',
  id: properties.id,
  geometry: path ? { type: 'LineString', coordinates: path.map(pair) } : null,
  properties,
})
const groupFeature = (group: Group): Feature => ({
  type: 'Feature',
  id: group.id,
  geometry: null,
  properties: { ...group },
})

/** The lists whose entries stand on lines of their own; they come last in their feature. */
const LISTS = ['sectors', 'members'] as const

function featureText(feature: Feature): string {
  const name = LISTS.find((list) => Array.isArray(feature.properties[list]))
  const entries = name && (feature.properties[name] as unknown[])
  if (!entries || entries.length === 0) return JSON.stringify(feature)
  const { [name]: _entries, ...properties } = feature.properties
  const head = JSON.stringify({ ...feature, properties }).slice(0, -2)
  return `${head},"${name}":[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]}}`
}

/** Writes sites, links and groups in the order given. */
export function formatInventory({ sites, links, groups }: Inventory, note?: string): string {
  const features = [...sites.map(siteFeature), ...links.map(linkFeature), ...groups.map(groupFeature)]
  const head = `{"type":"FeatureCollection",${note ? `"note":${JSON.stringify(note)},` : ''}"features":[`
  return `${head}\n${features.map(featureText).join(',\n')}\n]}\n`
}

/** A row of a file that cannot be taken, in words that say where and what. */
export interface RowError {
  /** Line of the file, from 1: of the field where it can be told, else where the row begins. */
  line: number
  /** Id of the row, as far as it has one. */
  id: string | null
  /** The field at fault: `sectors[2].azimuth_deg`. */
  path: string
  message: string
}

/** What a file holds: rows that can be taken, each with its line, and those that can't. */
export interface ParsedInventory {
  inventory: Inventory
  /** Line of each id. */
  lines: ReadonlyMap<string, number>
  errors: RowError[]
}

/** Most rows that one file may hold; a larger one is refused before it is read. */
const MAX_FEATURES = 500_000

/** `sectors[2].azimuth_deg`, as a person would write it. */
const fieldPath = (path: readonly PropertyKey[]): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step)}`)).join('')

const featureSchema = z.object({
  type: z.literal('Feature'),
  id: z.optional(z.union([z.string(), z.number()])),
  geometry: z.nullish(z.object({ type: z.string(), coordinates: z.unknown() })),
  properties: z.record(z.string(), z.unknown()),
})
const collectionSchema = z.object({ type: z.literal('FeatureCollection'), features: z.array(z.unknown()) })

/** `[lon, lat]`; a height behind it is passed over. */
function positionOf(coordinates: unknown): unknown {
  if (!Array.isArray(coordinates)) return coordinates
  const [lon, lat] = coordinates as unknown[]
  return { lon, lat }
}

type Row = { what: 'site'; row: Site } | { what: 'link'; row: Link } | { what: 'group'; row: Group }
/** A fault in the fields of a row, before it is said where in the file they stand. */
interface Problem {
  path: readonly PropertyKey[]
  message: string
}

const problemsOf = (error: z.core.$ZodError): Problem[] =>
  error.issues.map((issue) => ({ path: unknownKey(issue), message: issue.message }))

/** An unknown field is named itself, not the object that it stands in. */
const unknownKey = (issue: z.core.$ZodIssue): readonly PropertyKey[] =>
  issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path

/** Longer lists than any mast or cable has. */
const MOST_SECTORS = 120
const MOST_POINTS = 20_000

function tooLong({ sectors, path }: Record<string, unknown>): Problem[] {
  if (Array.isArray(sectors) && sectors.length > MOST_SECTORS)
    return [{ path: ['sectors'], message: `${sectors.length} sectors; at most ${MOST_SECTORS}` }]
  if (Array.isArray(path) && path.length > MOST_POINTS)
    return [{ path: ['path'], message: `${path.length} points; at most ${MOST_POINTS}` }]
  return []
}

/** A mast may not have two sectors of one id: a reading could not be told apart. */
function repeatedSectors(site: Site): Problem[] {
  if (site.kind !== 'bts') return []
  const ids = site.sectors.map(({ id }) => id)
  return ids.flatMap((id, i) =>
    ids.indexOf(id) < i ? [{ path: ['sectors', i, 'id'], message: `there are two sectors ${id} on this mast` }] : [],
  )
}

const rowOf = <T, W extends Row['what']>(what: W, result: z.core.util.SafeParseResult<T>) =>
  result.success ? { what, row: result.data } : problemsOf(result.error)

/** What lets a row of any file stand for itself: its kind decides which schema judges it. */
function parseRow(fields: Record<string, unknown>): Row | Problem[] {
  const { kind } = fields
  const long = tooLong(fields)
  if (long.length > 0) return long
  if (typeof kind === 'string' && SITE_KINDS.includes(kind)) {
    const site = rowOf('site', siteSchema.safeParse(fields))
    const repeated = Array.isArray(site) ? [] : repeatedSectors(site.row)
    return repeated.length > 0 ? repeated : site
  }
  if (typeof kind === 'string' && LINK_KINDS.includes(kind)) return rowOf('link', linkSchema.safeParse(fields))
  if (typeof kind === 'string' && GROUP_KINDS.includes(kind)) return rowOf('group', groupSchema.safeParse(fields))
  return [{ path: ['kind'], message: `one of ${[...SITE_KINDS, ...LINK_KINDS, ...GROUP_KINDS].join(', ')}` }]
}

function fieldsOf({ id, geometry, properties }: z.infer<typeof featureSchema>): Record<string, unknown> | Problem[] {
  const own = properties['id']
  if (own !== undefined && id !== undefined && own !== id)
    return [
      { path: ['id'], message: `the feature is ${JSON.stringify(id)}, its properties say ${JSON.stringify(own)}` },
    ]
  const fields: Record<string, unknown> = { ...properties, id: own ?? id }
  if (!geometry) return fields
  const wanted = GEOMETRY_OF[String(properties['kind'])] ?? geometry.type
  if (geometry.type === 'Point' && wanted === 'Point') return { ...fields, position: positionOf(geometry.coordinates) }
  if (geometry.type === 'LineString' && wanted === 'LineString' && Array.isArray(geometry.coordinates)) {
    return { ...fields, path: geometry.coordinates.map(positionOf) }
  }
  return [
    { path: ['geometry'], message: 'a Point for a site, a LineString or nothing for a link, nothing for a group' },
  ]
}

export type Fields = Record<string, unknown>
/** Fills in what a row may leave out (its ward by where it stands); must not overrule what the row says. */
export type Complete = (fields: Fields) => Fields

export const isSiteKind = (kind: unknown): kind is Kind => (SITE_KINDS as readonly unknown[]).includes(kind)

/** Reporting interval and transit of sites where a row does not say. */
const USUAL: Readonly<Record<Kind, { interval_s: number; transit: boolean }>> = {
  bts: { interval_s: 60, transit: false },
  fibre: { interval_s: 30, transit: true },
  sensor: { interval_s: 300, transit: false },
  service: { interval_s: 60, transit: false },
}

/** Fills in what is usual for the kind: interval and transit of a site. */
export const completeUsual: Complete = (fields) =>
  isSiteKind(fields['kind']) ? { ...USUAL[fields['kind']], ...fields } : fields

/** Where a field stands in the file, and what it is called there. */
export type Locate = (path: readonly PropertyKey[]) => { line: number; path: string }

export interface Gatherer {
  /** @param where tells the place of a field when its line is not the row's, or its name not the schema's. */
  add(line: number, fields: Fields, where?: Locate): void
  fail(error: RowError): void
  done(): ParsedInventory
}

/** Gathers rows, whatever file they come from, and refuses an id that stands twice. */
export function createGatherer(complete: Complete = (fields) => fields): Gatherer {
  const inventory: Inventory = { sites: [], links: [], groups: [] }
  const lines = new Map<string, number>()
  const errors: RowError[] = []
  return {
    fail: (error) => errors.push(error),
    add(line, fields, where = (path) => ({ line, path: fieldPath(path) })) {
      const id = typeof fields['id'] === 'string' ? fields['id'] : null
      const parsed = parseRow(complete(fields))
      if (Array.isArray(parsed)) {
        for (const { path, message } of parsed) errors.push({ id, ...where(path), message })
        return
      }
      const earlier = lines.get(parsed.row.id)
      if (earlier !== undefined) {
        errors.push({ line, id, path: 'id', message: `stands already on line ${earlier}` })
        return
      }
      lines.set(parsed.row.id, line)
      if (parsed.what === 'site') inventory.sites.push(parsed.row)
      else if (parsed.what === 'link') inventory.links.push(parsed.row)
      else inventory.groups.push(parsed.row)
    },
    done: () => ({ inventory, lines, errors }),
  }
}

const SHOWN_CHARS = 20

/** Parses the text; what can't be is one problem, with the line where reading ended. */
function featuresOf(text: string): { features: unknown[] } | { line: number; message: string } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    const at = faultIn(text) ?? 0
    const found = at < text.length ? `by ${JSON.stringify(text.slice(at, at + SHOWN_CHARS))}` : 'because it ends'
    return { line: createLineCounter(text)(at), message: `not JSON any more here, ${found}` }
  }
  const { data } = collectionSchema.safeParse(json)
  if (!data)
    return { line: 1, message: 'a GeoJSON FeatureCollection is expected: {"type":"FeatureCollection","features":[…]}' }
  if (data.features.length <= MAX_FEATURES) return data
  return { line: 1, message: `${data.features.length} features; at most ${MAX_FEATURES} are read at once` }
}

/** The way to a field in a feature: positions are coordinates there, all else are properties. */
function featurePath(path: readonly PropertyKey[], feature: unknown): readonly PropertyKey[] {
  const [first, second, third] = path
  const order = { lon: 0, lat: 1 } as Record<PropertyKey, number>
  if (first === 'position')
    return ['geometry', ...(second === undefined ? [] : ['coordinates', order[second] ?? second])]
  if (first === 'path' && second !== undefined)
    return ['geometry', 'coordinates', second, ...(third === undefined ? [] : [order[third] ?? third])]
  if (first === 'type' || first === 'geometry' || first === 'properties') return path
  const { properties } = feature as { properties?: Record<string, unknown> }
  return first === 'id' && properties?.['id'] === undefined ? path : ['properties', ...path]
}

/** `geometry.coordinates[1]`, `sectors[2].azimuth_deg`: that a field is a property needs no saying. */
const spoken = (path: readonly PropertyKey[]): string => fieldPath(path[0] === 'properties' ? path.slice(1) : path)

/** Some editors put it first; it belongs to no line. */
const BYTE_ORDER_MARK = '\uFEFF'

/** Reads a GeoJSON FeatureCollection. A file that is none has one error, on the line where reading ended. */
export function parseInventory(file: string, complete?: Complete): ParsedInventory {
  const text = file.startsWith(BYTE_ORDER_MARK) ? file.slice(1) : file
  const gatherer = createGatherer(complete)
  const found = featuresOf(text)
  if ('message' in found) {
    gatherer.fail({ id: null, path: '', ...found })
    return gatherer.done()
  }
  const lineAt = createLineCounter(text)
  const offsets = elementsAt(text, memberAt(text, rootAt(text), 'features') ?? 0)
  for (const feature of found.features) {
    const start = offsets.next().value ?? 0
    const line = lineAt(start)
    const where: Locate = (path) => {
      const way = featurePath(path, feature)
      return {
        line: createLineCounter(text.slice(start))(locate(text, start, way) - start) + line - 1,
        path: spoken(way),
      }
    }
    takeFeature(gatherer, feature, line, where)
  }
  return gatherer.done()
}

function takeFeature(gatherer: Gatherer, feature: unknown, line: number, where: Locate): void {
  const parsed = featureSchema.safeParse(feature)
  const fields = parsed.success ? fieldsOf(parsed.data) : problemsOf(parsed.error)
  if (!Array.isArray(fields)) {
    gatherer.add(line, fields, where)
    return
  }
  const id = parsed.success && parsed.data.id !== undefined ? String(parsed.data.id) : null
  for (const { path, message } of fields) gatherer.fail({ id, ...where(path), message })
}
