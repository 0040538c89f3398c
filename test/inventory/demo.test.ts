import { beforeAll, describe, expect, it } from 'vitest'
import { catalogue } from '../../domain/catalogue.ts'
import type { Inventory, Link, Site, SiteOfKind } from '../../domain/inventory.ts'
import { checkReferences } from '../../domain/inventory-diff.ts'
import { SYSTEMS } from '../../domain/words.ts'
import { distanceKm, lengthKm } from '../../infra/geo/distance.ts'
import { createGeography } from '../../infra/geo/geography.ts'
import { readLayers } from '../../infra/geo/layers.ts'
import { DEMO_DIR, readInventory } from '../../infra/inventory/files.ts'

const layers = readLayers()
const geography = createGeography(layers)

let inventory: Inventory
let byId: Map<string, Site>
beforeAll(async () => {
  inventory = (await readInventory(DEMO_DIR)).inventory
  byId = new Map(inventory.sites.map((site) => [site.id, site]))
})

const ofKind = <K extends Site['kind']>(kind: K): SiteOfKind<K>[] =>
  inventory.sites.filter((site): site is SiteOfKind<K> => site.kind === kind)
const links = (kind: Link['kind']): Link[] => inventory.links.filter((link) => link.kind === kind)

/** Which sites have a way to a head-end without some links. Written anew here, not taken from the simulators. */
function connected(without: ReadonlySet<string> = new Set()): Set<string> {
  const found = new Set(ofKind('fibre').flatMap((site) => (site.role === 'head-end' ? [site.id] : [])))
  for (let grew = true; grew; ) {
    const before = found.size
    for (const { id, kind, a, b } of inventory.links) {
      if (without.has(id)) continue
      if (found.has(b) && (kind === 'served-by' || byId.get(b)?.transit)) found.add(a)
      if (kind !== 'served-by' && found.has(a) && byId.get(a)?.transit) found.add(b)
    }
    grew = found.size > before
  }
  return found
}

describe('the demonstration inventory', () => {
  it('has what a city has, all of it marked', () => {
    expect(ofKind('bts').length).toBeGreaterThanOrEqual(180)
    expect(ofKind('fibre')).toHaveLength(60)
    expect(ofKind('sensor')).toHaveLength(600)
    expect(ofKind('service')).toHaveLength(150)
    for (const site of inventory.sites) expect(site.demonstration, site.id).toBe(true)
    for (const { operator } of ofKind('bts')) expect(operator).toMatch(/^Nhà mạng [ABC]$/)
    expect(new Set(inventory.sites.map(({ name }) => name)).size).toBe(inventory.sites.length)
    for (const { name_en } of inventory.sites) expect(name_en).toMatch(/^[ -~]+$/)
  })

  it('stands on land, each site in its ward', () => {
    for (const { id, position, ward } of inventory.sites) {
      expect(geography.onLand(position), id).toBe(true)
      expect(geography.wardOf(position), id).toBe(ward)
    }
    for (const { properties } of layers.wards.features)
      for (const kind of ['bts', 'sensor', 'service'] as const)
        expect(
          ofKind(kind).some(({ ward }) => ward === properties.id),
          `${kind} in ${properties.id}`,
        ).toBe(true)
  })

  it('serves people where they live', () => {
    const { cells, total } = layers.population
    const people = (ward: string) => Object.values(cells[ward] ?? {}).reduce((sum, n) => sum + n, 0) / total
    for (const kind of ['bts', 'service'] as const) {
      const share = ofKind(kind).filter(({ ward }) => ward === 'duong-dong' || ward === 'an-thoi').length
      expect(share / ofKind(kind).length).toBeGreaterThan(0.3)
    }
    expect(people('duong-dong')).toBeGreaterThan(0.3)
    for (const { id, position, ward } of ofKind('service')) {
      if (ward === 'tho-chau') continue
      expect(geography.elevationM(position), id).toBeLessThan(130)
    }
  })

  it('points at nothing that is not there', () => {
    const measures = catalogue.ofPart('sensor', 'site')
    expect(checkReferences(inventory, new Map(), (name) => measures.has(name))).toEqual([])
  })
})

