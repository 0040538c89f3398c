import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { Aedes } from 'aedes'
import mqtt, { type MqttClient } from 'mqtt'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClock } from '../../domain/clock.ts'
import { scenariosSchema } from '../../domain/live.ts'
import { CONTROL_SCENARIO, CONTROL_SCENARIOS } from '../../domain/topic.ts'
import { type Fleet, type FleetOptions, startFleet } from '../../simulators/main.ts'
import { fixtureInventory } from './fixture.ts'

const log = pino({ level: 'silent' })
const inventory = fixtureInventory()
const SPUR_BEHIND: Record<string, string[]> = { p1: ['P1', 'P2', 'B6', 'B7', 'B8'], p2: ['P2', 'B7', 'B8'] }

/** A real broker, and an ear for all that is published on it. */
let broker: Aedes
let server: Server
let url: string
let ear: MqttClient
let heard: { topic: string; payload: string }[]
let fleets: Fleet[]

beforeEach(async () => {
  broker = await Aedes.createBroker()
  server = createServer(broker.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  heard = []
  fleets = []
  ear = await mqtt.connectAsync(url, { clientId: 'ear' })
  ear.on('message', (topic, payload) => heard.push({ topic, payload: payload.toString() }))
  await ear.subscribeAsync('pq/v1/#', { qos: 1 })
})

afterEach(async () => {
  await Promise.all(fleets.map((fleet) => fleet.stop()))
  await ear.endAsync(true)
  await new Promise<void>((resolve) => broker.close(() => resolve()))
  await new Promise((resolve) => server.close(resolve))
})

async function begin(more: Partial<FleetOptions> = {}, scale = 1): Promise<Fleet> {
  const clock = createClock({ realMs: Date.now(), platformMs: Date.now(), scale })
  const account = { url, username: 'fleet', password: 'secret' }
  const fleet = await startFleet({ inventory, mqtt: account, clock, log, seed: 7, ...more })
  fleets.push(fleet)
  return fleet
}

async function until(reached: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!reached()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const statuses = (id: string) => heard.filter((m) => m.topic.endsWith(`/${id}/status`)).map((m) => m.payload)
const telemetry = (id: string) =>
  heard.filter((m) => m.topic.endsWith(`/${id}/telemetry`)).map((m) => JSON.parse(m.payload))
const command = (name: string, action: 'start' | 'stop') =>
  ear.publishAsync(CONTROL_SCENARIO, JSON.stringify({ name, action }), { qos: 1 })
const lastStatuses = () => {
  const last = heard.findLast((m) => m.topic === CONTROL_SCENARIOS && m.payload !== '')
  return last ? scenariosSchema.parse(JSON.parse(last.payload)) : []
}

describe('the fleet', () => {
  it('connects a device for each site under its own id, says online and sends a reading at once', async () => {
    const fleet = await begin()
    const { length } = inventory.sites
    await until(() => fleet.counters.connected === length && fleet.counters.acknowledged >= length, 'all devices')
    await until(() => inventory.sites.every(({ id }) => telemetry(id).length > 0), 'all telemetry')
    for (const { id } of inventory.sites) expect(statuses(id)).toEqual(['online'])
    expect(broker.connectedClients).toBe(length + 2) // the ear and the fleet's own connection
    expect(Math.abs(telemetry('B1')[0].ts - Date.now())).toBeLessThan(15_000)
    expect(fleet.counters.rejected + fleet.counters.connectionErrors).toBe(0)
  })

  it('keeps each interval on the clock that it is given', async () => {
    await begin({}, 60)
    await until(() => telemetry('F1').length >= 5, 'five readings of F1')
    const times = telemetry('F1').flatMap((payload) => [payload].flat().map((reading) => reading.ts as number))
    const phase = (times.at(-1) as number) % 30_000
    const off = times.filter((ts) => ts % 30_000 !== phase)
    expect(off.length, 'only what it says on connecting lies beside the grid').toBeLessThanOrEqual(1)
    expect(new Set(times).size).toBe(times.length)
  })

  it('loses the devices behind a cut without a word, so that their Will speaks, and both ends see it dark', async () => {
    const fleet = await begin({}, 60)
    await until(() => fleet.counters.connected === inventory.sites.length, 'all devices')
    await command('fibre-cut', 'start')
    await until(() => statuses('B7').includes('offline'), 'the Will of B7')
    const cut = lastStatuses().find((scenario) => scenario.name === 'fibre-cut')
    expect(cut?.running).toBe(true)
    const darkAt = (id: string, span: string) =>
      telemetry(id)
        .flat()
        .some((r) => r.links?.[span]?.link_up === false)
    await until(() => darkAt('F3', 'p1') || darkAt('P1', 'p2'), 'the near end in the dark')
    const span = darkAt('F3', 'p1') ? 'p1' : 'p2'
    const behind = SPUR_BEHIND[span] as string[]
    await until(() => behind.every((id) => statuses(id).at(-1) === 'offline'), 'the Wills of all behind the cut')
    expect(statuses('B1')).toEqual(['online'])

    // The city's time is told by a node that is not cut off: B7 has missed two of its minutes by then.
    const cutAt = (cut?.startedAt ?? 0) + 30_000
    const cityTime = () => Math.max(0, ...telemetry('F1').flatMap((p) => [p].flat().map((r) => r.ts as number)))
    await until(() => cityTime() > cutAt + 180_000, 'three minutes behind the cut')
    const before = telemetry('B7').length
    await command('fibre-cut', 'stop')
    await until(() => behind.every((id) => statuses(id).at(-1) === 'online'), 'all back')
    await until(() => telemetry('B7').slice(before).some(Array.isArray), 'the backlog of B7')
    await until(() => fleet.counters.delivered === fleet.counters.stored, 'everything delivered')
    const stored = telemetry('B7').slice(before).filter(Array.isArray).flat()
    expect(stored.length).toBeGreaterThan(1)
    expect(stored.every((reading: { ts: number }) => reading.ts >= cutAt - 60_000)).toBe(true)
    const farEnd = span === 'p1' ? 'P1' : 'P2'
    await until(() => darkAt(farEnd, span), 'the far end telling afterwards that it was dark')
    expect(fleet.counters.dropped).toBe(0)
  })

  it('comes back by itself when the broker has dropped it, and loses no reading', async () => {
    const fleet = await begin({ rate: 200 })
    await until(() => fleet.counters.connected === inventory.sites.length, 'all devices')
    for (const client of Object.values((broker as unknown as { clients: Record<string, { close(): void }> }).clients))
      if (inventory.sites.some((site) => site.id === (client as unknown as { id: string }).id)) client.close()
    await until(() => fleet.counters.stored > 0, 'readings kept')
    await until(() => fleet.counters.connected === inventory.sites.length, 'all devices again')
    await until(() => fleet.counters.delivered >= fleet.counters.stored, 'all delivered')
    expect(fleet.counters.dropped).toBe(0)
  })

  it('starts a scenario with itself, and a small fleet speaks first for the sites that the scenario touches', async () => {
    const fleet = await begin({ scenario: 'fibre-cut', devices: 5 })
    await until(() => fleet.counters.connected === 5, 'five devices')
    expect(broker.connectedClients).toBe(7)
    expect(statuses('P1').length + statuses('P2').length).toBeGreaterThan(0)
    await until(() => lastStatuses().some((s) => s.name === 'fibre-cut' && s.running), 'the status')
  })

  it('lists all scenarios retained, and takes its word back when it stops', async () => {
    const fleet = await begin({ devices: 1 })
    await until(() => lastStatuses().length === 10, 'the scenarios')
    await command('no-such-scenario', 'start')
    await ear.publishAsync(CONTROL_SCENARIO, 'not json', { qos: 1 })
    await command('crowd', 'start')
    await until(() => lastStatuses().some((s) => s.name === 'crowd' && s.running), 'crowd')
    await fleet.stop()
    await until(() => heard.findLast((m) => m.topic === CONTROL_SCENARIOS)?.payload === '', 'the empty word')
    const id = heard.find((m) => m.topic.endsWith('/status'))?.topic.split('/')[3] ?? ''
    expect(statuses(id)).toEqual(['online']) // a goodbye, not a Will
  })

  it('refuses to run beside another fleet, and not for the word of one that is gone', async () => {
    await ear.publishAsync(CONTROL_SCENARIOS, '[]', { qos: 1, retain: true })
    await begin({ devices: 1 })
    await expect(begin({ devices: 1 })).rejects.toMatchObject({ name: 'FleetRunningError', userMessage: true })
  })

  it('refuses an inventory without demonstration sites', async () => {
    const own = { ...inventory, sites: inventory.sites.map((site) => ({ ...site, demonstration: false })) }
    await expect(begin({ inventory: own })).rejects.toThrow(/demonstration/)
  })
})
