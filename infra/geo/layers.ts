import { readFileSync } from 'node:fs'

/** GeoJSON order: longitude, latitude. */
export type Coordinates = [lon: number, lat: number]
type Ring = Coordinates[]

interface Feature<G, P> {
  geometry: G
  properties: P
}
interface Collection<G, P> {
  features: Feature<G, P>[]
}
interface Polygon {
  type: 'Polygon'
  coordinates: Ring[]
}
interface MultiPolygon {
  type: 'MultiPolygon'
  coordinates: Ring[][]
}

export interface Place {
  id: string
  name: string
  nameEn?: string
  class: string
  ward: string
  populationWeight: number
}

export interface ReliefTerm {
  lon: number
  lat: number
  heightM: number
  sigmaAlongKm: number
  sigmaAcrossKm: number
  azimuthDeg: number
}

export interface Relief {
  baseM: number
  kmPerDegLon: number
  kmPerDegLat: number
  terms: ReliefTerm[]
  checks: { lon: number; lat: number; heightM: number }[]
}

export interface Population {
  total: number
  wards: Record<string, { name: string; people: number }>
  visitors: {
    assumptions: { presentOnAverageDay: number }
    nightShareByPlace: Record<string, number>
  }
  /** By ward, then by H3 cell. */
  cells: Record<string, Record<string, number>>
}

export interface Layers {
  coast: Collection<Polygon, { id: string; name?: string; kind: string }>
  wards: Collection<Polygon | MultiPolygon, { id: string; name: string; type: string }>
  places: Collection<{ type: 'Point'; coordinates: Coordinates }, Place>
  roads: Collection<{ type: 'LineString'; coordinates: Coordinates[] }, { id: string; name: string; class: string }>
  population: Population
  relief: Relief
}

const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as T

/** The base layers of this folder. They come with the program, so nothing in them is doubted. */
export const readLayers = (): Layers => ({
  coast: read('./coast-aligned.geojson'),
  wards: read('./wards.geojson'),
  places: read('./places.geojson'),
  roads: read('./roads.geojson'),
  population: read('./population.json'),
  relief: read('./relief.json'),
})