describe('its base stations', () => {
  it('have three directions, and one sector for each direction and layer', () => {
    for (const { id, sectors, mast_height_m = 0 } of ofKind('bts')) {
      const layers = new Map<string, number[]>()
      for (const sector of sectors) {
        const layer = `${sector.technology} ${sector.band}`
        layers.set(layer, [...(layers.get(layer) ?? []), sector.direction])
        expect(sector.id).toMatch(new RegExp(`^${sector.technology}-${sector.direction}[b-d]?$`))
        expect(sector.height_m).toBeLessThanOrEqual(mast_height_m)
      }
      for (const directions of layers.values()) expect(directions, id).toEqual([1, 2, 3])
      expect(new Set(sectors.map((sector) => sector.id)).size).toBe(sectors.length)
      const [first, second] = [sectors[0]?.azimuth_deg ?? 0, sectors[1]?.azimuth_deg ?? 0]
      expect(Math.abs(((second - first + 360) % 360) - 120)).toBeLessThanOrEqual(20)
    }
  })

  it('carry all technologies: 4G everywhere, 5G in towns, resorts, ports and the airport, 2G on a few', () => {
    const having = (technology: string) =>
      ofKind('bts').filter(({ sectors }) => sectors.some((sector) => sector.technology === technology))
    expect(having('4g')).toHaveLength(ofKind('bts').length)
    expect(having('3g').length).toBeGreaterThan(150)
    expect(having('5g').length).toBeGreaterThan(30)
    expect(having('5g').length).toBeLessThan(90)
    expect(having('2g').length).toBeGreaterThan(3)
    expect(having('2g').length).toBeLessThan(25)
    const bands = new Set(ofKind('bts').flatMap(({ sectors }) => sectors.map(({ band }) => band)))
    expect([...bands].sort()).toEqual(['B1', 'B28', 'B3', 'B41', 'B8', 'n41', 'n77', 'n78'])
    const airport = layers.places.features.find(({ properties }) => properties.class === 'airport')
    const [lon, lat] = airport?.geometry.coordinates ?? [0, 0]
    expect(having('5g').some(({ position }) => distanceKm(position, { lon, lat }) < 1)).toBe(true)
  })

  it('forward only where a hop passes, and reach islets by microwave within the radio horizon', () => {
    const hosts = new Set(links('hop').map(({ a }) => a))
    for (const { id, transit } of ofKind('bts')) expect(transit, id).toBe(hosts.has(id))
    for (const kind of ['sensor', 'service'] as const) for (const site of ofKind(kind)) expect(site.transit).toBe(false)
    for (const { id, position } of ofKind('bts'))
      if (position.lat < 10.005)
        expect(
          links('hop').some(({ b }) => b === id),
          id,
        ).toBe(true)
    const summit = (id: string) => {
      const site = byId.get(id) as SiteOfKind<'bts'>
      return geography.elevationM(site.position) + (site.mast_height_m ?? 0)
    }
    for (const { id, a, b, length_km = 0 } of links('hop'))
      expect(length_km, id).toBeLessThan(4.12 * (Math.sqrt(summit(a)) + Math.sqrt(summit(b))))
  })
})

describe('its fibre', () => {
  it('gives every site a way to a head-end', () => {
    expect(inventory.sites.filter(({ id }) => !connected().has(id))).toEqual([])
    expect(ofKind('fibre').filter(({ role }) => role === 'head-end')).toHaveLength(2)
  })

  it('bears the loss of any one span of a ring', () => {
    const rings = links('span').filter(({ route }) => route?.startsWith('Vòng'))
    expect(new Set(rings.map(({ route }) => route)).size).toBe(3)
    for (const { id } of rings) expect(connected(new Set([id])).size, id).toBe(inventory.sites.length)
  })

  it('has spurs whose loss cuts off base stations, schools and health stations', () => {
    const lost = (route: string) => {
      const first = links('span').find((link) => link.route === route)
      const left = connected(new Set([first?.id ?? '']))
      return inventory.sites.filter(({ id }) => !left.has(id))
    }
    for (const route of ['Nhánh Gành Dầu', 'Nhánh Bãi Thơm', 'Nhánh Cửa Cạn – Bãi Dài']) {
      const sites = lost(route)
      expect(sites.filter(({ kind }) => kind === 'bts').length, route).toBeGreaterThan(0)
      expect(
        sites.some((site) => site.kind === 'service' && site.system === 'school'),
        route,
      ).toBe(true)
    }
    for (const route of ['Nhánh Gành Dầu', 'Nhánh Bãi Thơm'])
      expect(
        lost(route).some((site) => site.kind === 'service' && site.system === 'health'),
        route,
      ).toBe(true)
  })

  it('runs along the roads, from node to node, with optics that reach', () => {
    const reach = { LR: 10, ER: 40, ZR: 80, 'B+': 20, 'C+': 20 }
    for (const { id, a, b, path = [], length_km = 0, optic_class, design_loss_db } of links('span')) {
      expect(path[0], id).toEqual(byId.get(a)?.position)
      expect(path[path.length - 1], id).toEqual(byId.get(b)?.position)
      expect(length_km).toBeGreaterThanOrEqual(lengthKm(path) - 0.01)
      expect(length_km).toBeLessThanOrEqual(reach[optic_class ?? 'LR'])
      expect(design_loss_db).toBeGreaterThan(0.25 * length_km)
    }
  })

  it('shares ducts, one of which takes base stations with it', () => {
    const ducts = inventory.groups.filter(({ kind }) => kind === 'duct')
    expect(ducts.length).toBeGreaterThanOrEqual(4)
    for (const { id, members } of ducts) expect(members.length, id).toBeGreaterThanOrEqual(2)
    const all = inventory.sites.length
    expect(ducts.some(({ members }) => connected(new Set(members)).size < all - 20)).toBe(true)
  })
})

