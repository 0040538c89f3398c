import { describe, expect, it } from 'vitest'
import { createCity, tellCity } from '../../simulators/city.ts'
import { endFaults, type Fault } from '../../simulators/faults.ts'
import { createInk } from '../../simulators/ink.ts'
import { createPlaybill } from '../../simulators/playbill.ts'
import { findScenario, SCENARIOS } from '../../simulators/scenarios.ts'
import { behind, createTopology } from '../../simulators/topology.ts'
import { createTimeline } from '../../simulators/world.ts'
import { fixtureInventory } from './fixture.ts'

const START = Date.UTC(2026, 10, 24, 3)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const inventory = fixtureInventory()
const topology = createTopology(inventory)
const faultsOf = (name: string, seed = 7) => findScenario(name).faults(topology, seed, START)

function lost(faults: Fault[], t: number): string[] {
  const world = createTimeline(topology, faults).at(t)
  return inventory.sites.filter((_, i) => !world.reachable[i]).map((site) => site.id)
}

function read(faults: Fault[], id: string, t: number) {
  const ink = createInk()
  tellCity(createCity(inventory, 7), faults).tell(topology.siteIndex.get(id) ?? -1, t, ink)
  return JSON.parse(ink.bytes.toString('latin1', 0, ink.at))
}

describe('reachability', () => {
  it('holds for every site of the healthy city', () => {
    expect(lost([], START)).toEqual([])
    expect([...topology.standalone].some(Boolean)).toBe(false)
  })

  it('goes the other way round a ring, and never through a leaf that has two ways', () => {
    expect(behind(topology, [topology.linkIndex.get('s23') ?? -1])).toEqual([])
    const cut = ['s01', 's12'].map((id) => topology.linkIndex.get(id) ?? -1)
    const gone = behind(topology, cut).map((i) => inventory.sites[i]?.id)
    expect(gone).toContain('F1')
    expect(gone).toContain('B1')
    expect(gone).not.toContain('F2')
  })
})

describe('every scenario', () => {
  it.each(SCENARIOS.map((scenario) => scenario.name))(
    '%s has a place in the city and is the same for the same seed',
    (name) => {
      const faults = faultsOf(name)
      expect(faults.length).toBeGreaterThan(0)
      expect(faultsOf(name)).toEqual(faults)
      expect(findScenario(name).title.vi).not.toBe(findScenario(name).title.en)
    },
  )

  it('is unknown by another name, and the error lists the names', () => {
    expect(() => findScenario('earthquake')).toThrow(/fibre-cut.*crowd/)
  })
})

describe('fibre-cut', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('silences at least one base station 30 s after the start, with seed %i', (seed) => {
    const faults = faultsOf('fibre-cut', seed)
    expect(lost(faults, START + 29_999)).toEqual([])
    const gone = lost(faults, START + 30_000)
    expect(gone.some((id) => id.startsWith('B'))).toBe(true)
    expect(gone.length).toBeLessThan(inventory.sites.length / 2)
  })

  it('darkens the port at both ends, and heals', () => {
    const faults: Fault[] = [{ kind: 'cut', links: ['p1'], fromMs: START, toMs: Number.POSITIVE_INFINITY }]
    for (const id of ['F3', 'P1']) {
      const port = read(faults, id, START + MINUTE).links.p1
      expect(port.link_up).toBe(false)
      expect(port.rx_power_dbm).toBeLessThan(-35)
      expect(port.ber).toBeUndefined()
    }
    expect(read(faults, 'F3', START + MINUTE).links.s34.link_up).toBe(true)
    const healed = endFaults(faults, START + HOUR)
    expect(lost(healed, START + HOUR)).toEqual([])
    expect(read(healed, 'F3', START + HOUR + 1).links.p1.link_up).toBe(true)
  })
})

describe('cuts', () => {
  it('of one ring span leave everybody connected, of two cut a base station off', () => {
    expect(lost(faultsOf('ring-cut'), START + HOUR)).toEqual([])
    const twice = faultsOf('double-ring-cut')
    expect(lost(twice, START + 31_000)).toEqual([])
    expect(lost(twice, START + HOUR).some((id) => id.startsWith('B'))).toBe(true)
  })

  it('of a duct take all its cables', () => {
    expect(faultsOf('duct-cut')[0]).toMatchObject({ links: ['s23', 'p1'] })
    expect(lost(faultsOf('duct-cut'), START + HOUR)).toContain('B6')
  })

  it('that flap come and go', () => {
    const timeline = createTimeline(topology, faultsOf('backhaul-flap'))
    const b8 = topology.siteIndex.get('B8') ?? -1
    const states = Array.from({ length: 600 }, (_, s) => timeline.at(START + 30_000 + s * 1000).reachable[b8])
    const changes = states.filter((state, i) => i > 0 && state !== states[i - 1]).length
    expect(changes).toBeGreaterThan(8)
    expect(states.filter(Boolean).length).toBeGreaterThan(150)
  })
})

