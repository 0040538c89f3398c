import type { Link, Position } from '../../../domain/inventory.ts'
import type { Technology } from '../../../domain/words.ts'
import { distanceKm } from '../../geo/distance.ts'
import type { FibreSite } from './backbone.ts'
import { twoDecimals } from './common.ts'
import type { Ground } from './ground.ts'
import { createNearby, type Nearby } from './nearby.ts'
import type { Sensor } from './sensors.ts'
import type { Service } from './services.ts'
import { isAmongIslets, type Station } from './stations.ts'

const ANYWHERE_KM = 300

const servedBy = (id: string, a: string, b: string): Link => ({ id, kind: 'served-by', a, b })

/** Share of base stations that microwave feeds: those farthest from fibre. */
const HOP_SHARE = 0.09
/** No fibre is led farther than this to a single mast. */
const FIBRE_REACH_KM = 4

/** Joins base stations to their fibre nodes, and by microwave where fibre is far; marks those that forward. */
export function attachStations(ground: Ground, stations: Station[], nodes: Nearby<FibreSite>): Link[] {
  const far = stations
    .map((station) => {
      const node = nodes.nearest(station.position, ANYWHERE_KM) as FibreSite
      const km = isAmongIslets(station.position) ? ANYWHERE_KM : distanceKm(station.position, node.position)
      return { station, node, km }
    })
    .sort((a, b) => b.km - a.km || (a.station.id < b.station.id ? -1 : 1))
  const hopped = Math.max(Math.round(HOP_SHARE * stations.length), far.filter(({ km }) => km > FIBRE_REACH_KM).length)
  const remote = far.slice(0, hopped).map(({ station }) => station)
  const fed = far.slice(hopped)
  const links = fed.map(({ station, node }) => servedBy(`U-${station.id}`, station.id, node.id))
  const connected = fed.map(({ station }) => station)
  return [...links, ...hops(ground, remote, connected)]
}

/** Each hangs on the nearest that is connected already; nearer ones first, so that chains may form. */
function hops(ground: Ground, remote: readonly Station[], connected: readonly Station[]): Link[] {
  const reachable = createNearby<Station>(({ position }) => position, 1, connected)
  const waiting = new Set(remote)
  const links: Link[] = []
  const join = (station: Station, host: Station) => {
    host.transit = true
    links.push(hopBetween(host, station))
    reachable.add(station)
    waiting.delete(station)
  }
  for (const limitKm of [4, 8, SHORT_HOP_KM, SHORT_HOP_KM])
    for (const station of [...waiting].sort(byId)) {
      const host = reachable.nearest(station.position, limitKm)
      if (host) join(station, host)
    }
  while (waiting.size > 0) {
    const { station, host } = longHop(ground, [...waiting], [...connected, ...remote.filter((s) => !waiting.has(s))])
    join(station, host)
    for (const other of [...waiting].sort(byId)) {
      const near = reachable.nearest(other.position, SHORT_HOP_KM)
      if (near) join(other, near)
    }
  }
  return links
}

const byId = (a: Station, b: Station): number => (a.id < b.id ? -1 : 1)

/** Longer ones need height at both ends. */
const SHORT_HOP_KM = 15

const summitM = (ground: Ground, station: Station): number =>
  ground.elevationM(station.position) + (station.mast_height_m ?? 0)

/** Radio horizon over the sea with standard refraction (4/3 of the earth's radius), in km. */
export const horizonKm = (oneM: number, otherM: number): number => 4.12 * (Math.sqrt(oneM) + Math.sqrt(otherM))

/** The pair with the most to spare between distance and horizon. */
function longHop(ground: Ground, waiting: readonly Station[], hosts: readonly Station[]) {
  const heights = new Map(hosts.map((host) => [host, summitM(ground, host)]))
  let best: { station: Station; host: Station; spareKm: number } | undefined
  for (const station of waiting) {
    const ownM = summitM(ground, station)
    for (const host of hosts) {
      const spareKm = horizonKm(ownM, heights.get(host) ?? 0) - distanceKm(station.position, host.position)
      if (!best || spareKm > best.spareKm) best = { station, host, spareKm }
    }
  }
  if (!best) throw new Error('no base station is connected')
  return best
}

/** Longest hop in km and its frequency in GHz: rain takes more from the higher ones. */
const BANDS = [
  [5, 23],
  [12, 15],
  [30, 7.5],
  [Number.POSITIVE_INFINITY, 6.2],
] as const

function hopBetween(host: Station, station: Station): Link {
  const km = distanceKm(host.position, station.position)
  const [, frequency_ghz] = BANDS.find(([longest]) => km <= longest) ?? BANDS[3]
  return {
    id: `V-${station.id}`,
    name: `${host.name} – ${station.name}`,
    kind: 'hop',
    a: host.id,
    b: station.id,
    length_km: twoDecimals(km),
    frequency_ghz,
  }
}

const TECHNOLOGY_OF: Readonly<Record<string, Technology>> = {
  rxlev_dbm: '2g',
  rscp_dbm: '3g',
  rsrp_dbm: '4g',
  ss_rsrp_dbm: '5g',
}

/** Sensors speak through the nearest base station that has their modem's technology. */
export const attachSensors = (sensors: readonly Sensor[], stations: Nearby<Station>): Link[] =>
  sensors.map(({ id, position, measures }) => {
    const technology = measures.map((metric) => TECHNOLOGY_OF[metric]).find(Boolean) ?? '4g'
    const offers = (station: Station) => station.sectors.some((sector) => sector.technology === technology)
    const station = stations.nearest(position, ANYWHERE_KM, offers) ?? stations.nearest(position, ANYWHERE_KM)
    return servedBy(`U-${id}`, id, (station as Station).id)
  })

/** Every so many services, one has a back-up router on the mobile network. */
const DUAL_HOMED_EVERY = 6
const LEASED_LINE_KM = 6

/** Services hang on fibre, on islets on a base station; some on both, and then report their modem's level. */
export function attachServices(services: Service[], nodes: Nearby<FibreSite>, stations: Nearby<Station>): Link[] {
  return services.flatMap((service, i) => {
    const { id, position } = service
    const node = isAmongIslets(position) ? undefined : nodes.nearest(position, LEASED_LINE_KM)
    const station = stations.nearest(position, ANYWHERE_KM) as Station
    if (!node || i % DUAL_HOMED_EVERY === 0) service.modem = modemOf(station, position)
    if (!node) return [servedBy(`U-${id}`, id, station.id)]
    const first = servedBy(`U-${id}`, id, node.id)
    return i % DUAL_HOMED_EVERY === 0 ? [first, servedBy(`U-${id}-2`, id, station.id)] : [first]
  })
}

const modemOf = (station: Station, position: Position): Technology =>
  station.sectors.some(({ technology }) => technology === '5g') && distanceKm(station.position, position) < 0.6
    ? '5g'
    : '4g'
