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
import { KINDS } from './words.ts'

/**
 * The inventory as a GeoJSON file (RFC 7946): a Feature a line, the id first, so that a person can edit
 * it and a diff reads well. Sites are points; spans with a route are lines; links without one and
 * groups have no geometry. What a feature is follows from `properties.kind`.
 */

const LINK_KINDS = ['span', 'hop', 'served-by']
const GROUP_KINDS = ['duct', 'feeder']
const SITE_KINDS: readonly string[] = KINDS

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

/** Writes sites, links and groups, one feature a line, in the order given. */
export function formatInventory({ sites, links, groups }: Inventory, note?: string): string {
  const features = [...sites.map(siteFeature), ...links.map(linkFeature), ...groups.map(groupFeature)]
  const head = `{"type":"FeatureCollection",${note ? `"note":${JSON.stringify(note)},` : ''}"features":[`
  return `${head}\n${features.map((feature) => JSON.stringify(feature)).join(',\n')}\n]}\n`
}

/** A row of a file that cannot be taken, in words that say where and what. */
export interface RowError {
  /** Line of the file, from 1, where the row begins. */
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

/** Strings, brackets and line ends of a JSON text: all that matters for finding where things begin. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{}]|\n/g

/** Lines, from 1, on which the objects begin that stand in an array of the outermost object: the features. */
function featureLines(text: string): number[] {
  const lines: number[] = []
  let line = 1
  let depth = 0
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '\n') line++
    else if (token === '{' && depth++ === 2) lines.push(line)
    else if (token === '[') depth++
    else if (token === '}' || token === ']') depth--
  }
  return lines
}

/** `[lon, lat]`; a height behind it is passed over. */
function positionOf(coordinates: unknown): unknown {
  if (!Array.isArray(coordinates)) return coordinates
  const [lon, lat] = coordinates as unknown[]
  return { lon, lat }
}

type Row = { what: 'site'; row: Site } | { what: 'link'; row: Link } | { what: 'group'; row: Group }
type Problem = { path: string; message: string }

const problemsOf = (error: z.core.$ZodError): Problem[] =>
  error.issues.map((issue) => ({ path: fieldPath(issue.path), message: issue.message }))

/** What lets a row of any file stand for itself: its kind decides which schema judges it. */
function parseRow(fields: Record<string, unknown>): Row | Problem[] {
  const { kind } = fields
  if (typeof kind === 'string' && SITE_KINDS.includes(kind)) {
    const result = siteSchema.safeParse(fields)
    return result.success ? { what: 'site', row: result.data } : problemsOf(result.error)
  }
  if (typeof kind === 'string' && LINK_KINDS.includes(kind)) {
    const result = linkSchema.safeParse(fields)
    return result.success ? { what: 'link', row: result.data } : problemsOf(result.error)
  }
  if (typeof kind === 'string' && GROUP_KINDS.includes(kind)) {
    const result = groupSchema.safeParse(fields)
    return result.success ? { what: 'group', row: result.data } : problemsOf(result.error)
  }
  return [{ path: 'kind', message: `one of ${[...SITE_KINDS, ...LINK_KINDS, ...GROUP_KINDS].join(', ')}` }]
}

function fieldsOf({ id, geometry, properties }: z.infer<typeof featureSchema>): Record<string, unknown> | Problem[] {
  const fields: Record<string, unknown> = { ...properties, id: properties['id'] ?? id }
  if (!geometry) return fields
  if (geometry.type === 'Point') return { ...fields, position: positionOf(geometry.coordinates) }
  if (geometry.type === 'LineString' && Array.isArray(geometry.coordinates)) {
    return { ...fields, path: geometry.coordinates.map(positionOf) }
  }
  return [{ path: 'geometry', message: 'a Point for a site, a LineString or nothing for a link, nothing for a group' }]
}

export type Fields = Record<string, unknown>
/** Fills in what a row may leave out (its ward by where it stands); must not overrule what the row says. */
export type Complete = (fields: Fields) => Fields

export interface Gatherer {
  add(line: number, fields: Fields): void
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
    add(line, fields) {
      const id = typeof fields['id'] === 'string' ? fields['id'] : null
      const parsed = parseRow(complete(fields))
      if (Array.isArray(parsed)) {
        for (const problem of parsed) errors.push({ line, id, ...problem })
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

/** Parses the text; what can't be is one problem, with the line where reading ended. */
function featuresOf(text: string): { features: unknown[] } | { line: number; message: string } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    const { message } = error as Error
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? 0)
    return { line: text.slice(0, at).split('\n').length, message: `this is not JSON: ${message}` }
  }
  const { data } = collectionSchema.safeParse(json)
  if (!data)
    return { line: 1, message: 'a GeoJSON FeatureCollection is expected: {"type":"FeatureCollection","features":[…]}' }
  if (data.features.length <= MAX_FEATURES) return data
  return { line: 1, message: `${data.features.length} features; at most ${MAX_FEATURES} are read at once` }
}

/** Reads a GeoJSON FeatureCollection. A file that is none has one error, on the line where reading ended. */
export function parseInventory(text: string, complete?: Complete): ParsedInventory {
  const gatherer = createGatherer(complete)
  const found = featuresOf(text)
  if ('message' in found) {
    gatherer.fail({ id: null, path: '', ...found })
    return gatherer.done()
  }
  const lines = featureLines(text)
  for (const [i, feature] of found.features.entries()) {
    const line = lines[i] ?? 1
    const parsed = featureSchema.safeParse(feature)
    const fields = parsed.success ? fieldsOf(parsed.data) : problemsOf(parsed.error)
    const id = parsed.success ? String(parsed.data.id ?? '') : null
    if (Array.isArray(fields)) for (const problem of fields) gatherer.fail({ line, id, ...problem })
    else gatherer.add(line, fields)
  }
  return gatherer.done()
}
