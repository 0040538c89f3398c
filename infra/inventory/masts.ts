import type { Link, Position, Sector, SiteOfKind } from '../../domain/inventory.ts'
import type { Technology } from '../../domain/words.ts'
import { distanceKm, type Geo } from './geo.ts'
import type { Luck } from './luck.ts'
import { createNumbering, near, nearest, spread } from './siting.ts'

type Mast = SiteOfKind<'bts'>
type Node = SiteOfKind<'fibre'>

/** A technology on a band, as Vietnamese operators hold it; powers and gains are engineering defaults. */
interface Layer {
  id: string
  technology: Technology
  band: string
  frequency_mhz: number
  bandwidth_mhz: number
  power_dbm: number
  gain_dbi: number
  beamwidth_deg: number
}

const LAYERS = {
  '2g': { id: '2g', technology: '2g', band: 'B8', frequency_mhz: 945, bandwidth_mhz: 0.2, power_dbm: 43, gain_dbi: 16, beamwidth_deg: 65 },
  '3g': { id: '3g', technology: '3g', band: 'B1', frequency_mhz: 2140, bandwidth_mhz: 5, power_dbm: 43, gain_dbi: 17.5, beamwidth_deg: 65 },
  '4g': { id: '4g', technology: '4g', band: 'B3', frequency_mhz: 1850, bandwidth_mhz: 20, power_dbm: 46, gain_dbi: 17.5, beamwidth_deg: 65 },
  '4g-b8': { id: '4g-b8', technology: '4g', band: 'B8', frequency_mhz: 940, bandwidth_mhz: 10, power_dbm: 46, gain_dbi: 15.5, beamwidth_deg: 65 },
  '4g-b28': { id: '4g-b28', technology: '4g', band: 'B28', frequency_mhz: 773, bandwidth_mhz: 10, power_dbm: 46, gain_dbi: 15, beamwidth_deg: 65 },
  '4g-b1': { id: '4g-b1', technology: '4g', band: 'B1', frequency_mhz: 2120, bandwidth_mhz: 15, power_dbm: 46, gain_dbi: 17.5, beamwidth_deg: 65 },
  '5g': { id: '5g', technology: '5g', band: 'n78', frequency_mhz: 3750, bandwidth_mhz: 100, power_dbm: 53, gain_dbi: 19, beamwidth_deg: 65 },
  '5g-n41': { id: '5g-n41', technology: '5g', band: 'n41', frequency_mhz: 2550, bandwidth_mhz: 100, power_dbm: 53, gain_dbi: 18.5, beamwidth_deg: 65 },
} as const satisfies Record<string, Layer>

const DIRECTIONS = 3
const OPERATORS = ['Nhà mạng A', 'Nhà mạng B', 'Nhà mạng C'] as const

/** What a mast carries goes by how many live around it. */
function layersOf(peopleAround: number, special: boolean, luck: Luck): Layer[] {
  const town = peopleAround > 2500
  const layers: Layer[] = [LAYERS['4g']]
  if (luck.chance(town ? 0.7 : 0.55)) layers.push(LAYERS['3g'])
  if (town) layers.push(luck.chance(0.5) ? LAYERS['4g-b1'] : LAYERS['4g-b8'])
  else if (luck.chance(0.6)) layers.push(luck.chance(0.4) ? LAYERS['4g-b28'] : LAYERS['4g-b8'])
  if (special ? luck.chance(0.85) : luck.chance(town ? 0.45 : 0.06)) layers.push(luck.chance(0.6) ? LAYERS['5g'] : LAYERS['5g-n41'])
  if (luck.chance(0.08)) layers.push(LAYERS['2g'])
  return layers.sort((a, b) => a.id.localeCompare(b.id))
}