describe('power', () => {
  it('of a feeder takes mains from its sites at once and their service when batteries are flat', () => {
    const faults = faultsOf('feeder-outage')
    const members = inventory.groups.find(
      (group) => faults[0]?.kind === 'mains-off' && group.members.length === faults[0].sites.length,
    )
    const station = members?.members.find((id) => id.startsWith('B')) ?? ''
    expect(read(faults, station, START + MINUTE).m.mains).toBe(false)
    expect(read(faults, station, START + 3 * HOUR).m.dc_voltage_v).toBeLessThan(50)
    expect(lost(faults, START + HOUR).filter((id) => id.startsWith('B'))).toEqual([])
    expect(lost(faults, START + 5 * HOUR)).toContain(station)
    expect(read(endFaults(faults, START + HOUR), station, START + HOUR).m.mains).toBe(true)
  })

  it('of the sea cable takes the north and leaves the south', () => {
    const faults = faultsOf('sea-cable-loss')
    expect(read(faults, 'B6', START + HOUR).m.mains).toBe(false)
    expect(read(faults, 'B1', START + HOUR).m.mains).toBe(true)
  })
})

describe('weather, sensors and people', () => {
  const gauge = inventory.sites.find((site) => site.kind === 'sensor' && site.measures.includes('water_level_m'))
  const levels = gauge?.kind === 'sensor' ? gauge.flood_levels_m : undefined
  if (!gauge || !levels) throw new Error('the fixture lost its gauge')

  it('flood raises rain and water above the first level, and the water recedes', () => {
    const faults = faultsOf('flood')
    const before = read(faults, gauge.id, START).m
    const during = read(faults, gauge.id, START + 2 * HOUR).m
    expect(before.water_level_m).toBeLessThan(levels.i)
    expect(during.rain_mm).toBeGreaterThan(2)
    const highest = Math.max(
      ...inventory.sites
        .filter((site) => site.kind === 'sensor' && site.measures.includes('water_level_m'))
        .map((site) => read(faults, site.id, START + 2 * HOUR).m.water_level_m),
    )
    expect(highest).toBeGreaterThan(levels.ii)
    const after = read(endFaults(faults, START + 2 * HOUR), gauge.id, START + 16 * HOUR).m
    expect(after.water_level_m).toBeLessThan(levels.i)
  })

  it('a storm makes a quarter of the sensors chatter', () => {
    const timeline = createTimeline(topology, faultsOf('sensor-storm'))
    const chattering = inventory.sites.filter((_, i) => timeline.chatters(i, START + MINUTE))
    expect(chattering).toHaveLength(6)
    expect(chattering.every((site) => site.kind === 'sensor')).toBe(true)
  })

  it('a crowd multiplies users around one place', () => {
    const faults = faultsOf('crowd')
    const users = (list: Fault[], id: string) => read(list, id, START + HOUR).sectors['4g-1'].users
    const grown = inventory.sites.filter(
      (site) => site.kind === 'bts' && users(faults, site.id) > 2 * users([], site.id),
    )
    expect(grown.length).toBeGreaterThan(0)
    expect(grown.length).toBeLessThan(8)
  })

  it('a modem hears a neighbour when its base station goes off air', () => {
    const faults: Fault[] = [{ kind: 'cut', links: ['p1'], fromMs: START, toMs: Number.POSITIVE_INFINITY }]
    const sensor = inventory.sites.find(
      (site) => site.kind === 'sensor' && site.measures.includes('rsrp_dbm') && site.position.lat > 10.365,
    )
    const level = (list: Fault[]) => read(list, sensor?.id ?? '', START + MINUTE).m.rsrp_dbm ?? -150
    expect(level(faults)).toBeLessThan(level([]) - 6)
  })
})

describe('the playbill', () => {
  it('starts once, stops once, and keeps what ended until its traces are gone', () => {
    const playbill = createPlaybill(topology, 7)
    expect(playbill.start('fibre-cut', START)).toBe(true)
    expect(playbill.start('fibre-cut', START)).toBe(false)
    expect(playbill.statuses().find((status) => status.name === 'fibre-cut')).toMatchObject({
      running: true,
      startedAt: START,
    })
    expect(playbill.stop('fibre-cut', START + HOUR)).toBe(true)
    expect(playbill.stop('fibre-cut', START + HOUR)).toBe(false)
    expect(playbill.faults()).toHaveLength(1)
    expect(playbill.faults()[0]?.toMs).toBe(START + HOUR)
    expect(playbill.statuses().some((status) => status.running)).toBe(false)
  })
})
