import fc from 'fast-check'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogue } from '../../domain/catalogue.ts'
import { payloadSchema } from '../../domain/reading.ts'
import { REFUSAL_CODES } from '../../domain/refusal.ts'
import { newDataDir, removeData, startTestPlatform, type TestPlatform } from '../harness/platform.ts'
import { until } from '../harness/until.ts'

/**
 * Whatever a device sends, the platform lives, answers each bad payload with a code of its list, counts
 * it, and serves the neighbours.
 */
const RUNS = 150

let dataDir: string
let platform: TestPlatform
let device: MqttClient
let neighbour: MqttClient
const topics: string[] = []
const answers: { reason: string; message: { vi: string; en: string } }[] = []

async function connect(siteId: string): Promise<MqttClient> {
  const answer = await fetch(`${platform.httpUrl}/api/v1/devices/${siteId}/credential`, { method: 'POST' })
  const { username, password, topic } = (await answer.json()) as { username: string; password: string; topic: string }
  topics.push(topic)
  return mqtt.connectAsync(platform.mqttUrl, { username, password, clientId: siteId, reconnectPeriod: 0 })
}

beforeAll(async () => {
  dataDir = await newDataDir()
  platform = await startTestPlatform({
    dataDir,
    env: { PQ_REJECTED_PER_SECOND: '1000', PQ_MQTT_DEVICE_MESSAGES_PER_S: '0' },
  })
  const list = (await (await fetch(`${platform.httpUrl}/api/v1/sites?kind=sensor`)).json()) as {
    features: { id: string }[]
  }
  const [first, second] = list.features as [{ id: string }, { id: string }]
  device = await connect(first.id)
  neighbour = await connect(second.id)
  device.on('message', (_topic, payload) => answers.push(JSON.parse(String(payload)) as (typeof answers)[number]))
  await device.subscribeAsync((topics[0] as string).replace(/telemetry$/, 'rejected'), { qos: 1 })
})

afterAll(async () => {
  await device?.endAsync(true)
  await neighbour?.endAsync(true)
  await platform?.stop()
  await removeData(dataDir)
})

const names = [...catalogue.ofPart('sensor', 'site').keys(), 'rsrp', '__proto__', 'constructor', 'toString', '']
const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.string(),
  fc.constant(null),
  fc.constantFrom(1e308, -1e308, 5e-324, 1e21),
)
const values = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5 })
const time = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constantFrom('now', '2026-11-24', null, -1, 1e20))
const reading = fc.record(
  { ts: time, m: fc.oneof(values, value), sectors: fc.anything(), links: fc.anything(), extra: fc.anything() },
  { requiredKeys: [] },
)
const json = fc
  .oneof(reading, fc.array(reading, { maxLength: 4 }), fc.jsonValue())
  .map((body) => Buffer.from(JSON.stringify(body) ?? ''))
const bytes = fc.uint8Array({ maxLength: 300 }).map((body) => Buffer.from(body))
const deep = fc.integer({ min: 1, max: 20_000 }).map((depth) => Buffer.from('['.repeat(depth)))
const payload = fc.oneof(
  { weight: 6, arbitrary: json },
  { weight: 2, arbitrary: bytes },
  { weight: 1, arbitrary: deep },
)

const schema = payloadSchema(catalogue, 'sensor')

/** The schema is the law: what it does not accept must be answered. */
function isAcceptable(body: Buffer): boolean {
  try {
    return schema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))).success
  } catch {
    return false
  }
}

describe('hostile payloads', () => {
  it('are each answered, and the platform goes on', async () => {
    let total = 0
    await fc.assert(
      fc.asyncProperty(payload, async (body) => {
        const before = answers.length
        await device.publishAsync(topics[0] as string, body, { qos: 1 })
        total++
        if (isAcceptable(body)) return
        await until(
          () => answers.length > before,
          `an answer to ${JSON.stringify(body.toString('latin1').slice(0, 200))}`,
          5000,
        )
        const { reason, message } = answers[answers.length - 1] as (typeof answers)[number]
        expect(REFUSAL_CODES as readonly string[]).toContain(reason)
        expect(message.vi).not.toBe('')
        expect(message.en).not.toBe('')
      }),
      { numRuns: RUNS },
    )
    expect(total).toBeGreaterThanOrEqual(RUNS)
    expect(platform.child.exitCode).toBeNull()
    const counted = async () => {
      const text = await (await fetch(`${platform.httpUrl}/metrics`)).text()
      const lines = text.split('\n').filter((line) => line.startsWith('pq_ingest_refused_total_'))
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    }
    await until(async () => (await counted()) >= answers.length && answers.length > 0, 'the refusals to be counted')
  }, 120_000)

  it('cost the neighbour nothing', async () => {
    const sent = Date.now()
    await neighbour.publishAsync(topics[1] as string, JSON.stringify({ m: { battery_pct: 77 } }), { qos: 1 })
    const siteId = (topics[1] as string).split('/')[3]
    await until(async () => {
      const site = (await (await fetch(`${platform.httpUrl}/api/v1/sites/${siteId}`)).json()) as {
        properties: { latest: Record<string, { value: unknown }> }
      }
      return site.properties.latest['battery_pct']?.value === 77
    }, 'the neighbour’s value')
    expect(Date.now() - sent).toBeLessThan(10_000)
  }, 30_000)

  it('on a topic of another site end the connection, and are seen by the operator', async () => {
    const closed = new Promise<void>((resolve) => device.once('close', () => resolve()))
    device.publish(topics[1] as string, '{"m":{"battery_pct":1}}', { qos: 1 })
    await closed
    const siteId = (topics[0] as string).split('/')[3]
    await until(async () => {
      const { items } = (await (await fetch(`${platform.httpUrl}/api/v1/devices/${siteId}/refusals`)).json()) as {
        items: { reason: string }[]
      }
      return items.some(({ reason }) => reason === 'forbidden-topic')
    }, 'the refusal in the list')
  }, 30_000)
})
