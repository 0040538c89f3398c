import type { Inventory, Site } from '../../domain/inventory.ts'
import type { LoadDevice } from '../../simulators/load.ts'

/** Eight values, as a weather post with a modem sends them. */
const MEASURES = [
  'pm2_5_ug_m3',
  'noise_dba',
  'water_level_m',
  'tide_m',
  'rain_mm',
  'bin_fill_pct',
  'battery_pct',
  'rsrp_dbm',
]

export const siteId = (index: number): string => `BENCH-${String(index).padStart(5, '0')}`

/** A city of sensors, all of them demonstration sites, so that the fleet's account may speak for them. */
export function benchInventory(count: number): Inventory {
  const sites = Array.from(
    { length: count },
    (_, i): Site => ({
      kind: 'sensor',
      id: siteId(i),
      name: `Bench ${i}`,
      ward: null,
      position: { lon: 103.9 + (i % 200) * 0.0009, lat: 10.05 + Math.floor(i / 200) * 0.003 },
      transit: false,
      interval_s: 300,
      measures: MEASURES,
      demonstration: true,
    }),
  )
  return { sites, links: [], groups: [] }
}

/** The load of one site: a payload of some 190 bytes whose values differ between sites as a city's do. */
export function benchDevice(index: number, password: string): LoadDevice {
  const wave = (period: number, low: number, high: number, decimals: number) =>
    Number((low + ((Math.sin(index / period) + 1) / 2) * (high - low)).toFixed(decimals))
  const m = {
    pm2_5_ug_m3: wave(3, 8, 60, 1),
    noise_dba: wave(5, 45, 75, 1),
    water_level_m: wave(7, 0.2, 1.6, 2),
    tide_m: wave(11, -0.4, 0.9, 2),
    rain_mm: wave(13, 0, 12, 1),
    bin_fill_pct: wave(17, 0, 100, 0),
    battery_pct: wave(19, 60, 100, 0),
    rsrp_dbm: wave(23, -115, -80, 1),
  }
  const id = siteId(index)
  return {
    clientId: id,
    username: 'fleet',
    password,
    topic: `pq/v1/sensor/${id}/telemetry`,
    payload: JSON.stringify({ ts: 1_700_000_000_000, m }),
  }
}
