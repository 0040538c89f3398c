import { describe, expect, it } from 'vitest'
import { catalogue } from '../../domain/catalogue.ts'
import { payloadSchema } from '../../domain/reading.ts'
import { KINDS } from '../../domain/words.ts'
import { createCity, tellCity } from '../../simulators/city.ts'
import { createInk } from '../../simulators/ink.ts'
import { makePast, type PastPacket } from '../../simulators/past.ts'
import { pastFaults } from '../../simulators/past-faults.ts'
import { createTopology } from '../../simulators/topology.ts'
import { createTimeline } from '../../simulators/world.ts'
import { fixtureInventory } from './fixture.ts'

const DAY = 86_400_000
const TO = Date.UTC(2026, 10, 24, 9)
const FROM = TO - 7 * DAY
const STEP = 300_000

const inventory = fixtureInventory()
const options = { inventory, seed: 7, fromMs: FROM, toMs: TO, stepMs: STEP }
const textOf = (packet: PastPacket) => Buffer.from(packet.payload).toString('latin1')

describe('the past', () => {
  const chunks = [...makePast(options)]
  const packets = chunks.flatMap((chunk) => chunk.packets)

  it('comes in order of time with rising progress, and ends at 1', () => {
    for (const [i, packet] of packets.entries())
      if (i > 0) expect(packet.receivedAt).toBeGreaterThanOrEqual(packets[i - 1]?.receivedAt ?? 0)
    const progress = chunks.map((chunk) => chunk.done)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(progress.at(-1)).toBe(1)
  })

  it('has about one reading a site in each step, but for the faults', () => {
    const readings = packets.length
    const all = inventory.sites.length * ((TO - FROM) / STEP)
    expect(readings).toBeGreaterThan(0.9 * all)
    expect(readings).toBeLessThan(all)
  })

  it('passes the schema of the catalogue', () => {
    const schemas = Object.fromEntries(KINDS.map((kind) => [kind, payloadSchema(catalogue, kind)]))
    const arrays = packets.filter((packet) => packet.payload[0] === 91)
    const sampled = [...packets.filter((_, i) => i % 53 === 0), ...arrays]
    for (const packet of sampled)
      expect(schemas[packet.kind]?.safeParse(JSON.parse(textOf(packet))).success, textOf(packet)).toBe(true)
  })

  it('is the very same for the same seed, and another for another', () => {
    const day = { ...options, fromMs: TO - DAY }
    const bytes = (seed: number) =>
      [...makePast({ ...day, seed })].map((c) => c.packets.map(textOf).join('\n')).join('\n')
    const once = bytes(7)
    expect(bytes(7) === once).toBe(true)
    expect(bytes(8) === once).toBe(false)
  })

  it('joins the present: the signals of the live fleet at the same instant are the same bytes', () => {
    const story = tellCity(createCity(inventory, 7), [])
    const ink = createInk()
    const last = packets.slice(-200).filter((packet) => packet.payload[0] !== 91)
    for (const packet of last) {
      const { ts } = JSON.parse(textOf(packet))
      ink.at = 0
      story.tell(
        inventory.sites.findIndex((site) => site.id === packet.siteId),
        ts,
        ink,
      )
      expect(ink.bytes.toString('latin1', 0, ink.at)).toBe(textOf(packet))
    }
    expect(last.length).toBeGreaterThan(100)
  })

  it('has faults of several kinds, none of which reaches into the present', () => {
    const faults = pastFaults(createTopology(inventory), 7, FROM, TO)
    expect(new Set(faults.map((fault) => fault.kind))).toEqual(new Set(['cut', 'flap', 'mains-off', 'flood', 'crowd']))
    expect(faults.filter((fault) => fault.kind === 'cut').length).toBeGreaterThanOrEqual(3)
    for (const fault of faults) expect(fault.toMs).toBeLessThan(TO)
  })

  it('is silent behind a cut, and some devices deliver what they kept', () => {
    const topology = createTopology(inventory)
    const timeline = createTimeline(topology, pastFaults(topology, 7, FROM, TO))
    for (const packet of packets) {
      const world = timeline.at(packet.receivedAt - 180)
      expect(world.reachable[topology.siteIndex.get(packet.siteId) ?? -1]).toBe(1)
    }
    const late = packets.filter((packet) => packet.payload[0] === 91)
    expect(late.length).toBeGreaterThan(0)
    expect(Math.max(...late.map((packet) => JSON.parse(textOf(packet)).length))).toBeGreaterThan(10)
  })

  it('lets the batteries of one feeder run flat', () => {
    const topology = createTopology(inventory)
    const faults = pastFaults(topology, 7, FROM, TO)
    const timeline = createTimeline(topology, faults)
    const dead = faults.some((fault) => fault.kind === 'mains-off' && timeline.at(fault.toMs - 1000).dead.includes(1))
    expect(dead).toBe(true)
  })
})
