import type { Link, SiteOfKind } from '../../domain/inventory.ts'
import type { ServiceSystem } from '../../domain/words.ts'
import { distanceKm, type Geo, type PeopleCell } from './geo.ts'
import type { Luck } from './luck.ts'
import { createNumbering, near, nearest } from './siting.ts'

type Service = SiteOfKind<'service'>
type Mast = SiteOfKind<'bts'>
type Node = SiteOfKind<'fibre'>

interface System {
  system: ServiceSystem
  share: number
  /** Every ward has one of these before any has two. */
  everyWard: boolean
  vi: readonly string[]
  en: readonly string[]
  autonomyH: number
}

const SYSTEMS: System[] = [
  { system: 'one-stop', share: 0.1, everyWard: true, vi: ['Một cửa'], en: ['One-stop office'], autonomyH: 1 },
  { system: 'health', share: 0.14, everyWard: true, vi: ['Trạm y tế'], en: ['Health station'], autonomyH: 2 },
  { system: 'video-conference', share: 0.1, everyWard: true, vi: ['Phòng họp trực tuyến'], en: ['Video-conference room'], autonomyH: 1 },
  {
    system: 'school',
    share: 0.32,
    everyWard: true,
    vi: ['Trường mầm non', 'Trường tiểu học', 'Trường THCS', 'Trường THPT'],
    en: ['Nursery school', 'Primary school', 'Lower secondary school', 'Upper secondary school'],
    autonomyH: 0,
  },
  { system: 'pharmacy', share: 0.34, everyWard: false, vi: ['Nhà thuốc'], en: ['Pharmacy'], autonomyH: 0 },
]

const DUAL_HOMED_SHARE = 0.25

/** A cell of a ward with the odds of its people; of any ward when none is named. */
function cellIn(cells: readonly PeopleCell[], luck: Luck): PeopleCell {
  let left = luck.unit() * cells.reduce((sum, cell) => sum + cell.people, 0)
  for (const cell of cells) {
    left -= cell.people
    if (left <= 0) return cell
  }
  return cells[cells.length - 1] as PeopleCell
}

export interface ServiceNetwork {
  services: Service[]
  links: Link[]
}

/** Public-service sites of all five systems, by fibre, some with a radio path as well. */
export function placeServices(geo: Geo, nodes: readonly Node[], masts: readonly Mast[], count: number, luck: Luck): ServiceNetwork {
  const number = createNumbering('D', count > 900 ? 4 : count > 400 ? 3 : 2)
  const services: Service[] = []
  const links: Link[] = []
  for (const [s, kind] of SYSTEMS.entries()) {
    const wanted = s === SYSTEMS.length - 1 ? count - services.length : Math.round(count * kind.share)
    const ordinals = new Map<string, number>()
    for (let n = 0; n < wanted; n++) {
      const obliged = kind.everyWard && n < geo.wards.length ? geo.wards[n]?.id : undefined
      const cell = cellIn(obliged ? geo.cells.filter((c) => c.ward === obliged) : geo.cells, luck)
      const position = near(geo, luck, cell.position, 0.18)
      const ward = geo.wardOf(position)
      const wardName = geo.wards.find((w) => w.id === ward)?.name ?? 'Phú Quốc'
      const sort = n % kind.vi.length
      const key = `${wardName} ${sort}`
      const ordinal = (ordinals.get(key) ?? 0) + 1
      ordinals.set(key, ordinal)
      const dual = luck.chance(DUAL_HOMED_SHARE)
      const service: Service = {
        kind: 'service',
        system: kind.system,
        id: number(ward).id,
        name: `${kind.vi[sort]} ${wardName} ${ordinal}`,
        name_en: `${kind.en[sort]} ${wardName} ${ordinal}`,
        ward,
        position,
        transit: false,
        interval_s: 60,
        battery_autonomy_h: kind.autonomyH,
        ...(dual ? { modem: '4g' as const } : {}),
        demonstration: true,
      }
      services.push(service)
      links.push(...accessOf(service, nodes, masts, dual))
    }
  }
  return { services, links }
}

function accessOf(service: Service, nodes: readonly Node[], masts: readonly Mast[], dual: boolean): Link[] {
  const node = nearest(nodes, service.position, (site) => site.position)
  const length_km = Math.round(distanceKm(node.position, service.position) * 120) / 100
  const links: Link[] = [{ id: `SB-${service.id}`, kind: 'served-by', a: service.id, b: node.id, length_km }]
  if (dual) {
    const mast = nearest(masts, service.position, (site) => site.position)
    links.push({ id: `SB-${service.id}-R`, kind: 'served-by', a: service.id, b: mast.id })
  }
  return links
}
