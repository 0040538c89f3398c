import type { Position } from '../../domain/inventory.ts'
import { distanceKm, type Geo, offset, type PeopleCell } from './geo.ts'
import type { Luck } from './luck.ts'

/** Ids, names and places for sites, ward by ward, so that they read like an operator's. */

const WARD_CODES: Readonly<Record<string, string>> = {
  'duong-dong': 'DD',
  'an-thoi': 'AT',
  'bai-thom': 'BT',
  'cua-can': 'CC',
  'cua-duong': 'CD',
  'duong-to': 'DT',
  'ganh-dau': 'GD',
  'ham-ninh': 'HN',
  'tho-chau': 'TC',
}

/** Numbers sites of one kind within each ward: `B-BT-01`, and the ordinal for its name. */
export function createNumbering(prefix: string, width: number): (ward: string | null) => { id: string; ordinal: string } {
  const counts = new Map<string, number>()
  return (ward) => {
    const code = WARD_CODES[ward ?? ''] ?? 'PQ'
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    const ordinal = String(count).padStart(width, '0')
    return { id: `${prefix}-${code}-${ordinal}`, ordinal }
  }
}

const round5 = (value: number): number => Math.round(value * 1e5) / 1e5
/** About a metre: enough for a mast, and a diff stays readable. */
export const rounded = ({ lon, lat }: Position): Position => ({ lon: round5(lon), lat: round5(lat) })

const TRIES = 12

/** A point on land and in the same ward near another; the point itself when the sea is all around. */
export function near(geo: Geo, luck: Luck, centre: Position, radiusKm: number): Position {
  const ward = geo.wardOf(centre)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const angle = luck.between(0, 2 * Math.PI)
    const reach = radiusKm * Math.sqrt(luck.unit())
    const place = rounded(offset(centre, reach * Math.cos(angle), reach * Math.sin(angle)))
    if (geo.isLand(place) && geo.wardOf(place) === ward) return place
  }
  return rounded(centre)
}

interface Weighted {
  cell: PeopleCell
  weight: number
}

/**
 * Spreads sites over people: each goes where most are still unserved, and serves those around it, so
 * that a town gets many and every hamlet one. O(count × cells).
 */
export function spread(geo: Geo, luck: Luck, count: number, options: { reachKm: number; power: number }): Position[] {
  const usable: Weighted[] = geo.cells
    .filter(({ position }) => geo.isLand(position) && geo.wardOf(position) !== null)
    .map((cell) => ({ cell, weight: cell.people ** options.power * luck.between(0.8, 1.2) }))
  const places: Position[] = []
  while (places.length < count) {
    let best = usable[0] as Weighted
    for (const candidate of usable) if (candidate.weight > best.weight) best = candidate
    places.push(near(geo, luck, best.cell.position, 0.16))
    for (const other of usable) {
      const share = distanceKm(best.cell.position, other.cell.position) / options.reachKm
      if (share < 3) other.weight *= 1 - 0.55 * Math.exp(-share * share)
    }
  }
  return places
}

/** The nearest of some things; O(n). */
export function nearest<T>(items: readonly T[], to: Position, at: (item: T) => Position): T {
  let best = items[0] as T
  let bestKm = Number.POSITIVE_INFINITY
  for (const item of items) {
    const km = distanceKm(at(item), to)
    if (km < bestKm) {
      best = item
      bestKm = km
    }
  }
  return best
}
