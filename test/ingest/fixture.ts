import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import mqtt from 'mqtt'
import { pino } from 'pino'
import { type Catalogue, catalogue as release } from '../../domain/catalogue.ts'
import { type Clock, createClock } from '../../domain/clock.ts'
import type { Link, Site, SiteOfKind } from '../../domain/inventory.ts'
import { type LiveFrame, liveFrameSchema } from '../../domain/live.ts'
import type { Kind } from '../../domain/words.ts'
import { ingestConfig } from '../../ingest/config.ts'
import { type Ingest, startIngest } from '../../ingest/main.ts'
import { openHistory } from '../../store/history/duckdb.ts'
import type { History } from '../../store/history/port.ts'
import type { EntryType } from '../../store/journal/port.ts'
import { openJournalReader } from '../../store/journal/reader.ts'
import { openJournalWriter } from '../../store/journal/writer.ts'
import { openRegistry } from '../../store/registry/open.ts'
import { until as untilSo } from '../harness/until.ts'

const place = { lon: 103.97, lat: 10.22 }
const common = { ward: null, position: place, transit: false }

export const sensorSite = (id: string, interval_s = 300): SiteOfKind<'sensor'> => ({
  ...common,
  id,
  kind: 'sensor',
  name: id,
  interval_s,
  measures: ['tide_m'],
})
export const serviceSite = (id: string): SiteOfKind<'service'> => ({
  ...common,
  id,
  kind: 'service',
  name: id,
  interval_s: 60,
  system: 'school',
})
export const fibreSite = (id: string): SiteOfKind<'fibre'> => ({
  ...common,
  id,
  kind: 'fibre',
  name: id,
  interval_s: 30,
  transit: true,
})
export const btsSite = (id: string, sectors = ['4g-1']): SiteOfKind<'bts'> => ({
  ...common,
  id,
  kind: 'bts',
  name: id,
  interval_s: 60,
  sectors: sectors.map((sector) => ({
    id: sector,
    technology: '4g',
    direction: 1,
    band: 'B3',
    frequency_mhz: 1800,
    bandwidth_mhz: 20,
    height_m: 30,
    azimuth_deg: 0,
    electrical_tilt_deg: 4,
    mechanical_tilt_deg: 0,
    power_dbm: 46,
    gain_dbi: 17,
    beamwidth_deg: 65,
  })),
})
export const span = (id: string, a: string, b: string, optic_class: Link['optic_class'] = 'LR'): Link => ({
  id,
  kind: 'span',
  a,
  b,
  optic_class,
})

/** Waits for a condition and returns what it found. */
export const until = async <T>(look: () => T | Promise<T>): Promise<Exclude<T, false | null | undefined | 0 | ''>> =>
  (await untilSo(() => look(), String(look))) as Exclude<T, false | null | undefined | 0 | ''>

async function startBroker(port = 0): Promise<{ port: number; stop(): Promise<void> }> {
  const aedes = await Aedes.createBroker()
  const server: Server = createServer(aedes.handle)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      await new Promise<void>((resolve) => aedes.close(resolve))
      await closed
    },
  }
}

export interface Heard {
  topic: string
  body: unknown
}

export interface World {
  append(type: EntryType, kind: Kind, siteId: string, payload: string | Uint8Array, receivedAt?: number): Promise<void>
  telemetry(kind: Kind, siteId: string, payload: unknown, receivedAt?: number): Promise<void>
  start(more?: {
    catalogue?: Catalogue
    clock?: Clock
    history?: (real: History) => History
    env?: object
  }): Promise<Ingest>
  /** Everything published so far, as the api or a device would hear it. */
  heard: Heard[]
  frames(): LiveFrame[]
  /** The newest stats of ingest. */
  stats(): Record<string, number>
  publish(topic: string, payload: string): Promise<void>
  dir: string
  history: History
  registry: Awaited<ReturnType<typeof openRegistry>>
  journal: Awaited<ReturnType<typeof openJournalWriter>>
  stopBroker(): Promise<void>
  restartBroker(): Promise<void>
  reopenHistory(catalogue: Catalogue): Promise<void>
  close(): Promise<void>
}