describe('its sensors and services', () => {
  it('measure everything that a sensor can, each with its modem and its battery', () => {
    const measured = new Set(ofKind('sensor').flatMap(({ measures }) => measures))
    const modems = ['rxlev_dbm', 'rscp_dbm', 'rsrp_dbm', 'ss_rsrp_dbm']
    for (const { name } of catalogue.ofKind('sensor')) if (name !== 'rxlev_dbm') expect(measured).toContain(name)
    for (const { id, measures } of ofKind('sensor')) {
      expect(measures, id).toContain('battery_pct')
      expect(
        measures.filter((name) => modems.includes(name)),
        id,
      ).toHaveLength(1)
    }
    for (const site of ofKind('sensor')) {
      expect(site.flood_levels_m !== undefined, site.id).toBe(site.measures.includes('water_level_m'))
      expect(site.noise_zone !== undefined, site.id).toBe(site.measures.includes('noise_dba'))
      expect(site.nominal_lamp_power_w !== undefined, site.id).toBe(site.measures.includes('streetlight_power_w'))
    }
  })

  it('put water gauges on low ground and tide gauges at the ports', () => {
    const ports = layers.places.features.filter(({ properties }) => properties.class === 'port')
    for (const { id, position, measures } of ofKind('sensor')) {
      if (measures.includes('water_level_m')) expect(geography.elevationM(position), id).toBeLessThan(60)
      if (measures.includes('tide_m')) {
        const km = ports.map(
          ({
            geometry: {
              coordinates: [lon, lat],
            },
          }) => distanceKm(position, { lon, lat }),
        )
        expect(Math.min(...km), id).toBeLessThan(0.3)
      }
    }
  })

  it('speak through a base station that has their technology', () => {
    const technology = { rscp_dbm: '3g', rsrp_dbm: '4g', ss_rsrp_dbm: '5g' } as Record<string, string>
    for (const { a, b } of links('served-by')) {
      const site = byId.get(a)
      if (site?.kind !== 'sensor') continue
      const wanted = site.measures.map((name) => technology[name]).find(Boolean)
      expect(
        (byId.get(b) as SiteOfKind<'bts'>).sectors.some((sector) => sector.technology === wanted),
        a,
      ).toBe(true)
    }
  })

  it('are of all five systems, some with two ways in and then with a modem', () => {
    for (const system of SYSTEMS) expect(ofKind('service').filter((s) => s.system === system).length).toBeGreaterThan(5)
    const ways = new Map<string, number>()
    for (const { a } of links('served-by')) ways.set(a, (ways.get(a) ?? 0) + 1)
    const dual = ofKind('service').filter(({ id }) => ways.get(id) === 2)
    expect(dual.length).toBeGreaterThan(10)
    for (const { id, modem } of dual) expect(modem, id).toBeDefined()
  })
})

describe('its power', () => {
  it('feeds every site on mains from exactly one feeder, north by the cable and south by the line', () => {
    const feeders = inventory.groups.filter(({ kind }) => kind === 'feeder')
    const fed = feeders.flatMap(({ members }) => members)
    expect(new Set(fed).size).toBe(fed.length)
    const onMains = inventory.sites.filter((site) => site.battery_autonomy_h !== undefined).map(({ id }) => id)
    expect(fed.sort()).toEqual(onMains.sort())
    const wardsOf = (parent: string) =>
      new Set(feeders.filter((f) => f.parent === parent).flatMap((f) => f.members.map((id) => byId.get(id)?.ward)))
    expect([...wardsOf('P-NPQ')].sort()).toEqual(['an-thoi', 'duong-to'])
    expect(wardsOf('P-PQ').has('ganh-dau')).toBe(true)
    expect(wardsOf('P-PQ').has('an-thoi')).toBe(false)
  })

  it('has batteries by class', () => {
    const hours = (kind: Site['kind']) => ofKind(kind).map(({ battery_autonomy_h }) => battery_autonomy_h ?? Number.NaN)
    for (const h of hours('bts')) expect(h >= 4 && h <= 8).toBe(true)
    for (const h of hours('fibre')) expect(h >= 6 && h <= 8).toBe(true)
    for (const h of hours('service')) expect(h >= 0 && h <= 2).toBe(true)
  })
})
