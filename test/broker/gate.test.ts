import { afterEach, describe, expect, it } from 'vitest'
import type { JournalEntry, JournalWriter } from '../../store/journal/port.ts'
import { eventually, type Rig, type RigOptions, SECRETS, startRig, text } from './harness.ts'
import * as wire from './wire.ts'

const TELEMETRY = 'pq/v1/sensor/S1/telemetry'
const STATUS = 'pq/v1/sensor/S1/status'

let rig: Rig
afterEach(() => rig.close())

async function start(options: RigOptions = {}): Promise<void> {
  rig = await startRig(options)
  await rig.addDevice('S1')
}
async function signIn(o: wire.Connect = {}, account = 'S1') {
  const peer = await wire.dial(rig.port)
  peer.send(wire.connect({ username: account, password: `secret-of-${account}`, ...o }))
  const connack = await peer.next()
  expect([connack.type, connack.body[1]]).toEqual([2, 0])
  return peer
}
const idOf = ({ body }: wire.Received) => body.readUInt16BE(0)
const journalled = async (type: string) =>
  (await rig.entries()).filter((entry) => entry.type === type).map((entry) => text(entry.payload))

/** A journal whose disk answers when the test says so. */
function gated() {
  const held: (() => void)[] = []
  const taken: JournalEntry[] = []
  let open = false
  return {
    taken,
    release(): void {
      open = true
      for (const go of held.splice(0)) go()
    },
    wrap: (real: JournalWriter): JournalWriter => ({
      append(entry, done) {
        if (entry.type === 'connection') return real.append(entry, done)
        taken.push({ ...entry, payload: Uint8Array.from(entry.payload) })
        real.append(entry, (error) => (open ? done?.(error) : held.push(() => done?.(error))))
      },
      get durable() {
        return real.durable
      },
      usage: () => real.usage(),
      close: () => real.close(),
    }),
  }
}

/** A journal that is full for some entries. */
const refusing =
  (refuses: (entry: JournalEntry) => boolean) =>
  (real: JournalWriter): JournalWriter => ({
    append: (entry, done) =>
      refuses(entry) ? process.nextTick(() => done?.(new Error('full'))) : real.append(entry, done),
    get durable() {
      return real.durable
    },
    usage: () => real.usage(),
    close: () => real.close(),
  })

