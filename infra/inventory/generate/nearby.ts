import type { Position } from '../../../domain/inventory.ts'
import { distanceKm, kmPerDegreeLon } from '../../geo/distance.ts'

const KM_PER_DEGREE_LAT = 111.195
/** The squares are true to size at this latitude, and elsewhere near enough. */
const LAT = 10
/** More rows than the earth has squares of 10 m. */
const ROWS = 4_000_000

/** Things by where they are; grows, never shrinks. */
export interface Nearby<T> {
  add(item: T): void
  /** The nearest that fits; undefined when none within `limitKm` does. */
  nearest(point: Position, limitKm: number, fits?: (item: T) => boolean): T | undefined
  within(point: Position, km: number): T[]
}

interface Entry<T> {
  item: T
  position: Position
}

/** @param cellKm side of a square; about the distance at which one usually finds something. */
export function createNearby<T>(positionOf: (item: T) => Position, cellKm: number, items: Iterable<T> = []): Nearby<T> {
  const squares = new Map<number, Entry<T>[]>()
  const kmPerLon = kmPerDegreeLon(LAT)
  const none: readonly Entry<T>[] = []
  let entries = 0
  let seen = 0

  /** Shows every entry of the squares at this distance from the point's own. */
  const ring = (point: Position, radius: number, look: (entry: Entry<T>) => void): void => {
    const x = Math.floor((point.lon * kmPerLon) / cellKm)
    const y = Math.floor((point.lat * KM_PER_DEGREE_LAT) / cellKm)
    for (let dx = -radius; dx <= radius; dx++) {
      const step = Math.abs(dx) === radius ? 1 : 2 * radius
      for (let dy = -radius; dy <= radius; dy += step)
        for (const entry of squares.get((x + dx) * ROWS + y + dy) ?? none) {
          seen++
          look(entry)
        }
    }
  }
  const add = (item: T): void => {
    const position = positionOf(item)
    const key =
      Math.floor((position.lon * kmPerLon) / cellKm) * ROWS + Math.floor((position.lat * KM_PER_DEGREE_LAT) / cellKm)
    const square = squares.get(key)
    if (square) square.push({ item, position })
    else squares.set(key, [{ item, position }])
    entries++
  }
  for (const item of items) add(item)
  return {
    add,
    nearest(point, limitKm, fits) {
      let best: T | undefined
      let bestKm = limitKm
      const look = ({ item, position }: Entry<T>) => {
        const km = distanceKm(point, position)
        if (km <= bestKm && (!fits || fits(item))) [best, bestKm] = [item, km]
      }
      seen = 0
      // Whatever lies outside `radius` rings of squares is farther than (radius - 1) sides.
      for (let radius = 0; (radius - 1) * cellKm <= bestKm && seen < entries; radius++) ring(point, radius, look)
      return best
    },
    within(point, km) {
      const found: T[] = []
      const look = ({ item, position }: Entry<T>) => {
        if (distanceKm(point, position) <= km) found.push(item)
      }
      for (let radius = 0; (radius - 1) * cellKm <= km; radius++) ring(point, radius, look)
      return found
    },
  }
}
