import type { Position } from '../../../domain/inventory.ts'
import { distanceKm, kmPerDegreeLon } from '../../geo/distance.ts'

const KM_PER_DEGREE_LAT = 111.195
const LAT = 10

/** Things by where they are; grows, never shrinks. */
export interface Nearby<T> {
  add(item: T): void
  /** The nearest that fits; undefined when none within `limitKm` does. */
  nearest(point: Position, limitKm: number, fits?: (item: T) => boolean): T | undefined
  within(point: Position, km: number): T[]
}

/** @param cellKm side of a square; about the distance at which one usually finds something. */
export function createNearby<T>(positionOf: (item: T) => Position, cellKm: number, items: Iterable<T> = []): Nearby<T> {
  const squares = new Map<string, T[]>()
  const column = (lon: number) => Math.floor((lon * kmPerDegreeLon(LAT)) / cellKm)
  const row = (lat: number) => Math.floor((lat * KM_PER_DEGREE_LAT) / cellKm)
  const at = (x: number, y: number): readonly T[] => squares.get(`${x}/${y}`) ?? []

  function* ring(point: Position, radius: number): Generator<T> {
    const x = column(point.lon)
    const y = row(point.lat)
    for (let dx = -radius; dx <= radius; dx++) {
      const edge = Math.abs(dx) === radius
      for (let dy = -radius; dy <= radius; dy += edge || radius === 0 ? 1 : 2 * radius) yield* at(x + dx, y + dy)
    }
  }

  const add = (item: T) => {
    const { lon, lat } = positionOf(item)
    const key = `${column(lon)}/${row(lat)}`
    const square = squares.get(key)
    if (square) square.push(item)
    else squares.set(key, [item])
  }
  for (const item of items) add(item)
  return {
    add,
    nearest(point, limitKm, fits = () => true) {
      let best: T | undefined
      let bestKm = limitKm
      // Whatever lies outside `radius` rings of squares is farther than (radius - 1) sides.
      for (let radius = 0; (radius - 1) * cellKm <= bestKm; radius++)
        for (const item of ring(point, radius)) {
          const km = distanceKm(point, positionOf(item))
          if (km <= bestKm && fits(item)) [best, bestKm] = [item, km]
        }
      return best
    },
    within(point, km) {
      const found: T[] = []
      for (let radius = 0; (radius - 1) * cellKm <= km; radius++)
        for (const item of ring(point, radius)) if (distanceKm(point, positionOf(item)) <= km) found.push(item)
      return found
    },
  }
}