describe('the gate', () => {
  it('acknowledges QoS 1 and 2 only once they are on disk, QoS 0 not at all', async () => {
    const journal = gated()
    await start({ journal: journal.wrap })
    const peer = await signIn()
    peer.send(
      Buffer.concat([
        wire.publish(TELEMETRY, 'a', { qos: 1, id: 1 }),
        wire.publish(TELEMETRY, 'b', { qos: 2, id: 2 }),
        wire.publish(TELEMETRY, 'c'),
        wire.publish(STATUS, 'online', { qos: 1, id: 3 }),
      ]),
    )
    await eventually(() => journal.taken.length === 4)
    const other = await signIn({ clientId: 'other' })
    other.send(wire.pingreq)
    expect((await other.next()).type).toBe(13)
    expect(peer.socket.bytesRead).toBe(4)
    journal.release()
    const answers = [await peer.next(), await peer.next(), await peer.next()]
    expect(answers.map(({ type }) => type).sort()).toEqual([4, 4, 5])
    expect(answers.map(idOf).sort()).toEqual([1, 2, 3])
    peer.close()
    other.close()
  })

  it('keeps the order of a device and lets its receive times rise strictly', async () => {
    await start({ env: { PQ_MQTT_DEVICE_MESSAGES_PER_S: '0' } })
    const peer = await signIn()
    for (let i = 1; i <= 1000; i++) peer.send(wire.publish(TELEMETRY, String(i), { qos: 1, id: i }))
    for (let i = 1; i <= 1000; i++) expect(idOf(await peer.next())).toBe(i)
    const entries = (await rig.entries()).filter(({ siteId }) => siteId === 'S1')
    expect(entries.filter(({ type }) => type === 'telemetry').map(({ payload }) => Number(text(payload)))).toEqual(
      Array.from({ length: 1000 }, (_, i) => i + 1),
    )
    for (let i = 1; i < entries.length; i++) {
      expect(entries[i]?.receivedAt).toBeGreaterThan(entries[i - 1]?.receivedAt ?? 0)
    }
    peer.close()
  })

  it('ends the connection without an acknowledgement when the journal is full, and goes on when it is not', async () => {
    let full = true
    await start({ journal: refusing((entry) => full && entry.type !== 'connection') })
    for (const qos of [1, 2] as const) {
      const peer = await signIn()
      peer.send(wire.publish(TELEMETRY, 'x', { qos, id: 1 }))
      await expect(peer.next()).rejects.toThrow('ended')
    }
    full = false
    const peer = await signIn()
    peer.send(wire.publish(TELEMETRY, 'x', { qos: 2, id: 1 }))
    expect((await peer.next()).type).toBe(5)
    peer.close()
  })

  it.each([0, 1] as const)('retains no status of QoS %i that the journal did not take', async (qos) => {
    await start({ journal: refusing((entry) => text(entry.payload) === 'offline') })
    await rig.addIntegration('reader', ['pq/v1/#'], [])
    const peer = await signIn()
    peer.send(wire.publish(STATUS, 'online', { qos: 1, id: 1 }))
    await peer.next()
    peer.send(wire.publish(STATUS, 'offline', { qos, id: 2 }))
    peer.send(wire.pingreq)
    if (qos === 0) expect((await peer.next()).type).toBe(13)
    else await peer.ended
    const reader = await signIn({}, 'reader')
    reader.send(wire.subscribe(1, [STATUS, 0]))
    await reader.next()
    expect(text((await reader.next()).body)).toContain('online')
    reader.close()
    peer.close()
  })

  it('writes the Last Will as status, and connection events beside it', async () => {
    await start()
    const peer = await signIn({ will: { topic: STATUS, payload: 'offline', qos: 1 } })
    peer.send(wire.publish(STATUS, 'online', { qos: 1, id: 1, retain: true }))
    await peer.next()
    peer.close()
    await eventually(async () => (await journalled('connection')).length === 2)
    expect(await journalled('status')).toEqual(['online', 'offline'])
    const events = (await journalled('connection')).map((json) => JSON.parse(json))
    expect(events).toMatchObject([
      { event: 'connected', transport: 'tcp' },
      { event: 'disconnected', cause: 'connection lost' },
    ])
  })

  it('has no Last Will to write after a DISCONNECT', async () => {
    await start()
    const peer = await signIn({ will: { topic: STATUS, payload: 'offline' } })
    peer.send(wire.disconnect)
    await eventually(async () => (await journalled('connection')).length === 2)
    expect(await journalled('status')).toEqual([])
  })

  it.each(['S1', 'fleet'])('does not take a site for gone while %s is connected for it otherwise', async (account) => {
    rig = await startRig()
    await rig.addDevice('S1', true)
    const will = { topic: STATUS, payload: 'offline', qos: 1 }
    const stale = await signIn({ clientId: 'first', will })
    const back = await wire.dial(rig.port)
    const password = account === 'fleet' ? SECRETS.fleet : 'secret-of-S1'
    back.send(wire.connect({ username: account, password, clientId: 'S1', will }))
    expect((await back.next()).body[1]).toBe(0)
    back.send(wire.publish(STATUS, 'online', { qos: 1, id: 1 }))
    await back.next()
    stale.close()
    await eventually(async () => (await journalled('connection')).some((json) => json.includes('disconnected')))
    back.send(wire.publish(TELEMETRY, '{}', { qos: 1, id: 2 }))
    await back.next()
    expect(await journalled('status')).toEqual(['online'])
    await rig.addIntegration('reader', ['pq/v1/#'], [])
    const reader = await signIn({}, 'reader')
    reader.send(wire.subscribe(1, [STATUS, 0]))
    await reader.next()
    expect(text((await reader.next()).body)).toContain('online')
    reader.close()
    back.close()
    await eventually(async () => (await journalled('status')).length === 2)
    expect(await journalled('status')).toEqual(['online', 'offline'])
  })

  it('retains the two words of status however they are sent, and nothing else', async () => {
    await start()
    await rig.addIntegration('reader', ['pq/v1/#'], [])
    const peer = await signIn()
    peer.send(wire.publish(STATUS, 'online', { qos: 1, id: 1 }))
    peer.send(wire.publish(STATUS, 'asleep', { qos: 1, id: 2, retain: true }))
    peer.send(wire.publish(STATUS, '', { qos: 1, id: 3, retain: true }))
    peer.send(wire.publish(TELEMETRY, '{}', { qos: 1, id: 4, retain: true }))
    for (let i = 0; i < 4; i++) await peer.next()
    expect(await journalled('status')).toEqual(['online', 'asleep', ''])
    const reader = await signIn({}, 'reader')
    reader.send(wire.subscribe(1, ['pq/v1/#', 0]))
    expect((await reader.next()).type).toBe(9)
    const { first, body } = await reader.next()
    expect(first & 1).toBe(1)
    expect(text(body)).toContain('online')
    reader.send(wire.pingreq)
    expect((await reader.next()).type).toBe(13)
    peer.close()
    reader.close()
  })
})

