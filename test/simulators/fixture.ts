import {
  groupSchema,
  type Inventory,
  type Link,
  linkSchema,
  type Sector,
  type Site,
  siteSchema,
} from '../../domain/inventory.ts'
import type { ServiceSystem, Technology } from '../../domain/words.ts'

/*
 * head-end F0, ring F0–F1–F2–F3–F4–F5–F0, spur F3–P1–P2.
 * One base station on each ring node but F0 (B1…B5), B6 on P1, B7 on P2, B8 by microwave behind B7.
 * Duct D1 = {s23, p1}; trunk T-north over E-north, trunk T-south over E-south.
 */
const at = (lon: number, lat: number) => ({ lon, lat })

const LAYERS: [Technology, string, number, number, number][] = [
  ['3g', 'B8', 900, 5, 43],
  ['4g', 'B3', 1800, 20, 46],
  ['5g', 'n78', 3700, 100, 53],
]

function sectors(): Sector[] {
  return LAYERS.flatMap(([technology, band, frequency_mhz, bandwidth_mhz, power_dbm]) =>
    [1, 2, 3].map((direction) => ({
      id: `${technology}-${direction}`,
      technology,
      direction,
      band,
      frequency_mhz,
      bandwidth_mhz,
      height_m: 35,
      azimuth_deg: (direction - 1) * 120,
      electrical_tilt_deg: 4,
      mechanical_tilt_deg: 0,
      power_dbm,
      gain_dbi: 17,
      beamwidth_deg: 65,
    })),
  )
}

const common = (id: string, position: { lon: number; lat: number }, interval_s: number, transit: boolean) => ({
  id,
  name: id,
  ward: null,
  position,
  transit,
  interval_s,
  demonstration: true,
})

const PLACES: Record<string, [number, number]> = {
  F0: [103.96, 10.21],
  F1: [103.97, 10.25],
  F2: [103.98, 10.3],
  F3: [104.0, 10.33],
  F4: [104.03, 10.28],
  F5: [104.02, 10.23],
  P1: [103.99, 10.37],
  P2: [103.98, 10.41],
}

const fibreSite = (id: string): Site => ({
  ...common(id, at(...(PLACES[id] as [number, number])), 30, true),
  kind: 'fibre',
  role: id === 'F0' ? 'head-end' : 'olt',
  battery_autonomy_h: 8,
  design_loss_db: 20,
})

const btsSite = (id: string, lon: number, lat: number): Site => ({
  ...common(id, at(lon, lat), 60, true),
  kind: 'bts',
  battery_autonomy_h: 4,
  sectors: sectors(),
})

const MEASURES = [
  ['pm2_5_ug_m3', 'noise_dba'],
  ['water_level_m', 'rain_mm'],
  ['tide_m'],
  ['streetlight_power_w'],
  ['bin_fill_pct'],
  ['parking_free'],
]
const HOSTS: [string, string][] = [
  ['B1', 'F1'],
  ['B2', 'F2'],
  ['B3', 'F3'],
  ['B4', 'F4'],
  ['B5', 'F5'],
  ['B6', 'P1'],
  ['B7', 'P2'],
]
const SYSTEMS: ServiceSystem[] = ['one-stop', 'school', 'health', 'pharmacy', 'video-conference']

function sensorSites(): Site[] {
  return Array.from({ length: 24 }, (_, i) => {
    const [, node] = HOSTS[i % HOSTS.length] as [string, string]
    const [lon, lat] = PLACES[node] as [number, number]
    const measures = [
      ...(MEASURES[i % MEASURES.length] as string[]),
      'battery_pct',
      i % 4 === 0 ? 'rscp_dbm' : 'rsrp_dbm',
    ]
    return {
      ...common(`S${i}`, at(lon + 0.002 * (1 + (i % 5)), lat + 0.001 * (i % 7)), 300, false),
      kind: 'sensor' as const,
      measures,
      ...(measures.includes('water_level_m') ? { flood_levels_m: { i: 1.2, ii: 1.7, iii: 2.3 } } : {}),
      ...(measures.includes('noise_dba') ? { noise_zone: 'ordinary' as const } : {}),
      ...(measures.includes('streetlight_power_w') ? { nominal_lamp_power_w: 150 } : {}),
    }
  })
}

