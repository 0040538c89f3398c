import type { Link, Position, SiteOfKind } from '../../domain/inventory.ts'
import type { Geo, Place } from './geo.ts'
import type { Luck } from './luck.ts'
import { createNumbering, near, nearest } from './siting.ts'

type Sensor = SiteOfKind<'sensor'>
type Mast = SiteOfKind<'bts'>

interface Sort {
  share: number
  measures: string[]
  vi: string
  en: string
  /** Classes of places it stands at; none: where people live. */
  at?: string[]
  battery: boolean
  extra?: (luck: Luck, place: Place | undefined) => Partial<Sensor>
}

const floodLevels = (luck: Luck): Partial<Sensor> => {
  const i = Math.round(luck.between(0.9, 1.4) * 10) / 10
  return { flood_levels_m: { i, ii: Math.round((i + 0.4) * 10) / 10, iii: Math.round((i + 0.9) * 10) / 10 } }
}

const NOISE_SPECIAL = ['hospital', 'attraction']

const SORTS: Sort[] = [
  { share: 0.12, measures: ['pm2_5_ug_m3'], vi: 'Bụi mịn', en: 'Air', battery: true },
  {
    share: 0.1,
    measures: ['noise_dba'],
    vi: 'Độ ồn',
    en: 'Noise',
    battery: true,
    extra: (_luck, place) => ({ noise_zone: NOISE_SPECIAL.includes(place?.class ?? '') ? 'special' : 'ordinary' }),
  },
  { share: 0.07, measures: ['water_level_m'], vi: 'Mực nước', en: 'Water level', at: ['river', 'hamlet'], battery: true, extra: floodLevels },
  { share: 0.02, measures: ['tide_m'], vi: 'Thuỷ triều', en: 'Tide', at: ['port', 'beach'], battery: true },
  { share: 0.06, measures: ['rain_mm'], vi: 'Đo mưa', en: 'Rain', battery: true },
  {
    share: 0.32,
    measures: ['streetlight_power_w'],
    vi: 'Đèn đường',
    en: 'Street light',
    battery: false,
    extra: (luck) => ({ nominal_lamp_power_w: luck.pick([80, 100, 120, 150]) }),
  },
  { share: 0.22, measures: ['bin_fill_pct'], vi: 'Thùng rác', en: 'Bin', battery: true },
  { share: 0.09, measures: ['parking_free'], vi: 'Bãi đỗ xe', en: 'Parking', at: ['market', 'resort', 'attraction', 'airport', 'port'], battery: true },
]

/** Most modems are 4G; some older ones 3G, some new ones 5G. */
const modemLevel = (luck: Luck): string => (luck.chance(0.05) ? 'rscp_dbm' : luck.chance(0.1) ? 'ss_rsrp_dbm' : 'rsrp_dbm')

/** A cell chosen with the odds of its people. */
function byPeople(geo: Geo, luck: Luck, total: number): Position {
  let left = luck.unit() * total
  for (const cell of geo.cells) {
    left -= cell.people
    if (left <= 0) return cell.position
  }
  throw new Error('the population grid is empty')
}

export interface SensorNetwork {
  sensors: Sensor[]
  links: Link[]
}

/** City sensors, each served over the air by the nearest mast. */
export function placeSensors(geo: Geo, masts: readonly Mast[], count: number, luck: Luck): SensorNetwork {
  const number = createNumbering('S', count > 4000 ? 5 : count > 900 ? 4 : 3)
  const people = geo.cells.reduce((sum, cell) => sum + cell.people, 0)
  const sensors: Sensor[] = []
  for (const [i, sort] of SORTS.entries()) {
    const wanted = i === SORTS.length - 1 ? count - sensors.length : Math.round(count * sort.share)
    const spots = geo.places.filter((place) => sort.at?.includes(place.class) && geo.isLand(place.position) && place.ward)
    for (let n = 0; n < wanted; n++) {
      const spot = spots.length > 0 ? spots[n % spots.length] : undefined
      const position = near(geo, luck, spot?.position ?? byPeople(geo, luck, people), spot ? 0.35 : 0.18)
      const ward = geo.wardOf(position)
      const { id, ordinal } = number(ward)
      const wardName = geo.wards.find((w) => w.id === ward)?.name ?? 'Phú Quốc'
      sensors.push({
        kind: 'sensor',
        id,
        name: `${sort.vi} ${wardName} ${ordinal}`,
        name_en: `${sort.en} ${wardName} ${ordinal}`,
        ward,
        position,
        transit: false,
        interval_s: 300,
        battery_autonomy_h: 0,
        measures: [...sort.measures, ...(sort.battery ? ['battery_pct'] : []), modemLevel(luck)],
        ...sort.extra?.(luck, spot),
        demonstration: true,
      })
    }
  }
  return { sensors, links: sensors.map((sensor) => overTheAir(sensor, masts)) }
}

function overTheAir(sensor: Sensor, masts: readonly Mast[]): Link {
  const mast = nearest(masts, sensor.position, (site) => site.position)
  return { id: `SB-${sensor.id}`, kind: 'served-by', a: sensor.id, b: mast.id }
}
