import { beforeAll, describe, expect, it } from 'vitest'
import { catalogue } from '../../domain/catalogue.ts'
import type { Inventory } from '../../domain/inventory.ts'
import { payloadSchema } from '../../domain/reading.ts'
import { KINDS } from '../../domain/words.ts'
import { DEMO_DIR, readInventory } from '../../infra/inventory/files.ts'
import { createCity, tellCity } from '../../simulators/city.ts'
import type { Fault } from '../../simulators/faults.ts'
import { createInk } from '../../simulators/ink.ts'
import { pastFaults } from '../../simulators/past-faults.ts'
import { findScenario, SCENARIOS } from '../../simulators/scenarios.ts'
import { createTopology, type Topology } from '../../simulators/topology.ts'
import { createTimeline } from '../../simulators/world.ts'

/** The simulators on the demonstration city itself. */
const START = Date.UTC(2026, 10, 24, 3)
const HOUR = 3_600_000

let inventory: Inventory
let topology: Topology

beforeAll(async () => {
  inventory = (await readInventory(DEMO_DIR)).inventory
  topology = createTopology(inventory)
})

const faultsOf = (name: string, seed = 1) => findScenario(name).faults(topology, seed, START)

function lost(faults: Fault[], t: number) {
  const world = createTimeline(topology, faults).at(t)
  return inventory.sites.filter((_, i) => !world.reachable[i])
}

describe('the demonstration city', () => {
  it('hangs together: every site has a way to a head-end', () => {
    expect(lost([], START)).toEqual([])
    expect(topology.standalone.includes(1)).toBe(false)
  })

  it('has a place for every scenario', () => {
    for (const { name } of SCENARIOS) expect(faultsOf(name).length, name).toBeGreaterThan(0)
  })

  it('gives fibre-cut a spur with a base station behind it, whatever the seed', () => {
    for (let seed = 0; seed < 40; seed++) {
      const faults = faultsOf('fibre-cut', seed)
      expect(lost(faults, START + 29_999)).toEqual([])
      const gone = lost(faults, START + 30_000)
      expect(gone.some((site) => site.kind === 'bts')).toBe(true)
      expect(gone.length).toBeLessThan(inventory.sites.length / 4)
    }
  })

  it('bears one cut of a ring and not two', () => {
    expect(lost(faultsOf('ring-cut'), START + HOUR)).toEqual([])
    const twice = faultsOf('double-ring-cut')
    for (const one of twice) expect(lost([one], START + HOUR)).toEqual([])
    expect(lost(twice, START + HOUR).some((site) => site.kind === 'bts')).toBe(true)
  })

  it('loses base stations with a duct, and with a flapping hop from time to time', () => {
    expect(lost(faultsOf('duct-cut'), START + HOUR).some((site) => site.kind === 'bts')).toBe(true)
    const flapping = faultsOf('backhaul-flap')
    const seen = Array.from({ length: 60 }, (_, i) => lost(flapping, START + HOUR + i * 10_000).length > 0)
    expect(new Set(seen)).toEqual(new Set([true, false]))
  })

  it('goes dark in the north without the sea cable, and dies as batteries do', () => {
    const faults = faultsOf('sea-cable-loss')
    const timeline = createTimeline(topology, faults)
    const off = inventory.sites.filter((_, i) => timeline.at(START + HOUR).mainsOff[i])
    expect(off.length).toBeGreaterThan(200)
    const mean = (sites: typeof off) => sites.reduce((sum, site) => sum + site.position.lat, 0) / sites.length
    expect(mean(off)).toBeGreaterThan(mean(inventory.sites.filter((site) => !off.includes(site))))
    const silent = (t: number) => lost(faults, t).filter((site) => site.kind === 'bts').length
    expect(silent(START + HOUR)).toBe(0)
    expect(silent(START + 6.5 * HOUR)).toBeGreaterThan(10)
  })

  it('has a past with cuts, flaps, a flood and flat batteries, all of it over', () => {
    const faults = pastFaults(topology, 1, START - 7 * 24 * HOUR, START)
    expect(new Set(faults.map((fault) => fault.kind))).toEqual(new Set(['cut', 'flap', 'mains-off', 'flood', 'crowd']))
    expect(lost(faults, START)).toEqual([])
  })

  it('passes the schema of the catalogue with every site', () => {
    const schemas = Object.fromEntries(KINDS.map((kind) => [kind, payloadSchema(catalogue, kind)]))
    const ink = createInk()
    const city = createCity(inventory, 1)
    for (const faults of [[], faultsOf('flood'), faultsOf('sensor-storm')]) {
      const story = tellCity(city, faults)
      for (const t of [START, START + 2 * HOUR, START + 13 * HOUR])
        for (const [i, { id, kind }] of inventory.sites.entries()) {
          ink.at = 0
          story.tell(i, t, ink)
          const text = ink.bytes.toString('latin1', 0, ink.at)
          expect(schemas[kind]?.safeParse(JSON.parse(text)).success, `${id} ${text}`).toBe(true)
        }
    }
  })
})