describe('QoS 2', () => {
  it('writes a message once however often it comes before its PUBREL', async () => {
    await start()
    const peer = await signIn({ clean: false })
    for (const dup of [false, true, true]) {
      peer.send(wire.publish(TELEMETRY, 'once', { qos: 2, id: 5, dup }))
      expect([(await peer.next()).type, 5]).toEqual([5, 5])
    }
    peer.close()
    const again = await signIn({ clean: false })
    again.send(wire.publish(TELEMETRY, 'once', { qos: 2, id: 5, dup: true }))
    expect((await again.next()).type).toBe(5)
    for (let i = 0; i < 2; i++) {
      again.send(wire.pubrel(5))
      const pubcomp = await again.next()
      expect([pubcomp.type, idOf(pubcomp)]).toEqual([7, 5])
    }
    again.send(wire.publish(TELEMETRY, 'twice', { qos: 2, id: 5 }))
    expect((await again.next()).type).toBe(5)
    expect(await journalled('telemetry')).toEqual(['once', 'twice'])
    again.close()
  })

  it('forgets what was open when a session is clean', async () => {
    await start()
    const peer = await signIn()
    peer.send(wire.publish(TELEMETRY, 'one', { qos: 2, id: 5 }))
    await peer.next()
    peer.close()
    const again = await signIn()
    again.send(wire.publish(TELEMETRY, 'two', { qos: 2, id: 5 }))
    expect((await again.next()).type).toBe(5)
    expect(await journalled('telemetry')).toEqual(['one', 'two'])
    again.close()
  })

  it('bounds what waits for its PUBREL', async () => {
    await start({ env: { PQ_MQTT_QOS2_MESSAGES: '3' } })
    const peer = await signIn()
    for (let id = 1; id <= 3; id++) peer.send(wire.publish(TELEMETRY, 'x', { qos: 2, id }))
    for (let id = 1; id <= 3; id++) expect((await peer.next()).type).toBe(5)
    peer.send(wire.publish(TELEMETRY, 'x', { qos: 2, id: 4 }))
    await expect(peer.next()).rejects.toThrow('ended')
  })
})

describe('a device that is too fast', () => {
  it('is held back, not cut off, when it keeps to a window', async () => {
    await start({ env: { PQ_MQTT_DEVICE_MESSAGES_PER_S: '100', PQ_MQTT_DEVICE_BURST_MESSAGES: '20' } })
    const peer = await signIn()
    const started = Date.now()
    for (let i = 0; i < 60; i += 10) {
      for (let id = 1; id <= 10; id++) peer.send(wire.publish(TELEMETRY, 'x', { qos: 1, id }))
      for (let id = 1; id <= 10; id++) expect((await peer.next()).type).toBe(4)
    }
    expect(Date.now() - started).toBeGreaterThan(350)
    peer.close()
  })

  it('is cut off when it overruns its debt, and its neighbour notices nothing', async () => {
    await start({ env: { PQ_MQTT_DEVICE_MESSAGES_PER_S: '10', PQ_MQTT_DEVICE_BURST_MESSAGES: '10' } })
    await rig.addDevice('S2')
    const [fast, calm] = [await signIn(), await signIn({}, 'S2')]
    fast.send(Buffer.concat(Array.from({ length: 100 }, () => wire.publish(TELEMETRY, 'x'))))
    await fast.ended
    calm.send(wire.publish('pq/v1/sensor/S2/telemetry', 'y', { qos: 1, id: 1 }))
    expect((await calm.next()).type).toBe(4)
    expect((await journalled('telemetry')).filter((payload) => payload === 'x').length).toBeLessThanOrEqual(21)
    calm.close()
  })
})
