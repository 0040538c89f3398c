import type { Position } from '../../domain/inventory.ts'
import type { Coordinates } from './layers.ts'

/** A ring with its edges sorted into bands of latitude, so that a question walks few of them. */
export interface Outline {
  west: number
  east: number
  south: number
  north: number
  bandsPerDegree: number
  /** Per band its edges, four numbers each: lon and lat of one end, lon and lat of the other. */
  bands: readonly Float64Array[]
}

const EDGES_PER_BAND = 4

export function outlineOf(ring: readonly Coordinates[]): Outline {
  const lons = ring.map(([lon]) => lon)
  const lats = ring.map(([, lat]) => lat)
  const south = lats.reduce((a, b) => Math.min(a, b), 90)
  const north = lats.reduce((a, b) => Math.max(a, b), -90)
  const count = Math.max(1, Math.floor(ring.length / EDGES_PER_BAND))
  const bandsPerDegree = count / Math.max(1e-9, north - south)
  const bands: number[][] = Array.from({ length: count + 1 }, () => [])
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [from, to] = [ring[j] as Coordinates, ring[i] as Coordinates]
    const first = Math.floor((Math.min(from[1], to[1]) - south) * bandsPerDegree)
    const last = Math.floor((Math.max(from[1], to[1]) - south) * bandsPerDegree)
    for (let band = first; band <= last; band++) bands[band]?.push(...from, ...to)
  }
  return {
    west: lons.reduce((a, b) => Math.min(a, b), 180),
    east: lons.reduce((a, b) => Math.max(a, b), -180),
    south,
    north,
    bandsPerDegree,
    bands: bands.map((edges) => Float64Array.from(edges)),
  }
}

/** Even-odd rule: how often does a ray to the east cross the ring? */
export function isInside(
  { bands, bandsPerDegree, west, east, south, north }: Outline,
  { lon, lat }: Position,
): boolean {
  if (lon < west || lon > east || lat < south || lat > north) return false
  const edges = bands[Math.floor((lat - south) * bandsPerDegree)] as Float64Array
  let inside = false
  for (let i = 0; i < edges.length; i += 4) {
    const yj = edges[i + 1] as number
    const yi = edges[i + 3] as number
    if (yi > lat === yj > lat) continue
    const xi = edges[i + 2] as number
    if (lon < (((edges[i] as number) - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
