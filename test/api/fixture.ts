import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { connectAsync, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { type ApiConfig, apiConfig } from '../../api/config.ts'
import { type Api, startApi } from '../../api/main.ts'
import { type Catalogue, catalogue as shipped } from '../../domain/catalogue.ts'
import { createClock } from '../../domain/clock.ts'
import type { Inventory, Link, Site, SiteOfKind } from '../../domain/inventory.ts'
import type { LinkChange, LiveFrame, SiteChange } from '../../domain/live.ts'
import { CONTROL_SNAPSHOT, LIVE_SITES, LIVE_STATS } from '../../domain/topic.ts'
import { openHistory } from '../../store/history/duckdb.ts'
import type { History } from '../../store/history/port.ts'
import { openRegistry } from '../../store/registry/open.ts'
import type { Registry } from '../../store/registry/port.ts'

const sector = (id: string, technology: '4g' | '5g') => ({
  id,
  technology,
  direction: 1,
  band: technology === '4g' ? 'B3' : 'n78',
  frequency_mhz: 1800,
  bandwidth_mhz: 20,
  height_m: 35,
  azimuth_deg: 120,
  electrical_tilt_deg: 4,
  mechanical_tilt_deg: 2,
  power_dbm: 46,
  gain_dbi: 17,
  beamwidth_deg: 65,
})

export const base: SiteOfKind<'bts'> = {
  id: 'bts-1',
  kind: 'bts',
  name: 'Trạm Dương Đông',
  ward: 'duong-dong',
  position: { lon: 103.96, lat: 10.22 },
  transit: false,
  interval_s: 60,
  sectors: [sector('4g-1', '4g'), sector('5g-1', '5g')],
}
export const sensorOf = (id: string, more: Partial<SiteOfKind<'sensor'>> = {}): SiteOfKind<'sensor'> => ({
  id,
  kind: 'sensor',
  name: `Cảm biến ${id}`,
  ward: 'an-thoi',
  position: { lon: 104.02, lat: 10.02 },
  transit: false,
  interval_s: 300,
  measures: ['noise_dba'],
  ...more,
})
const nodeOf = (id: string, lat: number): Site => ({
  id,
  kind: 'fibre',
  name: `Nút quang ${id}`,
  ward: null,
  position: { lon: 103.99, lat },
  transit: true,
  interval_s: 30,
})
export const span: Link = {
  id: 'span-1',
  kind: 'span',
  a: 'fn-1',
  b: 'fn-2',
  optic_class: 'LR',
  path: [
    { lon: 103.99, lat: 10.2 },
    { lon: 103.995, lat: 10.15 },
    { lon: 103.99, lat: 10.1 },
  ],
}

/** One of each kind, a span, and a second sensor in the south. */
export const smallCity = (): Inventory => ({
  sites: [
    base,
    nodeOf('fn-1', 10.2),
    nodeOf('fn-2', 10.1),
    sensorOf('sensor-1'),
    sensorOf('sensor-2', { position: { lon: 103.97, lat: 10.23 }, ward: 'duong-dong', demonstration: true }),
    {
      id: 'svc-1',
      kind: 'service',
      name: 'Trạm y tế Cửa Cạn',
      ward: 'duong-dong',
      position: { lon: 103.9, lat: 10.3 },
      transit: false,
      interval_s: 60,
      system: 'health',
    },
  ],
  links: [span],
  groups: [],
})

/** What ingest does on the wire, under the test's control. */
export interface StandIn {
  client: MqttClient
  /** Applies changes to its state and publishes them as one frame. */
  change(sites: SiteChange[], links?: LinkChange[]): Promise<void>
  /** Changes its state in a frame that gets lost. */
  lose(sites: SiteChange[]): void
  /** A new life, with the same state. */
  restart(): void
  stats(values: Record<string, number>, stage?: string): Promise<void>
  snapshots: number
}

export async function standInForIngest(url: string): Promise<StandIn> {
  const client = await connectAsync(url, { clientId: `ingest-${crypto.randomUUID()}` })
  const state = new Map<string, SiteChange>()
  const links = new Map<string, LinkChange>()
  let epoch = crypto.randomUUID() as string
  let seq = 0
  const frame = (more: Partial<LiveFrame>): LiveFrame => ({
    epoch,
    seq: ++seq,
    at: Date.now(),
    sites: [],
    links: [],
    ...more,
  })
  const publish = (topic: string, message: unknown) => client.publishAsync(topic, JSON.stringify(message))
  const merge = (changes: SiteChange[]) => {
    for (const change of changes) {
      const known = state.get(change.id)
      state.set(change.id, { ...change, values: { ...known?.values, ...change.values } })
    }
  }
  const standIn: StandIn = {
    client,
    snapshots: 0,
    async change(sites, changedLinks = []) {
      merge(sites)
      for (const link of changedLinks) links.set(link.id, link)
      await publish(LIVE_SITES, frame({ sites, links: changedLinks }))
    },
    lose(sites) {
      merge(sites)
      frame({})
    },
    restart() {
      epoch = crypto.randomUUID()
      seq = 0
    },
    stats: async (values, stage = 'ingest') =>
      void (await publish(`${LIVE_STATS}/${stage}`, { at: Date.now(), values })),
  }
  client.on('message', (topic) => {
    if (topic !== CONTROL_SNAPSHOT) return
    standIn.snapshots += 1
    const all = [...state.values()]
    const half = Math.ceil(all.length / 2)
    void publish(LIVE_SITES, frame({ snapshot: 'part', sites: all.slice(0, half) }))
    void publish(LIVE_SITES, frame({ snapshot: 'last', sites: all.slice(half), links: [...links.values()] }))
  })
  await client.subscribeAsync(CONTROL_SNAPSHOT)
  return standIn
}

export interface Bench {
  api: Api
  url: string
  mqttUrl: string
  registry: Registry
  history: History
  webRoot: string
  ingest: StandIn
  aedes: Aedes
  close(): Promise<void>
}

export interface BenchOptions {
  inventory?: Inventory
  catalogue?: Catalogue
  config?: Partial<Record<keyof ApiConfig, string>>
  /** What of the history behaves otherwise. */
  history?: Partial<History>
}

/** Real registry, real history, real broker and the api on them; ingest is played by the test. */
export async function openBench(o: BenchOptions = {}): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'pq-api-'))
  const webRoot = join(dir, 'web')
  await mkdir(join(webRoot, 'assets'), { recursive: true })
  await writeFile(
    join(webRoot, 'index.html'),
    '<!doctype html><script>let theme</script><script type="module" src="/assets/a-1234.js"></script>',
  )
  await writeFile(join(webRoot, 'assets/a-1234.js'), 'export const a = 1')
  await writeFile(join(webRoot, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  const catalogue = o.catalogue ?? shipped
  const registry = await openRegistry({ file: join(dir, 'registry.db') })
  await registry.importInventory(o.inventory ?? smallCity(), { replace: true })
  const history = await openHistory({ file: join(dir, 'history.duckdb'), catalogue })
  const { aedes, server, url: mqttUrl } = await openBroker()
  const ingest = await standInForIngest(mqttUrl)
  const closeStores = async () => {
    await ingest.client.endAsync(true)
    await new Promise<void>((resolve) => aedes.close(() => server.close(() => resolve())))
    await history.close()
    await registry.close()
    await rm(dir, { recursive: true, force: true })
  }
  const api = await startApi({
    config: apiConfig.parse({ PQ_HTTP_PORT: '0', ...o.config }),
    history: { ...history, ...o.history },
    registry,
    catalogue,
    clock: createClock(),
    log: pino({ level: 'silent' }),
    mqtt: { url: mqttUrl, username: 'api', password: 'secret' },
    webRoot,
  }).catch(async (error: unknown) => {
    await closeStores()
    throw error
  })
  return {
    api,
    url: api.url,
    mqttUrl,
    registry,
    history,
    webRoot,
    ingest,
    aedes,
    async close() {
      await api.stop()
      await closeStores()
    },
  }
}

async function openBroker(): Promise<{ aedes: Aedes; server: Server; url: string }> {
  const aedes = await Aedes.createBroker()
  const server = createServer(aedes.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the broker has no port')
  return { aedes, server, url: `mqtt://127.0.0.1:${address.port}` }
}

export const okChange = (id: string, values: SiteChange['values'] = {}, at = Date.now()): SiteChange => ({
  id,
  state: 'ok',
  since: at - 60_000,
  at,
  values,
})
