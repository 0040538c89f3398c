import type { Position, SiteOfKind } from '../../../domain/inventory.ts'
import { moved } from '../../geo/distance.ts'
import { commonOf, nameAt, twoDecimals } from './common.ts'
import { type Christened, type Ground, settle } from './ground.ts'
import type { Nearby } from './nearby.ts'
import { around } from './people.ts'
import { createPicker, type Random } from './random.ts'
import type { Station } from './stations.ts'

export type Sensor = SiteOfKind<'sensor'>
type Own = Pick<Sensor, 'flood_levels_m' | 'noise_zone' | 'nominal_lamp_power_w' | 'battery_autonomy_h'>

/** One sort of sensor: what it is called, how many there are, where it stands and what it carries. */
interface Sort {
  name: readonly [vi: string, en: string]
  share: number
  measures: (random: Random) => string[]
  /** Makes the draw of its places. */
  places: (ground: Ground, random: Random) => () => Position
  own: (ground: Ground, position: Position, random: Random) => Own
}

const nothing = (): Own => ({})
/** On mains, without a battery that would outlast it. */
const onMains = { battery_autonomy_h: 0 }

const nearPlaces =
  (radiusKm: number, ids: readonly string[]) =>
  (ground: Ground, random: Random): (() => Position) =>
  () =>
    around(ground.place(random.pick(ids)).position, radiusKm, random)

const placesOfClass =
  (radiusKm: number, classes: readonly string[]) =>
  (ground: Ground, random: Random): (() => Position) => {
    const ids = ground.places.filter(({ properties }) => classes.includes(properties.class)).map((p) => p.properties.id)
    return nearPlaces(radiusKm, ids)(ground, random)
  }

const wherePeopleAre =
  (evenness: number) =>
  (ground: Ground, random: Random): (() => Position) =>
    ground.people.sampler(random, evenness)

const LAMP_STEP_KM = 0.04

/** Beside roads, by how many people live along them. */
function alongRoads(ground: Ground, random: Random): () => Position {
  const steps = ground.roads.walk(LAMP_STEP_KM)
  const pick = createPicker(
    steps.map(({ position }) => Math.sqrt(ground.people.around(position, 0.5))),
    random,
  )
  return () => {
    const { position, bearingDeg } = steps[pick()] as (typeof steps)[number]
    const aside = (random.chance(0.5) ? 1 : -1) * 0.006
    const angle = (bearingDeg * Math.PI) / 180
    return moved(position, aside * Math.cos(angle), -aside * Math.sin(angle))
  }
}

/** Rivers, and the low ground that floods have reached; the first more often. */
const WATERSIDES: readonly string[] = [
  ...['song-duong-dong', 'song-duong-dong', 'kp-10-duong-dong', 'kp-10-duong-dong', 'ben-tram', 'ben-tram', 'ben-tram'],
  ...['cay-thong-trong', 'cay-thong-ngoai', 'song-cua-can', 'song-cua-can', 'le-bat', 'rach-tram-river', 'rach-ham'],
  ...['kp-5-duong-dong', 'khai-hoan', 'duong-bao', 'ham-ninh', 'suoi-tranh-ap', 'rach-vem', 'kp-5-an-thoi'],
]
const LOW_GROUND_TRIES = 5

function lowGround(ground: Ground, random: Random): () => Position {
  const draw = nearPlaces(0.7, WATERSIDES)(ground, random)
  return () => {
    const tried = Array.from({ length: LOW_GROUND_TRIES }, draw).filter((point) => ground.onLand(point))
    return tried.sort((a, b) => ground.elevationM(a) - ground.elevationM(b))[0] ?? draw()
  }
}

function floodLevels(_ground: Ground, _position: Position, random: Random): Own {
  const i = twoDecimals(random.between(1.1, 1.8))
  const ii = twoDecimals(i + random.between(0.35, 0.55))
  return { flood_levels_m: { i, ii, iii: twoDecimals(ii + random.between(0.4, 0.6)) } }
}

const QUIET_PLACES: ReadonlySet<string> = new Set(['hospital', 'attraction', 'national-park'])

