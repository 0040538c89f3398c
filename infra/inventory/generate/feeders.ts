import type { Group, Site } from '../../../domain/inventory.ts'

const CABLE: Group = {
  id: 'P-PQ',
  kind: 'feeder',
  name: 'Trạm 110 kV Phú Quốc (cáp ngầm 110 kV Hà Tiên)',
  members: [],
}
const LINE: Group = {
  id: 'P-NPQ',
  kind: 'feeder',
  name: 'Trạm 110 kV Nam Phú Quốc (đường dây 220 kV Kiên Bình)',
  members: [],
}
const OWN_WARD = 'tho-chau'
const SOUTHERN: ReadonlySet<string> = new Set(['duong-to', 'an-thoi'])

/** Sites on one feeder: a few dozen; more in a city with more of them, whose feeders do not grow as fast. */
const SITES_PER_FEEDER = 45
const MOST_FEEDERS = 60

/**
 * Two substations with the 22 kV feeders of their wards, each a compact piece of land with all that hangs on
 * mains in it; Thổ Châu has its own power house.
 */
export function drawFeeders(sites: readonly Site[], wards: readonly { id: string; name: string }[]): Group[] {
  const fed = sites.filter(hasMains)
  const size = Math.max(SITES_PER_FEEDER, Math.ceil(fed.length / MOST_FEEDERS))
  const counts = { N: 0, S: 0 }
  const feeders = wards.flatMap(({ id, name }): Group[] => {
    const own = fed.filter(({ ward }) => ward === id)
    if (id === OWN_WARD)
      return [{ id: 'P-TC', kind: 'feeder', name: 'Nhà máy điện Thổ Châu (điêzen)', members: idsOf(own) }]
    const side = SOUTHERN.has(id) ? 'S' : 'N'
    return pieces(own, size).map((piece) => {
      counts[side]++
      const code = `${side}${String(counts[side]).padStart(2, '0')}`
      const parent = side === 'S' ? LINE.id : CABLE.id
      return {
        id: `P-${code}`,
        kind: 'feeder',
        name: `Xuất tuyến 22 kV ${code} ${name}`,
        members: idsOf(piece),
        parent,
      }
    })
  })
  return [CABLE, LINE, ...feeders]
}

/** Sensors without a stated autonomy live on their own battery. */
const hasMains = (site: Site): boolean => site.battery_autonomy_h !== undefined

const idsOf = (sites: readonly Site[]): string[] => sites.map(({ id }) => id).sort()

/** Halves along the longer side until every piece is small enough. */
function pieces(sites: readonly Site[], size: number): Site[][] {
  if (sites.length === 0) return []
  if (sites.length <= size) return [[...sites]]
  const extent = (axis: 'lon' | 'lat') => {
    const values = sites.map(({ position }) => position[axis])
    return Math.max(...values) - Math.min(...values)
  }
  const axis = extent('lon') > extent('lat') ? 'lon' : 'lat'
  const sorted = sites.toSorted((a, b) => a.position[axis] - b.position[axis] || (a.id < b.id ? -1 : 1))
  const middle = Math.ceil(sorted.length / 2)
  return [...pieces(sorted.slice(0, middle), size), ...pieces(sorted.slice(middle), size)]
}
