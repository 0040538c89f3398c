import * as z from 'zod/mini'
import type { Group, Inventory, Link, Position, Site } from './inventory.ts'
import {
  type Complete,
  createGatherer,
  fieldPath,
  type Gatherer,
  GROUP_KINDS,
  LINK_KINDS,
  type Locate,
  type ParsedInventory,
  type Problem,
  problemsOf,
} from './inventory-rows.ts'
import { faultIn } from './json-fault.ts'
import { createLineCounter, elementsAt, locate, memberAt, rootAt } from './json-text.ts'
import { KINDS } from './words.ts'

/**
 * The inventory as a GeoJSON file (RFC 7946): a Feature a line, the id first, and every sector and every
 * member of a group on a line of its own, so that a person can edit it and a diff shows what was changed.
 * Sites are points; spans with a route are lines; links without one and groups have no geometry. What a
 * feature is follows from `properties.kind`.
 */

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

/** Most rows that one file may hold; a larger one is refused before it is read. */
const MAX_FEATURES = 500_000

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
