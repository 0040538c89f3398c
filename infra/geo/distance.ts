import type { Position } from '../../domain/inventory.ts'

const KM_PER_DEGREE = 111.195

/** Kilometres per degree of longitude at a latitude. */
export const kmPerDegreeLon = (lat: number): number => KM_PER_DEGREE * Math.cos((lat * Math.PI) / 180)

/** Distance in km on a sphere laid flat at the points' mean latitude: a few metres off over an island. */
export function distanceKm(a: Position, b: Position): number {
  const x = (b.lon - a.lon) * kmPerDegreeLon((a.lat + b.lat) / 2)
  const y = (b.lat - a.lat) * KM_PER_DEGREE
  return Math.sqrt(x * x + y * y)
}

/** The point so many km to the east and the north. */
export const moved = ({ lon, lat }: Position, eastKm: number, northKm: number): Position => ({
  lon: lon + eastKm / kmPerDegreeLon(lat),
  lat: lat + northKm / KM_PER_DEGREE,
})

/** Length in km of a line through points. */
export function lengthKm(line: readonly Position[]): number {
  let sum = 0
  for (let i = 1; i < line.length; i++) sum += distanceKm(line[i - 1] as Position, line[i] as Position)
  return sum
}

/** Five decimals: a metre. */
export const rounded = ({ lon, lat }: Position): Position => ({
  lon: Math.round(lon * 1e5) / 1e5,
  lat: Math.round(lat * 1e5) / 1e5,
})
