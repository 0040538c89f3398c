import { describe, expect, it } from 'vitest'
import { catalogue } from '../../domain/catalogue.ts'
import { payloadSchema } from '../../domain/reading.ts'
import { KINDS } from '../../domain/words.ts'
import { createCity, tellCity } from '../../simulators/city.ts'
import type { Fault } from '../../simulators/faults.ts'
import { createInk } from '../../simulators/ink.ts'
import { autonomyMs, dcVolts, outageOf } from '../../simulators/power.ts'
import { findScenario } from '../../simulators/scenarios.ts'
import { tideAt } from '../../simulators/tide.ts'
import { rainRate, skyAt } from '../../simulators/weather.ts'
import { fixtureInventory } from './fixture.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Monday 2026-11-16 00:00 in Phú Quốc. */
const MONDAY = Date.UTC(2026, 10, 15, 17)

const inventory = fixtureInventory()
const indexOf = (id: string) => inventory.sites.findIndex((site) => site.id === id)

function reader(faults: Fault[] = [], seed = 7) {
  const story = tellCity(createCity(inventory, seed), faults)
  const ink = createInk()
  return (id: string, t: number): string => {
    ink.at = 0
    story.tell(indexOf(id), t, ink)
    return ink.bytes.toString('latin1', 0, ink.at)
  }
}

const parsed = (text: string) => JSON.parse(text)

describe('signals', () => {
  it('are the very same bytes for the same seed, in whatever order they are asked for', () => {
    const times = Array.from({ length: 40 }, (_, i) => MONDAY + i * 37 * 60_000)
    const forward = reader()
    const backward = reader()
    const ids = inventory.sites.map((site) => site.id)
    const ahead = times.flatMap((t) => ids.map((id) => forward(id, t)))
    const back = times.toReversed().flatMap((t) => ids.toReversed().map((id) => backward(id, t)))
    expect(back.reverse()).toEqual(ahead)
  })

  it('differ for another seed', () => {
    expect(reader([], 1)('B1', MONDAY)).not.toBe(reader([], 2)('B1', MONDAY))
  })

  it('pass the schema of the catalogue for every site over a whole week, also in every scenario', () => {
    const schemas = Object.fromEntries(KINDS.map((kind) => [kind, payloadSchema(catalogue, kind)]))
    const city = createCity(inventory, 7)
    const names = ['flood', 'sensor-storm', 'crowd', 'sea-cable-loss', 'double-ring-cut', 'backhaul-flap']
    const faults = names.flatMap((name) => findScenario(name).faults(city.topology, 7, MONDAY + 3 * DAY))
    for (const story of [[], faults].map((list) => reader(list)))
      for (let t = MONDAY; t < MONDAY + 7 * DAY; t += 97 * 60_000)
        for (const { id, kind } of inventory.sites) {
          const text = story(id, t)
          const result = schemas[kind]?.safeParse(parsed(text))
          expect(result?.success, `${id} ${text}`).toBe(true)
        }
  })

  it('report what the site has: its sectors, its spans, its measures and nothing else', () => {
    const read = reader()
    const bts = parsed(read('B1', MONDAY))
    expect(Object.keys(bts.sectors)).toHaveLength(9)
    expect(Object.keys(bts.sectors['4g-1'])).toContain('prb_util_pct')
    expect(Object.keys(bts.sectors['3g-1'])).not.toContain('prb_util_pct')
    expect(Object.keys(parsed(read('F3', MONDAY)).links).sort()).toEqual(['p1', 's23', 's34'])
    for (const site of inventory.sites)
      if (site.kind === 'sensor')
        expect(Object.keys(parsed(read(site.id, MONDAY)).m).every((name) => site.measures.includes(name))).toBe(true)
  })

  it('are rounded to the decimals of the catalogue', () => {
    const text = reader()('B1', MONDAY + 3 * HOUR)
    for (const [, name, digits] of text.matchAll(/"(\w+)":-?\d+(?:\.(\d+))?/g)) {
      const metric = catalogue.find('bts', name as string)
      if (metric) expect((digits ?? '').length, `${name} in ${text}`).toBeLessThanOrEqual(metric.decimals ?? 0)
    }
  })

  it('give base stations their evening and their night', () => {
    const read = reader()
    const users = (t: number) => {
      const sectors = Object.values(parsed(read('B2', t)).sectors) as { users: number }[]
      return sectors.reduce((sum, sector) => sum + sector.users, 0)
    }
    expect(users(MONDAY + 20 * HOUR)).toBeGreaterThan(3 * users(MONDAY + 3.5 * HOUR))
  })

  it('open offices by day and on weekdays only', () => {
    const read = reader()
    const at = (t: number) => parsed(read('V-one-stop-1', t)).m
    expect(at(MONDAY + 9 * HOUR).sessions).toBeGreaterThan(2)
    expect(at(MONDAY + 22 * HOUR).sessions).toBe(0)
    expect(at(MONDAY + 6 * DAY + 9 * HOUR).transactions).toBe(0)
  })

  it('light street lamps by night, at about their nominal power', () => {
    const read = reader()
    const lamp = (t: number) => parsed(read('S3', t)).m.streetlight_power_w
    expect(lamp(MONDAY + 20 * HOUR)).toBeGreaterThan(120)
    expect(lamp(MONDAY + 20 * HOUR)).toBeLessThan(160)
    expect(lamp(MONDAY + 12 * HOUR)).toBeLessThan(10)
  })

  it('move smoothly: no jump between neighbouring minutes', () => {
    const read = reader()
    for (let t = MONDAY; t < MONDAY + DAY; t += 60_000) {
      const [a, b] = [parsed(read('B1', t)), parsed(read('B1', t + 60_000))]
      expect(Math.abs(a.m.dc_voltage_v - b.m.dc_voltage_v)).toBeLessThan(0.5)
      expect(Math.abs(a.sectors['4g-1'].rsrp_p50_dbm - b.sectors['4g-1'].rsrp_p50_dbm)).toBeLessThan(1.5)
    }
  })
})

