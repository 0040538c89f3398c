import type { Position } from '../../domain/inventory.ts'
import type { Coordinates } from './layers.ts'

/** A ring with its bounding box, so that most questions are answered without walking it. */
export interface Outline {
  ring: readonly Coordinates[]
  west: number
  east: number
  south: number
  north: number
}

export function outlineOf(ring: readonly Coordinates[]): Outline {
  const outline = { ring, west: 180, east: -180, south: 90, north: -90 }
  for (const [lon, lat] of ring) {
    outline.west = Math.min(outline.west, lon)
    outline.east = Math.max(outline.east, lon)
    outline.south = Math.min(outline.south, lat)
    outline.north = Math.max(outline.north, lat)
  }
  return outline
}

/** Even-odd rule: how often does a ray to the east cross the ring? */
export function isInside({ ring, west, east, south, north }: Outline, { lon, lat }: Position): boolean {
  if (lon < west || lon > east || lat < south || lat > north) return false
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i] as Coordinates
    const [xj, yj] = ring[j] as Coordinates
    if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
