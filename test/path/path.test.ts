import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import mqtt from 'mqtt'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needDebian } from '../harness/debian.ts'
import { newDataDir, removeData, runCli, startTestPlatform, type TestPlatform } from '../harness/platform.ts'
import { until } from '../harness/until.ts'

const run = promisify(execFile)
const mosquitto = await needDebian('mosquitto-clients')

interface Credential {
  siteId: string
  username: string
  password: string
  topic: string
}

interface FeedSite {
  id: string
  state: string
  at: number | null
  values: Record<string, unknown>
}

let platform: TestPlatform
let dataDir: string
const sockets: Socket[] = []

beforeAll(async () => {
  dataDir = await newDataDir()
  platform = await startTestPlatform({ dataDir })
})

afterAll(async () => {
  for (const socket of sockets) socket.disconnect()
  await platform?.stop()
  await removeData(dataDir)
})

async function getJson<T>(path: string): Promise<T> {
  const answer = await fetch(`${platform.httpUrl}/api/v1${path}`)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

/** A sensor that carries a metric, taken from the inventory as a user would find it. */
async function siteMeasuring(metric: string): Promise<string> {
  const { features } = await getJson<{ features: { id: string }[] }>('/sites?kind=sensor')
  for (const { id } of features) {
    const site = await getJson<{ properties: { measures?: string[] } }>(`/sites/${id}`)
    if (site.properties.measures?.includes(metric)) return id
  }
  throw new Error(`no sensor measures ${metric}`)
}

async function credential(siteId: string): Promise<Credential> {
  const { stdout, stderr, code } = await runCli('devices', ['credential', siteId, '--json'], platform.env)
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Credential
}

async function watch(): Promise<{ seen: FeedSite[]; socket: Socket }> {
  const socket = io(platform.httpUrl, { transports: ['websocket'] })
  sockets.push(socket)
  const seen: FeedSite[] = []
  socket.on('delta', (delta: { sites: FeedSite[] }) => seen.push(...delta.sites))
  const snapshot = (await socket.emitWithAck('watch', {})) as { seq: number; sites: FeedSite[] }
  expect(snapshot.sites.length).toBeGreaterThan(900)
  return { seen, socket }
}

async function storedValues(siteId: string, metric: string): Promise<(number | null)[]> {
  const series = await getJson<{ mean: (number | null)[] }>(
    `/sites/${siteId}/series?metric=${metric}&from=-10m&to=%2B1m&bucket=raw`,
  )
  return series.mean
}

describe('a device publishes, the operator sees it, the planner finds it later', () => {
  it.skipIf(typeof mosquitto !== 'string')(
    'a reading by mosquitto_pub reaches the feed, REST and the store',
    async () => {
      const siteId = await siteMeasuring('pm2_5_ug_m3')
      const { username, password, topic } = await credential(siteId)
      const { seen } = await watch()
      await run(mosquitto as string, [
        ...['-h', '127.0.0.1', '-p', String(platform.mqttPort), '-u', username, '-P', password, '-q', '1', '-t', topic],
        ...['-m', JSON.stringify({ m: { pm2_5_ug_m3: 41.5 } })],
      ])
      const change = await until(
        () => seen.find((s) => s.id === siteId && s.values['pm2_5_ug_m3'] === 41.5),
        'the delta',
      )
      expect(change.state).toBe('ok')
      const latest = await until(
        async () =>
          (
            await getJson<{ properties: { latest: Record<string, { value: number; stale: boolean }> } }>(
              `/sites/${siteId}`,
            )
          ).properties.latest['pm2_5_ug_m3'],
        'the latest value by REST',
      )
      expect(latest).toMatchObject({ value: 41.5, stale: false })
      expect(
        await until(
          async () => (await storedValues(siteId, 'pm2_5_ug_m3')).length > 0 && storedValues(siteId, 'pm2_5_ug_m3'),
          'the stored row',
        ),
      ).toEqual([41.5])
    },
    30_000,
  )

  it('a reading by mqtt.js that is sent twice is stored once, and a bad one is answered', async () => {
    const siteId = await siteMeasuring('noise_dba')
    const { username, password, topic } = await credential(siteId)
    const client = await mqtt.connectAsync(platform.mqttUrl, {
      username,
      password,
      clientId: siteId,
      reconnectPeriod: 0,
    })
    try {
      const rejected: { reason: string; path?: string; message: { vi: string; en: string } }[] = []
      client.on('message', (_topic, payload) => rejected.push(JSON.parse(String(payload)) as (typeof rejected)[number]))
      await client.subscribeAsync(topic.replace(/telemetry$/, 'rejected'), { qos: 1 })
      const reading = JSON.stringify({ ts: Date.now() - 1000, m: { noise_dba: 61.5 } })
      await client.publishAsync(topic, reading, { qos: 1 })
      await client.publishAsync(topic, reading, { qos: 1 })
      await client.publishAsync(topic, reading, { qos: 2 })
      await client.publishAsync(topic, JSON.stringify({ m: { noise_dba: 900 } }), { qos: 1 })
      const answer = await until(() => rejected[0], 'the answer on rejected')
      expect(answer).toMatchObject({ reason: 'out-of-range', path: 'm.noise_dba' })
      expect(answer.message.vi).not.toBe('')
      await until(async () => (await storedValues(siteId, 'noise_dba')).length > 0, 'the stored row')
      expect(await storedValues(siteId, 'noise_dba')).toEqual([61.5])
      const refusals = await getJson<{ items: { reason: string }[] }>(`/devices/${siteId}/refusals`)
      expect(refusals.items[0]).toMatchObject({ reason: 'out-of-range' })
    } finally {
      await client.endAsync(true)
    }
  }, 30_000)

  it('a device that goes without a word is down by its Last Will, and a reading brings it back', async () => {
    const siteId = await siteMeasuring('bin_fill_pct')
    const { username, password, topic } = await credential(siteId)
    const { seen } = await watch()
    const status = topic.replace(/telemetry$/, 'status')
    const connect = () =>
      mqtt.connectAsync(platform.mqttUrl, {
        username,
        password,
        clientId: siteId,
        reconnectPeriod: 0,
        will: { topic: status, payload: Buffer.from('offline'), qos: 1, retain: true },
      })
    const first = await connect()
    await first.publishAsync(status, 'online', { qos: 1, retain: true })
    await first.publishAsync(topic, JSON.stringify({ m: { bin_fill_pct: 12 } }), { qos: 1 })
    await until(() => seen.find((s) => s.id === siteId && s.state === 'ok'), 'the site to be ok')
    first.stream.destroy()
    await until(() => seen.find((s) => s.id === siteId && s.state === 'down'), 'the site to be down')
    seen.length = 0
    const second = await connect()
    await second.publishAsync(topic, JSON.stringify({ m: { bin_fill_pct: 13 } }), { qos: 1 })
    await until(() => seen.find((s) => s.id === siteId && s.state === 'ok'), 'the site to be back')
    await second.endAsync()
  }, 30_000)

  it('a second start shows what the first one stored, and SIGTERM ends with 0', async () => {
    const siteId = await siteMeasuring('noise_dba')
    const before = await storedValues(siteId, 'noise_dba')
    expect(before).toHaveLength(1)
    for (const socket of sockets.splice(0)) socket.disconnect()
    expect(await platform.stop()).toBe(0)
    platform = await startTestPlatform({ dataDir })
    expect(await storedValues(siteId, 'noise_dba')).toEqual(before)
    const { properties } = await getJson<{ properties: { latest: Record<string, { value: number }> } }>(
      `/sites/${siteId}`,
    )
    expect(properties.latest['noise_dba']?.value).toBe(61.5)
  }, 60_000)
})
