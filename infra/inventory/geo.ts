import { readFileSync } from 'node:fs'
import { cellToLatLng } from 'h3-js'
import * as z from 'zod'
import type { Position } from '../../domain/inventory.ts'

/** The island as the generator knows it; files and their sources in `infra/geo`. */

const pairSchema = z.tuple([z.number(), z.number()])
const polygonSchema = z.object({ type: z.literal('Polygon'), coordinates: z.array(z.array(pairSchema)) })
const multiSchema = z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(z.array(pairSchema))) })
const areaSchema = z.union([polygonSchema, multiSchema])
const collection = <P extends z.ZodType, G extends z.ZodType>(properties: P, geometry: G) =>
  z.object({ features: z.array(z.object({ properties, geometry })) })

const coastSchema = collection(z.object({ kind: z.string(), id: z.string().optional() }), areaSchema)
const wardsSchema = collection(z.object({ id: z.string(), name: z.string(), type: z.string() }), areaSchema)
const placesSchema = collection(
  z.object({ id: z.string(), name: z.string(), class: z.string(), ward: z.string().nullish() }),
  z.object({ coordinates: pairSchema }),
)
const roadsSchema = collection(
  z.object({ id: z.string(), name: z.string(), class: z.string() }),
  z.object({ coordinates: z.array(pairSchema) }),
)
const populationSchema = z.object({ cells: z.record(z.string(), z.record(z.string(), z.number())) })
const reliefSchema = z.object({
  baseM: z.number(),
  kmPerDegLon: z.number(),
  kmPerDegLat: z.number(),
  terms: z.array(
    z.object({
      lon: z.number(),
      lat: z.number(),
      heightM: z.number(),
      sigmaAlongKm: z.number(),
      sigmaAcrossKm: z.number(),
      azimuthDeg: z.number(),
    }),
  ),
})

const read = <T extends z.ZodType>(name: string, schema: T): z.infer<T> =>
  schema.parse(JSON.parse(readFileSync(new URL(`../geo/${name}`, import.meta.url), 'utf8')))

type Ring = [number, number][]
interface Area {
  id: string
  rings: Ring[]
  bbox: [number, number, number, number]
}

export interface Place {
  id: string
  name: string
  class: string
  ward: string | null
  position: Position
}

export interface Ward {
  id: string
  name: string
  type: string
}

/** People of one H3 cell of resolution 9, at its centre. */
export interface PeopleCell {
  ward: string
  people: number
  position: Position
}

export interface Road {
  id: string
  name: string
  class: string
  line: Position[]
}

export interface Geo {
  wards: Ward[]
  places: Place[]
  roads: Road[]
  cells: PeopleCell[]
  isLand(position: Position): boolean
  wardOf(position: Position): string | null
  /** Metres above the sea; 0 at sea. */
  elevationM(position: Position): number
}

const KM_PER_DEG_LON = 109.5607
const KM_PER_DEG_LAT = 110.6

/** Good to a few metres over the island. */
export const distanceKm = (a: Position, b: Position): number =>
  Math.hypot((a.lon - b.lon) * KM_PER_DEG_LON, (a.lat - b.lat) * KM_PER_DEG_LAT)

/** A position some way off, in km east and north. */
export const offset = ({ lon, lat }: Position, eastKm: number, northKm: number): Position => ({
  lon: lon + eastKm / KM_PER_DEG_LON,
  lat: lat + northKm / KM_PER_DEG_LAT,
})

const positionOf = ([lon, lat]: [number, number]): Position => ({ lon, lat })

function areaOf(id: string, geometry: z.infer<typeof areaSchema>): Area {
  const rings = geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat()
  const points = rings.flat()
  const lons = points.map(([lon]) => lon)
  const lats = points.map(([, lat]) => lat)
  return { id, rings, bbox: [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)] }
}

/** Even-odd rule over all rings, holes included. */
function holds({ rings, bbox }: Area, { lon, lat }: Position): boolean {
  if (lon < bbox[0] || lon > bbox[2] || lat < bbox[1] || lat > bbox[3]) return false
  let inside = false
  for (const ring of rings) {
    let [x0, y0] = ring[ring.length - 1] as [number, number]
    for (const [x1, y1] of ring) {
      if (y1 > lat !== y0 > lat && lon < ((x0 - x1) * (lat - y1)) / (y0 - y1) + x1) inside = !inside
      x0 = x1
      y0 = y1
    }
  }
  return inside
}

function reliefOf(isLand: (position: Position) => boolean): (position: Position) => number {
  const { baseM, kmPerDegLon, kmPerDegLat, terms } = read('relief.json', reliefSchema)
  return (position) => {
    if (!isLand(position)) return 0
    let height = baseM
    for (const term of terms) {
      const dx = (position.lon - term.lon) * kmPerDegLon
      const dy = (position.lat - term.lat) * kmPerDegLat
      const azimuth = (term.azimuthDeg * Math.PI) / 180
      const along = (dx * Math.sin(azimuth) + dy * Math.cos(azimuth)) / term.sigmaAlongKm
      const across = (dx * Math.cos(azimuth) - dy * Math.sin(azimuth)) / term.sigmaAcrossKm
      height += term.heightM * Math.exp(-(along * along + across * across) / 2)
    }
    return height
  }
}

/** Reads the layers once. */
export function readGeo(): Geo {
  const coast = read('coast-aligned.geojson', coastSchema).features.map((f, i) => areaOf(f.properties.id ?? `land-${i}`, f.geometry))
  const wardFile = read('wards.geojson', wardsSchema).features
  const wards = wardFile.map((f) => areaOf(f.properties.id, f.geometry))
  const isLand = (position: Position) => coast.some((area) => holds(area, position))
  return {
    wards: wardFile.map(({ properties: { id, name, type } }) => ({ id, name, type })),
    places: read('places.geojson', placesSchema).features.map(({ properties, geometry }) => ({
      ...properties,
      ward: properties.ward ?? null,
      position: positionOf(geometry.coordinates),
    })),
    roads: read('roads.geojson', roadsSchema).features.map(({ properties, geometry }) => ({
      ...properties,
      line: geometry.coordinates.map(positionOf),
    })),
    cells: Object.entries(read('population.json', populationSchema).cells).flatMap(([ward, cells]) =>
      Object.entries(cells).map(([cell, people]) => {
        const [lat, lon] = cellToLatLng(cell)
        return { ward, people, position: { lon, lat } }
      }),
    ),
    isLand,
    wardOf: (position) => wards.find((area) => holds(area, position))?.id ?? null,
    elevationM: reliefOf(isLand),
  }
}
