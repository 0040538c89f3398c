import type { Position, Sector, Site, SiteOfKind } from '../domain/inventory.ts'
import type { Technology } from '../domain/words.ts'
import { bell, keyOf } from './hash.ts'
import { distanceKm } from './topology.ts'

/** What a modem hears of one base station of one technology. */
export interface Heard {
  /** Index of the base station's site. */
  site: number
  levelDbm: number
}

const CANDIDATES = 8
const KEPT = 3
const MODEM_HEIGHT_M = 1.5
const VERTICAL_BEAM_DEG = 9
const FEEDER_LOSS_DB = 1
const SHADOWING_DB = 5
/** Side of a search square: about 3 km. */
const CELL_DEG = 0.027
const SEARCHED_RINGS = 6

/** Path loss over suburban ground: Extended Hata (SEAMCAT A17.3.1), floored by free space (P.525). */
function pathLossDb(frequencyMhz: number, heightM: number, km: number): number {
  const d = Math.max(0.02, km)
  const f = Math.max(150, Math.min(frequencyMhz, 2000))
  const high = Math.max(30, heightM)
  const logF = Math.log10(frequencyMhz)
  const base = frequencyMhz < 1500 ? 69.6 + 26.2 * logF : 46.3 + 33.9 * Math.log10(f)
  const beyond = frequencyMhz > 2000 ? 10 * Math.log10(frequencyMhz / 2000) : 0
  const mobile = (1.1 * logF - 0.7) * MODEM_HEIGHT_M - (1.56 * logF - 0.8)
  const low = Math.min(0, 20 * Math.log10(heightM / 30))
  const slope = (44.9 - 6.55 * Math.log10(high)) * Math.log10(d)
  const suburban = 2 * Math.log10(f / 28) ** 2 + 5.4
  const hata = base + beyond - 13.82 * Math.log10(high) + slope - mobile - low - suburban
  return Math.max(hata, 32.4 + 20 * logF + 20 * Math.log10(d))
}

/** Power of the measured reference signal out of the whole carrier, in dB below it. */
function referenceShareDb(sector: Sector): number {
  switch (sector.technology) {
    case '2g':
      return 0
    case '3g':
      return 10
    case '4g':
      return 10 * Math.log10(12 * 5 * sector.bandwidth_mhz)
    case '5g':
      return 10 * Math.log10(12 * 2.73 * sector.bandwidth_mhz)
  }
}

/** Level of a sector's reference signal, by the antenna pattern of TR 36.814 A.2.1.1. */
function levelDbm(sector: Sector, from: Position, to: Position): number {
  const km = distanceKm(from, to)
  const east = (to.lon - from.lon) * Math.cos((from.lat * Math.PI) / 180)
  const bearing = (Math.atan2(east, to.lat - from.lat) * 180) / Math.PI
  const off = ((((bearing - sector.azimuth_deg) % 360) + 540) % 360) - 180
  const down = (Math.atan2(sector.height_m - MODEM_HEIGHT_M, 1000 * km) * 180) / Math.PI
  const tilted = down - sector.electrical_tilt_deg - sector.mechanical_tilt_deg * Math.cos((off * Math.PI) / 180)
  const horizontal = Math.min(12 * (off / sector.beamwidth_deg) ** 2, 25)
  const vertical = Math.min(12 * (tilted / VERTICAL_BEAM_DEG) ** 2, 20)
  const pattern = -Math.min(horizontal + vertical, 25)
  const radiated = sector.power_dbm - referenceShareDb(sector) + sector.gain_dbi - FEEDER_LOSS_DB + pattern
  return radiated - pathLossDb(sector.frequency_mhz, sector.height_m, km)
}

type Bts = { index: number; site: SiteOfKind<'bts'>; sectors: Sector[] }

/** Base stations of one technology in squares, so that the nearest are found without looking at all. */
function squaresOf(sites: readonly Site[], technology: Technology): Map<string, Bts[]> {
  const squares = new Map<string, Bts[]>()
  sites.forEach((site, index) => {
    if (site.kind !== 'bts') return
    const sectors = site.sectors.filter((sector) => sector.technology === technology)
    if (sectors.length === 0) return
    const key = squareKey(Math.floor(site.position.lon / CELL_DEG), Math.floor(site.position.lat / CELL_DEG))
    squares.set(key, [...(squares.get(key) ?? []), { index, site, sectors }])
  })
  return squares
}

const squareKey = (x: number, y: number): string => `${x}/${y}`

function nearest(squares: Map<string, Bts[]>, at: Position): Bts[] {
  const x = Math.floor(at.lon / CELL_DEG)
  const y = Math.floor(at.lat / CELL_DEG)
  const found: Bts[] = []
  for (let ring = 0; ring <= SEARCHED_RINGS && found.length < CANDIDATES; ring++)
    for (let dx = -ring; dx <= ring; dx++)
      for (let dy = -ring; dy <= ring; dy++)
        if (Math.max(Math.abs(dx), Math.abs(dy)) === ring) found.push(...(squares.get(squareKey(x + dx, y + dy)) ?? []))
  return found
    .map((bts) => ({ bts, km: distanceKm(at, bts.site.position) }))
    .sort((a, b) => a.km - b.km)
    .slice(0, CANDIDATES)
    .map(({ bts }) => bts)
}

/** Finds what modems hear. Build once per inventory. */
export function createModemLevels(sites: readonly Site[], seed: number) {
  const byTechnology = new Map<Technology, Map<string, Bts[]>>()
  /** The strongest base stations of a technology at a site, best first; shadowing is fixed per pair. */
  return (listener: Site, technology: Technology): Heard[] => {
    const squares = byTechnology.get(technology) ?? squaresOf(sites, technology)
    byTechnology.set(technology, squares)
    return nearest(squares, listener.position)
      .map(({ index, site, sectors }) => {
        const best = Math.max(...sectors.map((sector) => levelDbm(sector, site.position, listener.position)))
        const shadow = SHADOWING_DB * bell(keyOf(`${listener.id}/${site.id}`, seed), 1)
        return { site: index, levelDbm: best + shadow }
      })
      .sort((a, b) => b.levelDbm - a.levelDbm)
      .slice(0, KEPT)
  }
}
