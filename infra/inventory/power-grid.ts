import type { Group, Site } from '../../domain/inventory.ts'
import { distanceKm, type Geo, type Place } from './geo.ts'
import { nearest } from './siting.ts'

/** A feeder ends near each of these: the 22 kV net itself is not public, so its shape is assumed. */
const FEEDER_CLASSES = ['ward-centre', 'commune-centre', 'hamlet', 'resort']
const MIN_SPACING_KM = 1.6

/** The cable from Hà Tiên feeds the north and the towns, the 220 kV line the south; they were not joined (December 2025). */
const SOUTH_OF_LAT = 10.16
/** Thổ Châu has a power house of its own. */
const WEST_OF_LON = 103.7

const SUBSTATIONS: Group[] = [
  { id: 'TBA-BAC', kind: 'feeder', name: 'Trạm 110 kV Phú Quốc (cáp ngầm Hà Tiên)', members: [] },
  { id: 'TBA-NAM', kind: 'feeder', name: 'Trạm 110 kV Nam Phú Quốc (đường dây 220 kV)', members: [] },
  { id: 'TBA-THO-CHAU', kind: 'feeder', name: 'Nhà máy điện Thổ Châu', members: [] },
]

const substationOf = ({ position }: Place): string =>
  position.lon < WEST_OF_LON ? 'TBA-THO-CHAU' : position.lat < SOUTH_OF_LAT ? 'TBA-NAM' : 'TBA-BAC'

function feederEnds(geo: Geo): Place[] {
  const ends: Place[] = []
  for (const place of geo.places) {
    if (!FEEDER_CLASSES.includes(place.class) || !geo.isLand(place.position)) continue
    if (ends.every((end) => distanceKm(end.position, place.position) >= MIN_SPACING_KM)) ends.push(place)
  }
  return ends
}

/** Every mains-powered site hangs on the nearest feeder; battery sensors hang on none. */
export function hangOnGrid(geo: Geo, sites: readonly Site[]): Group[] {
  const feeders = feederEnds(geo).map((end) => ({
    end,
    group: {
      id: `FD-${end.id}`,
      kind: 'feeder',
      name: `Xuất tuyến 22 kV ${end.name}`,
      members: [],
      parent: substationOf(end),
    } as Group,
  }))
  for (const site of sites) {
    if (site.kind === 'sensor' && site.measures.includes('battery_pct')) continue
    nearest(feeders, site.position, ({ end }) => end.position).group.members.push(site.id)
  }
  return [...SUBSTATIONS.map((group) => ({ ...group, members: [] })), ...feeders.map(({ group }) => group).filter((group) => group.members.length > 0)]
}
