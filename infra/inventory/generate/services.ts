import type { Position, SiteOfKind } from '../../../domain/inventory.ts'
import type { ServiceSystem } from '../../../domain/words.ts'
import { commonOf, nameAt } from './common.ts'
import { type Christened, type Ground, settle } from './ground.ts'
import { around } from './people.ts'
import type { Random } from './random.ts'

export type Service = SiteOfKind<'service'>

type Name = readonly [vi: string, en: string]

interface Sort {
  system: ServiceSystem
  share: number
  /** One in each ward, at its centre: the name before "phường An Thới". */
  ofWard?: Name
  /** Single ones at a place. */
  single: readonly (readonly [placeId: string, name: Name])[]
  /** The others, before the locality's name. */
  names: readonly Name[]
}

const SORTS: readonly Sort[] = [
  {
    system: 'one-stop',
    share: 20,
    ofWard: ['Một cửa', 'One-stop office'],
    single: [['duong-dong', ['Trung tâm phục vụ hành chính công Phú Quốc', 'Phu Quoc public service centre']]],
    names: [['Điểm tiếp nhận hồ sơ', 'One-stop desk']],
  },
  {
    system: 'school',
    share: 55,
    single: [
      ['rach-tram', ['Điểm trường Rạch Tràm', 'Rach Tram school site']],
      ['rach-vem', ['Điểm trường Rạch Vẹm', 'Rach Vem school site']],
      ['hon-thom', ['Trường tiểu học và THCS Hòn Thơm', 'Hon Thom school']],
      ['bai-thom', ['Trường tiểu học Bãi Thơm', 'Bai Thom primary school']],
      ['ganh-dau', ['Trường tiểu học Gành Dầu', 'Ganh Dau primary school']],
      ['tho-chau', ['Trường tiểu học và THCS Thổ Châu', 'Tho Chau school']],
      ['bai-dai-hamlet', ['Điểm trường Bãi Dài', 'Bai Dai school site']],
      ['bai-bon', ['Điểm trường Bãi Bổn', 'Bai Bon school site']],
    ],
    names: [
      ['Trường mầm non', 'Nursery school'],
      ['Trường tiểu học', 'Primary school'],
      ['Trường tiểu học', 'Primary school'],
      ['Trường THCS', 'Lower secondary school'],
      ['Trường THPT', 'Upper secondary school'],
    ],
  },
  {
    system: 'health',
    share: 20,
    ofWard: ['Trạm y tế', 'Health station'],
    single: [
      ['bv-phu-quoc', ['Trung tâm y tế Phú Quốc', 'Phu Quoc medical centre']],
      ['pk-an-thoi', ['Phòng khám đa khoa An Thới', 'An Thoi clinic']],
      ['hon-thom', ['Trạm y tế Hòn Thơm', 'Hon Thom health station']],
    ],
    names: [['Phòng khám', 'Clinic']],
  },
  { system: 'pharmacy', share: 45, single: [], names: [['Nhà thuốc', 'Pharmacy']] },
  {
    system: 'video-conference',
    share: 10,
    ofWard: ['Phòng họp trực tuyến', 'Video-conference room'],
    single: [['duong-dong', ['Phòng họp trực tuyến trung tâm điều hành', 'Operation centre video-conference room']]],
    names: [['Phòng họp trực tuyến', 'Video-conference room']],
  },
]

const SHARES = SORTS.reduce((sum, { share }) => sum + share, 0)
const WARD_TYPES_EN: Readonly<Record<string, string>> = { phường: 'ward', xã: 'commune' }
const NEAR_KM = 0.25
const MAX_AUTONOMY_H = 2

/** Public services of the five systems: in every ward what a ward has, the rest where people live. */
export function placeServices(ground: Ground, count: number, wards: readonly Ward[]): Service[] {
  const services: Service[] = []
  let due = 0
  for (const sort of SORTS) {
    due += (sort.share * count) / SHARES
    const random = ground.random(`services ${sort.system}`)
    const draw = ground.people.sampler(random, 0.85)
    const named = [...ofPlaces(ground, sort), ...ofWards(ground, sort, wards)]
    while (services.length < Math.round(due)) {
      const next = named.shift()
      services.push(next ? atPlace(ground, sort, next, random) : somewhere(ground, sort, draw, random))
    }
  }
  return services
}

export interface Ward {
  id: string
  name: string
  type: string
}

interface Named {
  name: Name
  centre: Position
}

const ofPlaces = (ground: Ground, { single }: Sort): Named[] =>
  single.map(([placeId, name]) => ({ name, centre: ground.place(placeId).position }))

const ofWards = (ground: Ground, { ofWard }: Sort, wards: readonly Ward[]): Named[] =>
  ofWard
    ? wards.map(({ id, name, type }) => ({
        name: [`${ofWard[0]} ${type} ${name}`, `${ofWard[1]}, ${name} ${WARD_TYPES_EN[type] ?? ''}`],
        centre: ground.place(id).position,
      }))
    : []

function atPlace(ground: Ground, { system }: Sort, { name, centre }: Named, random: Random): Service {
  const ward = ground.wardOf(centre)
  const spot = settle(
    ground,
    () => around(centre, NEAR_KM, random),
    (_, found) => found === ward,
  )
  return create(ground, system, spot, () => name, random)
}

function somewhere(ground: Ground, { system, names }: Sort, draw: () => Position, random: Random): Service {
  const what = random.pick(names)
  return create(ground, system, settle(ground, draw), (christened) => nameAt(what, christened), random)
}

function create(
  ground: Ground,
  system: ServiceSystem,
  spot: { position: Position; ward: string },
  nameOf: (christened: Christened) => Name,
  random: Random,
): Service {
  const christened = ground.christen('D', spot.position, spot.ward)
  const [name, nameEn] = nameOf(christened)
  return {
    kind: 'service',
    ...commonOf(christened, name, nameEn, spot, 'service'),
    battery_autonomy_h: random.pick([0, 0, 0.5, 1, MAX_AUTONOMY_H]),
    system,
  }
}
