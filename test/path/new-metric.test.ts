import { join } from 'node:path'
import mqtt from 'mqtt'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApi } from '../../api/main.ts'
import { startBroker } from '../../broker/main.ts'
import { createCatalogue } from '../../domain/catalogue.ts'
import { createClock } from '../../domain/clock.ts'
import { METRICS, type Metric } from '../../domain/metrics.ts'
import { readSettings } from '../../infra/settings.ts'
import { startIngest } from '../../ingest/main.ts'
import { openHistory } from '../../store/history/duckdb.ts'
import { openJournalReader } from '../../store/journal/reader.ts'
import { openJournalWriter } from '../../store/journal/writer.ts'
import { openRegistry } from '../../store/registry/open.ts'
import { generateSecret, hashSecret } from '../../store/registry/secret.ts'
import { newDataDir, removeData } from '../harness/platform.ts'
import { until } from '../harness/until.ts'

/** The one entry that a new quantity needs. */
const UV: Metric = {
  name: 'uv_index',
  kind: 'sensor',
  parts: ['site'],
  type: 'number',
  unit: '1',
  range: [0, 20],
  decimals: 1,
  title: { vi: 'Chỉ số tia cực tím', en: 'UV index' },
}

const SITE = {
  kind: 'sensor' as const,
  id: 'S-UV-1',
  name: 'UV 1',
  ward: null,
  position: { lon: 104, lat: 10.2 },
  transit: false,
  interval_s: 60,
  measures: ['uv_index'],
}

let dir: string
let httpUrl: string
let mqttUrl: string
let password: string
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  dir = await newDataDir()
  const settings = readSettings({ PQ_MQTT_PORT: '0', PQ_MQTT_WS_PORT: 'off', PQ_HTTP_PORT: '0' })
  const catalogue = createCatalogue([...METRICS, UV])
  const log = pino({ level: 'silent' })
  const clock = createClock()
  const registry = await openRegistry({ file: join(dir, 'registry.sqlite') })
  password = generateSecret()
  await registry.importInventory({ sites: [SITE], links: [], groups: [] }, { replace: false })
  const account = {
    username: SITE.id,
    role: 'device' as const,
    readFilters: [],
    writeFilters: [],
    createdAt: Date.now(),
  }
  await registry.putAccount({ ...account, ...hashSecret(password) })
  const history = await openHistory({ file: join(dir, 'history.duckdb'), catalogue })
  const writer = await openJournalWriter({ dir: join(dir, 'journal'), limitBytes: 1e8 })
  const stageSecrets = { ingest: generateSecret(), api: generateSecret(), fleet: generateSecret() }
  const sessionsDir = join(dir, 'sessions')
  const broker = await startBroker({
    config: settings.broker,
    journal: writer,
    registry,
    sessionsDir,
    stageSecrets,
    clock,
    log,
  })
  mqttUrl = `mqtt://127.0.0.1:${broker.ports.mqtt}`
  const common = { history, registry, catalogue, clock, log }
  const api = await startApi({
    ...common,
    config: settings.api,
    mqtt: { url: mqttUrl, username: 'api', password: stageSecrets.api },
    webRoot: dir,
  })
  httpUrl = api.url
  const journal = await openJournalReader({ dir: join(dir, 'journal'), consumer: 'ingest' })
  const ingest = await startIngest({
    ...common,
    config: settings.ingest,
    journal,
    mqtt: { url: mqttUrl, username: 'ingest', password: stageSecrets.ingest },
  })
  stops.push(
    () => broker.stop(),
    () => writer.close(),
    () => ingest.stop(),
    () => journal.close(),
    () => api.stop(),
    () => history.close(),
    () => registry.close(),
  )
})

afterAll(async () => {
  for (const stop of stops) await stop()
  await removeData(dir)
})

const getJson = async (path: string): Promise<unknown> => (await fetch(`${httpUrl}/api/v1${path}`)).json()

it('one entry in the catalogue is validated at the door, stored, listed and answered', async () => {
  const client = await mqtt.connectAsync(mqttUrl, {
    username: SITE.id,
    password,
    clientId: SITE.id,
    reconnectPeriod: 0,
  })
  const rejected: unknown[] = []
  client.on('message', (_topic, payload) => rejected.push(JSON.parse(String(payload))))
  await client.subscribeAsync(`pq/v1/sensor/${SITE.id}/rejected`, { qos: 1 })
  const topic = `pq/v1/sensor/${SITE.id}/telemetry`
  await client.publishAsync(topic, JSON.stringify({ m: { uv_index: 11.5 } }), { qos: 1 })
  await client.publishAsync(topic, JSON.stringify({ m: { uv_index: 21 } }), { qos: 1 })

  expect(await until(() => rejected[0], 'the refusal')).toMatchObject({ reason: 'out-of-range', path: 'm.uv_index' })
  const series = await until(async () => {
    const answer = (await getJson(`/sites/${SITE.id}/series?metric=uv_index&from=-5m&bucket=raw`)) as {
      mean?: number[]
    }
    return (answer.mean?.length ?? 0) > 0 && answer
  }, 'the stored reading')
  expect(series).toMatchObject({ metric: 'uv_index', unit: '1', mean: [11.5] })
  const listed = (await getJson('/catalogue')) as { items: { name: string; kind: string }[] }
  expect(listed.items.find(({ name }) => name === 'uv_index')).toMatchObject({ kind: 'sensor', range: [0, 20] })
  await client.endAsync(true)
}, 60_000)
