import type { Position } from '../../domain/inventory.ts'

/** Where the map looks when nothing else is asked: the main island with An Thới, west, south, east, north. */
export const ISLAND_BOUNDS: [number, number, number, number] = [103.82, 9.88, 104.1, 10.46]
const FIT_PADDING_PX = 16
/** On a narrow screen the names in the sea need room at the sides. */
const NAMES_PX = 66
const NARROW_PX = 460

/** Free room around the island on a map of this width, in px. */
export function fitPadding(widthPx: number): { top: number; bottom: number; left: number; right: number } {
  const side = widthPx < NARROW_PX ? NAMES_PX : FIT_PADDING_PX
  return { top: FIT_PADDING_PX, bottom: FIT_PADDING_PX, left: side, right: side }
}
/** Thổ Châu, 100 km away: it has its own small picture. */
export const THO_CHAU: Position = { lon: 103.495, lat: 9.306 }
export const THO_CHAU_WARD = 'tho-chau'
/** Web Mercator, 0…1 of the world × 100,000: the units of the sketch. */
export const THO_CHAU_BOX = '78727.8 47387 41.6 36.6'
export const MIDDLE_ZOOM = 11
export const NEAR_ZOOM = 13.5

/** A place in the units of the sketch. */
export function project(lon: number, lat: number): [x: number, y: number] {
  const y = (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360))) / 360
  return [((lon + 180) / 360) * 1e5, y * 1e5]
}