describe('tides and weather', () => {
  const hours = Array.from({ length: 30 * 24 }, (_, i) => MONDAY + i * HOUR)

  it('keep the tide within what the Gulf of Thailand knows, with one high water on most days', () => {
    const levels = hours.map(tideAt)
    expect(Math.min(...levels)).toBeGreaterThan(0)
    expect(Math.max(...levels)).toBeLessThan(1.8)
    expect(Math.max(...levels) - Math.min(...levels)).toBeGreaterThan(0.6)
    const highs = levels.filter((level, i) => i > 0 && level > (levels[i - 1] ?? 9) && level >= (levels[i + 1] ?? 9))
    expect(highs.length / 30).toBeLessThan(1.7)
    expect(highs.length / 30).toBeGreaterThan(0.8)
  })

  it('keep the air between 20 and 36 degrees and rain more in the monsoon', () => {
    const rainOf = (fromMs: number) =>
      Array.from({ length: 60 * 24 }, (_, i) => rainRate(3, 1, fromMs + i * HOUR)).reduce((sum, mm) => sum + mm, 0)
    for (const t of hours) {
      const sky = skyAt(3, 1, t)
      expect(sky.temperatureC).toBeGreaterThan(20)
      expect(sky.temperatureC).toBeLessThan(36)
      expect(sky.rainRate).toBeGreaterThanOrEqual(0)
    }
    expect(rainOf(Date.UTC(2026, 6, 1))).toBeGreaterThan(1.3 * rainOf(Date.UTC(2026, 0, 1)))
  })
})

describe('a mains failure', () => {
  const site = inventory.sites[indexOf('B3')]
  if (!site) throw new Error('the fixture lost B3')
  const outage = outageOf(site, MONDAY, MONDAY + 10 * HOUR, 0)

  it('discharges the battery over its autonomy, ever lower, then silences the site', () => {
    expect(outage.deadMs).toBe(MONDAY + autonomyMs(site))
    const volts = Array.from({ length: 40 }, (_, i) => dcVolts(outage, MONDAY + (i * 4 * HOUR) / 40))
    for (const [i, v] of volts.entries()) if (i > 0) expect(v).toBeLessThanOrEqual(volts[i - 1] as number)
    expect(volts[20]).toBeGreaterThan(48)
    expect(dcVolts(outage, outage.deadMs)).toBeLessThan(43.5)
  })

  it('charges it again afterwards, up to the float voltage', () => {
    expect(dcVolts(outage, outage.onMs + 60_000)).toBeLessThan(53)
    expect(dcVolts(outage, outage.onMs + 8 * HOUR)).toBe(54)
  })
})
