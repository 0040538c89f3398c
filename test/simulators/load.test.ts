import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeDecimal, writeTs } from '../../simulators/digits.ts'
import { createHistogram, percentile, record } from '../../simulators/histogram.ts'
import { type LoadDevice, startLoad } from '../../simulators/load.ts'
import { publishTemplate } from '../../simulators/load-packets.ts'

const FIRST_TS = 1_795_000_000_000
let broker: Aedes
let server: Server
let port: number
let published: { topic: string; ts: number }[]

beforeEach(async () => {
  published = []
  broker = await Aedes.createBroker()
  broker.on('publish', (packet, client) => {
    if (client) published.push({ topic: packet.topic, ts: JSON.parse(packet.payload.toString()).ts })
  })
  server = createServer(broker.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterEach(async () => {
  await new Promise<void>((resolve) => broker.close(() => resolve()))
  await new Promise((resolve) => server.close(resolve))
})

const devices = (count: number): LoadDevice[] =>
  Array.from({ length: count }, (_, i) => ({
    clientId: `L${i}`,
    topic: `pq/v1/sensor/L${i}/telemetry`,
    payload: '{"ts":0000000000000,"m":{"tide_m":1.25}}',
  }))
const base = { host: '127.0.0.1', inFlight: 20, firstTs: FIRST_TS }

describe('the load generator', () => {
  it.each([0, 1] as const)('publishes each message once with its own ts at QoS %i', async (qos) => {
    const load = await startLoad({ ...base, port, devices: devices(4), qos, messages: 1000 })
    const result = await load.done
    expect(result).toMatchObject({ sent: 1000, acknowledged: 1000, lost: 0 })
    while (published.length < 1000) await new Promise((resolve) => setImmediate(resolve))
    expect(new Set(published.map(({ topic, ts }) => `${topic} ${ts}`)).size).toBe(1000)
    expect(Math.min(...published.map(({ ts }) => ts))).toBe(FIRST_TS)
    if (qos === 1) expect(result.latencyMs.p99).toBeGreaterThan(0)
  })

  it('tells each acknowledged message by device and ts', async () => {
    const acknowledged = new Set<string>()
    const onAcknowledged = (device: number, ts: number) =>
      void acknowledged.add(`pq/v1/sensor/L${device}/telemetry ${ts}`)
    const load = await startLoad({ ...base, port, devices: devices(3), qos: 1, messages: 300, onAcknowledged })
    await load.done
    expect(acknowledged).toEqual(new Set(published.map(({ topic, ts }) => `${topic} ${ts}`)))
  })

  it('keeps its pace', async () => {
    const load = await startLoad({ ...base, port, devices: devices(5), qos: 1, ratePerSecond: 500, messages: 500 })
    const result = await load.done
    expect(result.elapsedMs).toBeGreaterThan(900)
    expect(result.elapsedMs).toBeLessThan(2500)
    const of = (i: number) => published.filter(({ topic }) => topic.includes(`L${i}/`)).length
    expect(Math.min(...[0, 1, 2, 3, 4].map(of))).toBeGreaterThan(60)
  })

  it('says how much was acknowledged when it is stopped, and that the broker hung up', async () => {
    const load = await startLoad({ ...base, port, devices: devices(2), qos: 1 })
    while (published.length < 200) await new Promise((resolve) => setImmediate(resolve))
    const result = await load.stop()
    expect(result.acknowledged).toBe(result.sent)
    const other = await startLoad({ ...base, port, devices: devices(2), qos: 1 })
    await new Promise<void>((resolve) => broker.close(() => resolve()))
    expect((await other.done).lost).toBe(2)
  })

  it('is refused by a broker that does not know it, in words', async () => {
    broker.authenticate = (_client, _username, _password, done) => done(null, false)
    await expect(startLoad({ ...base, port, devices: devices(1), qos: 1 })).rejects.toThrow(/L0: CONNACK code 5/)
  })
})

describe('its parts', () => {
  it('reassemble acknowledgements that arrive in pieces', async () => {
    const sockets: Socket[] = []
    const slow = createServer((socket) => {
      sockets.push(socket)
      let connected = false
      socket.on('data', () => {
        if (connected) return
        connected = true
        socket.write(Buffer.from([0x20, 2, 0, 0]))
        setTimeout(() => socket.write(Buffer.from([0x40, 2, 0])), 20)
        setTimeout(() => socket.write(Buffer.from([1, 0x40, 2, 0, 2])), 40)
      })
    })
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const at = (slow.address() as AddressInfo).port
    const load = await startLoad({ ...base, port: at, devices: devices(1), qos: 1, inFlight: 2, messages: 2 })
    expect((await load.done).acknowledged).toBe(2)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => slow.close(resolve))
  })

  it('patch the digits of ts in place', () => {
    const { bytes, tsAt } = publishTemplate('a/b', '{"é":1,"ts":0000000000000}', 1)
    for (const ts of [FIRST_TS, 1_000_000_000_000, 9_999_999_999_999, 1_795_009_999_999]) {
      writeTs(bytes, tsAt, ts)
      expect(bytes.toString('utf8')).toContain(`"ts":${ts}}`)
    }
  })

  it('write decimals as JSON numbers of the same value', () => {
    const bytes = Buffer.alloc(32)
    for (const decimals of [0, 1, 2, 3])
      for (const steps of [0, 1, -1, 9, 10, 99, 100, -975, 1234, -99_999, 200_000_000, -2_000_000_001]) {
        const end = writeDecimal(bytes, 0, steps, 10 ** decimals, decimals)
        expect(JSON.parse(bytes.toString('latin1', 0, end))).toBe(steps / 10 ** decimals)
      }
  })

  it('count durations to five per cent', () => {
    const histogram = createHistogram()
    for (let ms = 1; ms <= 1000; ms++) record(histogram, ms)
    expect(percentile(histogram, 0.5) / 500).toBeCloseTo(1, 1)
    expect(percentile(histogram, 0.99) / 990).toBeCloseTo(1, 1)
    expect(percentile(histogram, 1)).toBe(1000)
  })
})