function sectorsOf(layers: readonly Layer[], mast_height_m: number, town: boolean, luck: Luck): Sector[] {
  const turn = luck.below(120)
  const tilts = Array.from({ length: DIRECTIONS }, () => (town ? 4 : 2) + luck.below(4))
  return layers.flatMap(({ id, ...layer }) =>
    tilts.map((electrical_tilt_deg, i) => ({
      id: `${id}-${i + 1}`,
      ...layer,
      direction: i + 1,
      height_m: Math.max(10, mast_height_m - 2),
      azimuth_deg: (turn + i * 120) % 360,
      electrical_tilt_deg,
      mechanical_tilt_deg: 0,
    })),
  )
}

const peopleWithin = (geo: Geo, position: Position, km: number): number =>
  geo.cells.reduce((sum, cell) => (distanceKm(cell.position, position) <= km ? sum + cell.people : sum), 0)

/** Where crowds come by day: 5G goes there first. */
const SPECIAL = new Set(['airport', 'port', 'resort', 'attraction', 'hospital'])

export interface MastNetwork {
  masts: Mast[]
  links: Link[]
}

/** Farther than this from a fibre node a mast is reached by microwave. */
const FIBRE_REACH_KM = 2.2
const HOP_SHARE = 0.1

/** Masts where people live, the first on the islets so that they are never without. */
export function raiseMasts(geo: Geo, nodes: readonly Node[], count: number, luck: Luck): MastNetwork {
  const number = createNumbering('B', count > 900 ? 4 : count > 400 ? 3 : 2)
  const islets = geo.places.filter((place) => ['hon-thom', 'hon-thom-bai-nam', 'hon-roi', 'tho-chau'].includes(place.id))
  const busy = geo.places.filter((place) => SPECIAL.has(place.class))
  const places = [
    ...islets.map((place) => near(geo, luck, place.position, 0.3)),
    ...spread(geo, luck, count - islets.length, { reachKm: count > 400 ? 0.35 : 0.75, power: 0.55 }),
  ]
  const masts = places.map((position): Mast => {
    const ward = geo.wardOf(position)
    const { id, ordinal } = number(ward)
    const wardName = geo.wards.find((w) => w.id === ward)?.name ?? 'Phú Quốc'
    const around = peopleWithin(geo, position, 1)
    const town = around > 2500
    const special = busy.some((place) => distanceKm(place.position, position) < 0.9)
    const mast_height_m = town ? luck.pick([24, 27, 30, 33]) : luck.pick([36, 42, 42, 48])
    return {
      kind: 'bts',
      id,
      name: `${wardName} ${ordinal}`,
      ward,
      position,
      transit: false,
      interval_s: 60,
      battery_autonomy_h: luck.pick([4, 4, 6, 8]),
      operator: luck.pick(OPERATORS),
      mast_height_m,
      sectors: sectorsOf(layersOf(around, special, luck), mast_height_m, town, luck),
      demonstration: true,
    }
  })
  return { masts, links: backhaul(masts, nodes, luck) }
}

/** Fibre where it is near; a microwave hop over a mast that has fibre where it is not. */
function backhaul(masts: Mast[], nodes: readonly Node[], luck: Luck): Link[] {
  const at = (site: { position: Position }) => site.position
  const wired: Mast[] = []
  const later: Mast[] = []
  for (const mast of masts) {
    const node = nearest(nodes, mast.position, at)
    const km = distanceKm(node.position, mast.position)
    ;(km > FIBRE_REACH_KM || (km > 0.8 && luck.chance(HOP_SHARE)) ? later : wired).push(mast)
  }
  const links = wired.map((mast): Link => {
    const node = nearest(nodes, mast.position, at)
    return {
      id: `SB-${mast.id}`,
      kind: 'served-by',
      a: mast.id,
      b: node.id,
      length_km: Math.round(distanceKm(mast.position, node.position) * 120) / 100,
    }
  })
  for (const mast of later) {
    const relay = nearest(wired, mast.position, at)
    relay.transit = true
    links.push({
      id: `HOP-${mast.id}`,
      name: `Viba ${relay.name} – ${mast.name}`,
      kind: 'hop',
      a: relay.id,
      b: mast.id,
      length_km: Math.round(distanceKm(mast.position, relay.position) * 100) / 100,
      frequency_ghz: luck.pick([15, 18, 23]),
    })
  }
  return links
}