/** Real stores and a real broker around one ingest, in a folder of their own. */
export async function createWorld(sites: Site[], links: Link[] = []): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'pq-ingest-'))
  const journalDir = join(dir, 'journal')
  const file = join(dir, 'history.duckdb')
  const journal = await openJournalWriter({ dir: journalDir, limitBytes: 2 ** 30 })
  const registry = await openRegistry({ file: join(dir, 'registry.db') })
  await registry.importInventory({ sites, links, groups: [] }, { replace: true })
  let broker = await startBroker()
  const { port } = broker
  const url = `mqtt://127.0.0.1:${port}`
  const listener = await mqtt.connectAsync(url, { clientId: 'listener', reconnectPeriod: 20 })
  const heard: Heard[] = []
  listener.on('message', (topic, payload) => heard.push({ topic, body: JSON.parse(payload.toString()) }))
  await listener.subscribeAsync(['pq/v1/live/#', 'pq/v1/+/+/rejected'], { qos: 1 })
  const running: (() => Promise<void>)[] = []

  const world: World = {
    append: (type, kind, siteId, payload, receivedAt = Date.now()) =>
      new Promise((resolve, reject) =>
        journal.append({ type, kind, siteId, receivedAt, payload: Buffer.from(payload) }, (error) =>
          error ? reject(error) : resolve(),
        ),
      ),
    telemetry: (kind, siteId, payload, receivedAt) =>
      world.append('telemetry', kind, siteId, JSON.stringify(payload), receivedAt),
    async start({ catalogue = release, clock = createClock(), history = (real: History) => real, env = {} } = {}) {
      const reader = await openJournalReader({ dir: journalDir, consumer: 'ingest' })
      const ingest = await startIngest({
        config: ingestConfig.parse({ PQ_COMMIT_INTERVAL_MS: '20', ...env }),
        journal: reader,
        history: history(world.history),
        registry,
        catalogue,
        clock,
        log: pino({ level: 'silent' }),
        mqtt: { url, username: 'ingest', password: 'x' },
      })
      let stopping: Promise<void> | undefined
      const stop = () => {
        stopping ??= ingest.stop().then(() => reader.close())
        return stopping
      }
      running.push(stop)
      return { ...ingest, stop }
    },
    heard,
    frames: () =>
      heard.filter(({ topic }) => topic === 'pq/v1/live/sites').map(({ body }) => liveFrameSchema.parse(body)),
    stats: () => {
      const newest = heard.findLast(({ topic }) => topic === 'pq/v1/live/stats/ingest')
      return (newest?.body as { values: Record<string, number> } | undefined)?.values ?? {}
    },
    publish: async (topic, payload) => {
      await listener.publishAsync(topic, payload)
    },
    dir,
    history: await openHistory({ file, catalogue: release, memoryLimit: '256MB' }),
    registry,
    journal,
    stopBroker: () => broker.stop(),
    async restartBroker() {
      broker = await startBroker(port)
      await until(() => listener.connected)
    },
    async reopenHistory(catalogue) {
      await world.history.close()
      world.history = await openHistory({ file, catalogue, memoryLimit: '256MB' })
    },
    async close() {
      for (const stop of running) await stop()
      await listener.endAsync(true)
      await broker.stop()
      await journal.close()
      await world.history.close()
      await registry.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
  return world
}

/** Every stored row of a kind, oldest first. */
export async function stored(history: History, kind: Kind) {
  const rows = []
  for await (const batch of history.export({ kind, fromMs: 0, toMs: Date.now() + 86_400_000 })) rows.push(...batch)
  return rows.sort((one, other) => one.ts - other.ts)
}