/** Zones of QCVN 26: hospitals, schools, pagodas and parks are special. */
function noiseZone(ground: Ground, position: Position, random: Random): Own {
  const isQuiet = ground.places.some(
    ({ properties, position: place }) =>
      QUIET_PLACES.has(properties.class) && Math.hypot(place.lon - position.lon, place.lat - position.lat) < 0.004,
  )
  return { ...onMains, noise_zone: isQuiet || random.chance(0.15) ? 'special' : 'ordinary' }
}

const LAMPS_W = [80, 100, 120, 150, 150, 200, 250] as const

const SORTS: readonly Sort[] = [
  {
    name: ['Đèn đường', 'Street light'],
    share: 190,
    measures: () => ['streetlight_power_w'],
    places: alongRoads,
    // An hour: long enough to tell that the mains is gone.
    own: (_g, _p, random) => ({ battery_autonomy_h: 1, nominal_lamp_power_w: random.pick(LAMPS_W) }),
  },
  {
    name: ['Thùng rác', 'Waste bin'],
    share: 120,
    measures: () => ['bin_fill_pct'],
    places: wherePeopleAre(0.9),
    own: nothing,
  },
  {
    name: ['Mực nước', 'Water level'],
    share: 80,
    measures: (r) => (r.chance(0.35) ? ['water_level_m', 'rain_mm'] : ['water_level_m']),
    places: lowGround,
    own: floodLevels,
  },
  {
    name: ['Không khí', 'Air quality'],
    share: 60,
    measures: (r) => (r.chance(0.4) ? ['pm2_5_ug_m3', 'noise_dba'] : ['pm2_5_ug_m3']),
    places: wherePeopleAre(0.6),
    own: (ground, position, random) => noiseZone(ground, position, random),
  },
  {
    name: ['Bãi đỗ xe', 'Car park'],
    share: 50,
    measures: () => ['parking_free'],
    places: placesOfClass(0.3, ['market', 'airport', 'port', 'attraction', 'resort', 'ward-centre', 'hospital']),
    own: () => onMains,
  },
  { name: ['Độ ồn', 'Noise'], share: 50, measures: () => ['noise_dba'], places: wherePeopleAre(0.8), own: noiseZone },
  { name: ['Đo mưa', 'Rain gauge'], share: 36, measures: () => ['rain_mm'], places: wherePeopleAre(0.1), own: nothing },
  {
    name: ['Thuỷ triều', 'Tide gauge'],
    share: 14,
    measures: () => ['tide_m'],
    places: placesOfClass(0.12, ['port']),
    own: nothing,
  },
]

const SHARES = SORTS.reduce((sum, { share }) => sum + share, 0)
/** Modems in 3G and 5G; the others are in 4G. */
const MODEM_3G = 0.1
const MODEM_5G = 0.12
const NEAR_5G_KM = 1.2

/** Sensors of every sort, each with its modem's signal level and its battery. */
export function placeSensors(ground: Ground, count: number, stations: Nearby<Station>): Sensor[] {
  const sensors: Sensor[] = []
  let due = 0
  SORTS.forEach((sort, index) => {
    due += (sort.share * count) / SHARES
    const random = ground.random(`sensors ${index}`)
    const draw = sort.places(ground, random)
    while (sensors.length < Math.round(due)) {
      const spot = settle(ground, draw)
      const christened = ground.christen('S', spot.position, spot.ward)
      sensors.push(sensorAt(ground, sort, christened, spot, random, stations))
    }
  })
  return sensors
}

function sensorAt(
  ground: Ground,
  { name, measures, own }: Sort,
  christened: Christened,
  spot: { position: Position; ward: string },
  random: Random,
  stations: Nearby<Station>,
): Sensor {
  const carried = measures(random)
  const extra = own(ground, spot.position, random)
  if (!carried.includes('noise_dba')) delete extra.noise_zone
  return {
    kind: 'sensor',
    ...commonOf(christened, ...nameAt(name, christened), spot, 'sensor'),
    ...extra,
    measures: [...carried, modemMetric(spot.position, random, stations), 'battery_pct'],
  }
}

const has5g = (station: Station) => station.sectors.some(({ technology }) => technology === '5g')

function modemMetric(point: Position, random: Random, stations: Nearby<Station>): string {
  const luck = random.next()
  if (luck < MODEM_3G) return 'rscp_dbm'
  return luck < MODEM_3G + MODEM_5G && stations.nearest(point, NEAR_5G_KM, has5g) ? 'ss_rsrp_dbm' : 'rsrp_dbm'
}