function serviceSites(): Site[] {
  return SYSTEMS.flatMap((system, i) =>
    [0, 1].map((n) => {
      const [, node] = HOSTS[(2 * i + n) % HOSTS.length] as [string, string]
      const [lon, lat] = PLACES[node] as [number, number]
      return {
        ...common(`V-${system}-${n}`, at(lon - 0.004, lat + 0.002 * n), 60, false),
        kind: 'service' as const,
        system,
        battery_autonomy_h: 1,
        ...(n === 0 ? { modem: '4g' as const } : {}),
      }
    }),
  )
}

const RING: [string, string, string][] = [
  ['s01', 'F0', 'F1'],
  ['s12', 'F1', 'F2'],
  ['s23', 'F2', 'F3'],
  ['s34', 'F3', 'F4'],
  ['s45', 'F4', 'F5'],
  ['s50', 'F5', 'F0'],
]
const SPUR: [string, string, string][] = [
  ['p1', 'F3', 'P1'],
  ['p2', 'P1', 'P2'],
]
const span =
  (route: string) =>
  ([id, a, b]: [string, string, string]): Link => ({
    id,
    kind: 'span',
    a,
    b,
    route,
    length_km: 5,
    optic_class: 'ER',
  })
const servedBy = (a: string, b: string): Link => ({ id: `${a}-${b}`, kind: 'served-by', a, b })

/** A small island that has one of everything. Checked by the schemas of the domain. */
export function fixtureInventory(): Inventory {
  const sensors = sensorSites()
  const services = serviceSites()
  const stations = [...HOSTS.map(([id, node]) => btsSite(id, (PLACES[node]?.[0] ?? 0) + 0.003, PLACES[node]?.[1] ?? 0))]
  const sites: Site[] = [
    ...Object.keys(PLACES).map(fibreSite),
    ...stations,
    btsSite('B8', 103.95, 10.43),
    ...sensors,
    ...services,
  ]
  const links: Link[] = [
    ...RING.map(span('ring')),
    ...SPUR.map(span('spur')),
    { id: 'm1', kind: 'hop', a: 'B7', b: 'B8', frequency_ghz: 15 },
    ...HOSTS.map(([station, node]) => servedBy(station, node)),
    ...sensors.map((site, i) => servedBy(site.id, HOSTS[i % HOSTS.length]?.[0] ?? '')),
    ...services.map((site, i) => servedBy(site.id, HOSTS[i % HOSTS.length]?.[1] ?? '')),
    // A dual-homed office: its node and a base station.
    servedBy('V-health-0', 'B1'),
  ]
  const north = ['F3', 'P1', 'P2', 'B3', 'B6', 'B7', 'B8']
  const south = ['F1', 'F2', 'F4', 'F5', 'B1', 'B2', 'B4', 'B5', 'S3', 'V-one-stop-0']
  return {
    sites: sites.map((site) => siteSchema.parse(site)),
    links: links.map((link) => linkSchema.parse(link)),
    groups: [
      { id: 'D1', kind: 'duct' as const, name: 'D1', members: ['s23', 'p1'] },
      { id: 'T-north', kind: 'feeder' as const, name: 'T-north', members: [] },
      { id: 'T-south', kind: 'feeder' as const, name: 'T-south', members: [] },
      { id: 'E-north', kind: 'feeder' as const, name: 'E-north', members: north, parent: 'T-north' },
      { id: 'E-south', kind: 'feeder' as const, name: 'E-south', members: south, parent: 'T-south' },
    ].map((group) => groupSchema.parse(group)),
  }
}
