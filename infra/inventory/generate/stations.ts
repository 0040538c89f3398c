import type { Position, SiteOfKind } from '../../../domain/inventory.ts'
import { moved } from '../../geo/distance.ts'
import { commonOf, nameAt, oneDecimal } from './common.ts'
import { type Ground, settle } from './ground.ts'
import { createNearby, type Nearby } from './nearby.ts'
import { around } from './people.ts'
import { equip, OPERATORS, type Operator, type Surroundings } from './radio-layers.ts'
import type { Random } from './random.ts'

export type Station = SiteOfKind<'bts'>

const at = (lon: number, lat: number): Position => ({ lon, lat })

/** Masts that stand where they stand, whatever the seed: `[place or point, surroundings]`, the most needed first. */
const FIXED: readonly (readonly [string | Position, Surroundings])[] = [
  // Dịnh Cựu, whose height the long hop to Thổ Châu needs.
  [at(104.03839, 10.06414), 'hill'],
  ['hai-dang-tho-chau', 'islet'],
  ['hon-thom', 'islet'],
  ['tho-chau', 'islet'],
  ['hon-thom-bai-nam', 'islet'],
  ['hon-roi', 'islet'],
  ['bai-dong', 'islet'],
  ['san-bay', 'busy'],
  ['day-duong-dong', 'hill'],
  ['tien-son-dinh', 'hill'],
  ['cang-duong-dong', 'busy'],
  ['cang-an-thoi', 'busy'],
  ['ben-pha-bai-vong', 'busy'],
  ['cau-cang-ham-ninh', 'busy'],
  ['cang-vinh-dam', 'busy'],
  ['cang-da-chong', 'busy'],
  ['grand-world', 'busy'],
  ['sunset-town', 'busy'],
  ['sonasea', 'busy'],
  ['vinpearl', 'busy'],
  ['intercontinental', 'busy'],
  ['crowne-plaza', 'busy'],
  ['meyhomes', 'busy'],
  ['ba-keo', 'busy'],
  ['nam-nghi', 'busy'],
  ['aquatopia', 'islet'],
  ['safari', 'busy'],
  ['cho-dem', 'busy'],
  ['san-bay', 'busy'],
]
const FIXED_SHARE = 0.6
const HILLTOP_KM = 0.03
const PLACE_KM = 0.25
const OPERATOR_SHARES: readonly Operator[] = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2].map((i) => OPERATORS[i] as Operator)

/** Base stations: at fixed places, one in every village, the rest where people are. */
export function placeStations(ground: Ground, count: number): Station[] {
  const random = ground.random('stations')
  const spots = [...fixedSpots(ground, random), ...villageSpots(ground, random)].slice(
    0,
    Math.floor(FIXED_SHARE * count),
  )
  const nearby = createNearby<Spot>(({ position }) => position, 1, spots)
  const draw = ground.people.sampler(random, 0.75)
  const spacing = spacingOf(ground, count, nearby)
  while (spots.length < count) {
    const { position, ward } = settle(ground, () => besideRoad(ground, draw(), random), spacing)
    const spot = { position, ward, surroundings: surroundingsOf(ground, position) }
    spots.push(spot)
    nearby.add(spot)
  }
  return spots.map((spot) => stationAt(ground, spot, random))
}

interface Spot {
  position: Position
  ward: string
  surroundings: Surroundings
}

function* fixedSpots(ground: Ground, random: Random): Generator<Spot> {
  for (const [where, surroundings] of FIXED) {
    const centre = typeof where === 'string' ? ground.place(where).position : where
    const radius = surroundings === 'hill' || where === 'hai-dang-tho-chau' ? HILLTOP_KM : PLACE_KM
    const ward = ground.wardOf(centre)
    const spot = settle(
      ground,
      () => around(centre, radius, random),
      (_, found) => found === ward,
    )
    yield { ...spot, surroundings }
  }
}

const FIXED_PLACES = new Set(FIXED.map(([where]) => where))

function* villageSpots(ground: Ground, random: Random): Generator<Spot> {
  for (const { position: centre, properties } of ground.places) {
    if (properties.populationWeight <= 0 || FIXED_PLACES.has(properties.id)) continue
    const spot = settle(
      ground,
      () => around(centre, PLACE_KM, random),
      (_, ward) => ward === properties.ward,
    )
    yield { ...spot, surroundings: surroundingsOf(ground, spot.position) }
  }
}

const TOWN_PEOPLE = 7000
const VILLAGE_PEOPLE = 900

function surroundingsOf(ground: Ground, point: Position): Surroundings {
  if (ground.wardOf(point) === 'tho-chau' || isAmongIslets(point)) return 'islet'
  const people = ground.people.around(point, 1)
  if (people > TOWN_PEOPLE) return 'town'
  return people > VILLAGE_PEOPLE ? 'village' : 'rural'
}

/** South of An Thới's cape there are only islets. */
export const isAmongIslets = ({ lat }: Position): boolean => lat < 10.005

/** Masts keep apart by how many people share them: some tens of metres in a dense town, a kilometre outside. */
function spacingOf(ground: Ground, count: number, nearby: Nearby<Spot>): (point: Position) => boolean {
  const peoplePerMast = 230_000 / count
  return (point) => {
    const people = Math.max(60, ground.people.around(point, 1))
    const km = 0.62 * Math.sqrt((Math.PI * peoplePerMast) / people / 2)
    return nearby.nearest(point, Math.min(1.5, km)) === undefined
  }
}

const ROADSIDE_SHARE = 0.6
const ROAD_KM = 0.5

/** Many masts stand beside a road, on whose land they were easiest to build. */
function besideRoad(ground: Ground, point: Position, random: Random): Position {
  if (!random.chance(ROADSIDE_SHARE)) return point
  const road = ground.roads.snap(point, ROAD_KM)
  return road ? moved(road.position, random.between(-0.04, 0.04), random.between(-0.04, 0.04)) : point
}

/** Hours on battery: more where a technician needs longer. */
const AUTONOMY_H: Readonly<Record<Surroundings, readonly [number, number]>> = {
  town: [4, 5],
  busy: [4, 6],
  village: [5, 6],
  rural: [6, 8],
  hill: [7, 8],
  islet: [8, 8],
}

function stationAt(ground: Ground, { position, ward, surroundings }: Spot, random: Random): Station {
  const christened = ground.christen('B', position, ward)
  const operator = random.pick(OPERATOR_SHARES)
  const [low, high] = AUTONOMY_H[surroundings]
  return {
    kind: 'bts',
    ...commonOf(christened, ...nameAt(['BTS', 'BTS'], christened), { position, ward }, 'bts'),
    battery_autonomy_h: oneDecimal(random.between(low, high)),
    operator,
    ...equip(surroundings, operator, random),
  }
}
