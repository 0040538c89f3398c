/**
 * The measured side, in a process of its own: `server.ts MODE SITES DIR`. It says over IPC where it
 * listens, and answers each question with what it has used and stored so far.
 */
import { mkdir, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { startApi } from '../../api/main.ts'
import { startBroker } from '../../broker/main.ts'
import { catalogue } from '../../domain/catalogue.ts'
import { createClock, REAL_PACE } from '../../domain/clock.ts'
import { parseSiteTopic } from '../../domain/topic.ts'
import { openDataFolder, stageSecrets } from '../../infra/data-folder.ts'
import { createLog } from '../../infra/log.ts'
import { readSettings } from '../../infra/settings.ts'
import { historyOf, registryOf } from '../../infra/stores.ts'
import type { BrokerThreadData } from '../../infra/threads/broker.ts'
import { startThread } from '../../infra/threads/owner.ts'
import { WEB_ROOT } from '../../infra/web-build.ts'
import { createDecoder } from '../../ingest/decode.ts'
import { startIngest } from '../../ingest/main.ts'
import type { History } from '../../store/history/port.ts'
import { openJournalReader } from '../../store/journal/reader.ts'
import { openJournalWriter } from '../../store/journal/writer.ts'
import { benchInventory } from './city.ts'

export type Mode = 'bare' | 'validate' | 'journal' | 'history' | 'platform'
export interface Ready {
  port: number
  httpUrl: string | null
  fleetPassword: string
}
export interface Usage {
  cpuS: number
  rssBytes: number
  stored: number
}

interface Running {
  ready: Ready
  stored(): number
  stop(): Promise<void>
}

const [mode, sites, dir] = process.argv.slice(2) as [Mode, string, string]

async function listenBare(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

/** Aedes as it comes; with `validate`, each payload is decoded as ingest does before it is acknowledged. */
async function startBare(validate: boolean): Promise<Running> {
  const aedes = await Aedes.createBroker()
  const decode = createDecoder(catalogue)
  let stored = 0
  aedes.authorizePublish = (_client, packet, done) => {
    if (!validate) return done(null)
    const topic = parseSiteTopic(packet.topic)
    if (!topic) return done(new Error('topic'))
    const decoded = decode({
      kind: topic.kind,
      siteId: topic.siteId,
      receivedAt: Date.now(),
      payload: packet.payload as Buffer,
    })
    stored += decoded.readings.length
    done(null)
  }
  const server = createServer(aedes.handle)
  const port = await listenBare(server)
  return {
    ready: { port, httpUrl: null, fleetPassword: '' },
    stored: () => stored,
    async stop() {
      server.close()
      await new Promise<void>((resolve) => aedes.close(resolve))
    },
  }
}

async function prepare() {
  const settings = readSettings({
    PQ_DATA_DIR: dir,
    PQ_MQTT_PORT: '0',
    PQ_MQTT_WS_PORT: 'off',
    PQ_HTTP_PORT: '0',
    PQ_LOG_LEVEL: 'warn',
    PQ_MQTT_FLEET_MESSAGES_PER_S: '0',
    PQ_JOURNAL_LIMIT_MB: '8192',
  })
  await mkdir(dir, { recursive: true })
  const folder = await openDataFolder(dir, { create: true })
  const registry = await registryOf(settings, folder, createLog('bench', 'warn'))
  await registry.importInventory(benchInventory(Number(sites)), { replace: true })
  return { settings, folder, registry, secrets: await stageSecrets(folder) }
}

/** The broker of the platform, alone: an acknowledgement means on disk. */
async function startJournal(): Promise<Running> {
  const { settings, folder, registry, secrets } = await prepare()
  const journal = await openJournalWriter({ dir: folder.journalDir, limitBytes: 8e9 })
  const broker = await startBroker({
    config: settings.broker,
    journal,
    registry,
    sessionsDir: folder.sessionsDir,
    stageSecrets: secrets,
    clock: createClock(),
    log: createLog('broker', 'warn'),
  })
  return {
    ready: { port: broker.ports.mqtt, httpUrl: null, fleetPassword: secrets.fleet },
    stored: () => journal.durable,
    async stop() {
      await broker.stop()
      await journal.close()
      await registry.close()
    },
  }
}

/** Counts what is queryable: a write that has returned is committed. */
function counting(history: History): History & { written(): number } {
  let written = 0
  return {
    ...history,
    written: () => written,
    async write(batch) {
      await history.write(batch)
      written += batch.readings.length
    },
  }
}

/** As `npm start` runs: broker thread, ingest and history here; with `api`, the API and its feed too. */
async function startStages(api: boolean): Promise<Running> {
  const { settings, folder, registry, secrets } = await prepare()
  const history = counting(await historyOf(settings, folder, catalogue))
  const data: BrokerThreadData = { settings, folder, stageSecrets: secrets, pace: REAL_PACE }
  const broker = await startThread(new URL('../../infra/threads/broker.ts', import.meta.url), data)
  const { mqtt: port } = broker.started as { mqtt: number }
  const url = `mqtt://127.0.0.1:${port}`
  const clock = createClock()
  const common = { history, registry, catalogue, clock, log: createLog('bench', 'warn') }
  const web = api
    ? await startApi({
        ...common,
        config: settings.api,
        mqtt: { url, username: 'api', password: secrets.api },
        webRoot: WEB_ROOT,
      })
    : undefined
  const journal = await openJournalReader({ dir: folder.journalDir, consumer: 'ingest' })
  const ingest = await startIngest({
    ...common,
    config: settings.ingest,
    journal,
    mqtt: { url, username: 'ingest', password: secrets.ingest },
  })
  return {
    ready: { port, httpUrl: web?.url ?? null, fleetPassword: secrets.fleet },
    stored: () => history.written(),
    async stop() {
      await broker.stop()
      await ingest.stop()
      await journal.close()
      await web?.stop()
      await history.close()
      await registry.close()
      process.send?.({ historyBytes: (await stat(join(dir, 'history.duckdb'))).size })
    },
  }
}

const STARTS: Record<Mode, () => Promise<Running>> = {
  bare: () => startBare(false),
  validate: () => startBare(true),
  journal: startJournal,
  history: () => startStages(false),
  platform: () => startStages(true),
}

const running = await STARTS[mode]()
process.send?.(running.ready)
process.on('message', (question: unknown) => {
  if (question === 'usage') {
    const { user, system } = process.cpuUsage()
    const usage: Usage = { cpuS: (user + system) / 1e6, rssBytes: process.memoryUsage.rss(), stored: running.stored() }
    process.send?.(usage)
  }
  if (question === 'stop') void running.stop().then(() => process.exit(0))
})
