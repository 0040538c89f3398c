import type { Catalogue } from '../../domain/catalogue.ts'
import type { Sector, SiteOfKind } from '../../domain/inventory.ts'
import type { Technology } from '../../domain/words.ts'
import { along, RESIDENTIAL, VISITORS } from '../day-curves.ts'
import { encode, type Field, fieldsOf } from '../encode.ts'
import { bell, keyOf, spread, unit, wave } from '../hash.ts'
import { CLOSE, dot, type Ink, press, stamp } from '../ink.ts'
import { dcVolts } from '../power.ts'
import type { Ground, Now } from './now.ts'

interface SectorModel {
  /** A comma, its id and the opening brace. */
  head: Uint8Array
  key: number
  fields: Field[]
  /** Users at the busiest hour of a usual day. */
  peakUsers: number
  /** Mbit/s when every resource block is in use. */
  capacityMbps: number
  levelDbm: number
  vswr: number
  /** Share of visitors among its users. */
  visitors: number
}

export interface BtsModel extends Ground {
  fields: Field[]
  sectors: SectorModel[]
}

const SITE_METRICS = ['dc_voltage_v', 'mains', 'cabinet_temp_c', 'door_open']
const QUALITY = ['rsrq_db', 'sinr_db', 'prb_util_pct']

interface Layer {
  stem: string
  metrics: string[]
  users: number
  levelDbm: number
  mbpsPerMhz: number
}

/** What each technology reports, in the order in which `fillSector` writes it, and its usual figures. */
const LAYERS: Readonly<Record<Technology, Layer>> = {
  '2g': { stem: 'rxlev', metrics: [], users: 14, levelDbm: -76, mbpsPerMhz: 0 },
  '3g': { stem: 'rscp', metrics: ['throughput_mbps'], users: 36, levelDbm: -86, mbpsPerMhz: 1.6 },
  '4g': { stem: 'rsrp', metrics: ['throughput_mbps', ...QUALITY], users: 170, levelDbm: -95, mbpsPerMhz: 3.2 },
  '5g': { stem: 'ss_rsrp', metrics: ['throughput_mbps', ...QUALITY], users: 110, levelDbm: -92, mbpsPerMhz: 7 },
}

export function createBts(site: SiteOfKind<'bts'>, ground: Ground, catalogue: Catalogue): BtsModel {
  return {
    ...ground,
    fields: fieldsOf(catalogue, 'bts', 'site', SITE_METRICS),
    sectors: site.sectors.map((sector) => createSector(sector, ground, catalogue)),
  }
}

function createSector(sector: Sector, ground: Ground, catalogue: Catalogue): SectorModel {
  const key = keyOf(sector.id, ground.key)
  const { stem, metrics, users, levelDbm, mbpsPerMhz } = LAYERS[sector.technology]
  const names = [`${stem}_p50_dbm`, `${stem}_p10_dbm`, 'users', 'vswr', ...metrics]
  const direction = keyOf(`direction ${sector.direction}`, ground.key)
  const popular = (0.25 + 1.15 * ground.town) * (0.65 + 0.7 * unit(direction, 0)) * (0.8 + 0.4 * unit(key, 0))
  return {
    head: stamp(`,"${sector.id}":{`),
    key,
    fields: fieldsOf(catalogue, 'bts', 'sector', names),
    peakUsers: users * popular,
    capacityMbps: sector.bandwidth_mhz * mbpsPerMhz,
    levelDbm: levelDbm + 5 * ground.town + 3 * bell(key, 1) - 3 * Math.log10(sector.frequency_mhz / 900),
    vswr: 1.12 + 0.3 * unit(key, 2) ** 2,
    visitors: unit(direction, 3),
  }
}

const MINUTE_MS = 60_000
const values = new Float64Array(8)

const SITE = stamp('"m":{')
const SECTORS = stamp('},"sectors":{')

/** Writes one reading of the whole mast: the inside of its JSON object. */
export function describeBts(model: BtsModel, now: Now, ink: Ink): void {
  fillSite(model, now)
  press(ink, SITE)
  encode(ink, model.fields, values)
  if (model.sectors.length > 0) writeSectors(model, now, ink)
  dot(ink, CLOSE)
}

function writeSectors(model: BtsModel, now: Now, ink: Ink): void {
  const { hour, weekend } = now.moment
  const residents = along(RESIDENTIAL, hour) * (weekend ? 1.06 : 1)
  const visitors = along(VISITORS, hour) * (weekend ? 1.2 : 1)
  press(ink, SECTORS)
  for (let i = 0; i < model.sectors.length; i++) {
    const sector = model.sectors[i] as SectorModel
    const busy = residents + (visitors - residents) * sector.visitors
    fillSector(sector, now, busy)
    press(ink, sector.head, i === 0 ? 1 : 0)
    encode(ink, sector.fields, values)
    dot(ink, CLOSE)
  }
}

function fillSite({ key, zone, index }: BtsModel, { t, moment, world, outage }: Now): void {
  const sky = moment.skies[zone] as { temperatureC: number; sun: number }
  const off = world.mainsOff[index] === 1
  const uncooled = off && outage ? Math.min(1, (t - outage.offMs) / 3_600_000) : 0
  values[0] = dcVolts(outage, t) + 0.12 * wave(key + 11, t, 40 * MINUTE_MS)
  values[1] = off ? 0 : 1
  values[2] =
    29 +
    0.5 * (sky.temperatureC - 27) +
    4 * sky.sun +
    5 * uncooled +
    2.5 * unit(key, 4) +
    wave(key + 12, t, 25 * MINUTE_MS)
  values[3] = visited(key, moment.day, moment.hour) ? 1 : 0
}

/** A technician opens each cabinet about once in four months, in working hours, for a quarter of an hour. */
function visited(key: number, day: number, hour: number): boolean {
  if (unit(key + 13, day) >= 1 / 120) return false
  const start = 8 + 8 * unit(key + 14, day)
  return hour >= start && hour < start + 0.25
}

function fillSector(sector: SectorModel, { t, crowding }: Now, busy: number): void {
  const { key, peakUsers } = sector
  const swing = 1 + 0.14 * wave(key, t, 35 * MINUTE_MS) + 0.06 * spread(key + 1, Math.floor(t / MINUTE_MS))
  const load = busy * swing * crowding
  // Blocks in use: nearly a line while there is room, bent where there is none.
  const prb = 100 * (1 - Math.exp(-0.06 - 0.95 * load * (0.75 + 0.25 * Math.min(1.6, peakUsers / 120))))
  const drift = wave(key + 2, t, 20 * MINUTE_MS)
  values[0] = sector.levelDbm + 1.6 * drift - 0.8 * busy
  values[1] = values[0] - 11.5 - 1.2 * wave(key + 3, t, 30 * MINUTE_MS)
  values[2] = peakUsers * Math.min(3, load)
  values[3] = sector.vswr + 0.02 * drift
  values[4] = sector.capacityMbps * (prb / 100) * (0.62 + 0.05 * drift) * (prb > 90 ? 0.9 : 1)
  values[5] = -8.2 - 0.055 * prb + 0.5 * drift
  values[6] = 15.5 - 0.1 * prb + 1.4 * drift
  values[7] = prb
}
