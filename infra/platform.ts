/**
 * Everything in one process, as `npm start` runs it:
 *
 *   main thread     ingest ─▶ history ◀─ api        (one embedded database, one owner)
 *   broker thread   MQTT ─▶ journal
 *   fleet thread    the demonstration city
 *
 * The stages talk as they do on separate hosts: by the journal, MQTT, the history and the registry.
 */
import type { Logger } from 'pino'
import { startApi } from '../api/main.ts'
import { catalogue } from '../domain/catalogue.ts'
import { type ClockPace, createClock } from '../domain/clock.ts'
import type { Inventory } from '../domain/inventory.ts'
import { startIngest } from '../ingest/main.ts'
import type { History } from '../store/history/port.ts'
import { openJournalReader } from '../store/journal/reader.ts'
import type { Registry } from '../store/registry/port.ts'
import { type DataFolder, openDataFolder, type StageSecrets, stageSecrets } from './data-folder.ts'
import { fillRegistry } from './inventory/fill.ts'
import { currentInventory } from './inventory/load.ts'
import { createLog } from './log.ts'
import { givePast } from './past.ts'
import { createProgress } from './progress.ts'
import type { Settings } from './settings.ts'
import { historyOf, registryOf } from './stores.ts'
import type { BrokerThreadData } from './threads/broker.ts'
import type { FleetThreadData } from './threads/fleet.ts'
import { type StageThread, startThread } from './threads/owner.ts'
import { ensureWebBuilt, WEB_ROOT } from './web-build.ts'

export interface Platform {
  httpUrl: string
  mqttUrl: string
  wsUrl: string | null
  tlsUrl: string | null
  /** Settles only when a stage dies by itself: with the reason. */
  died: Promise<Error>
  stop(): Promise<void>
}

/** Where the platform's own stages find the broker. */
export const localHost = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host)

/** Undoes what was started, last first, so that no stage outlives the one it drains into. */
class Teardown {
  private readonly steps: (() => Promise<void>)[] = []

  add(step: () => Promise<void>): void {
    this.steps.push(step)
  }

  async run(log: Logger): Promise<void> {
    for (const step of this.steps.splice(0).reverse()) {
      await step().catch((error: unknown) => log.error({ err: error }, 'a stage did not stop cleanly'))
    }
  }
}

type Ports = { mqtt: number; ws: number | null; tls: number | null }

/**
 * Brings everything up. On failure what had started is stopped again.
 * @throws KnownError, SettingsError or DataFolderError for what the person at the shell can mend.
 */
export async function startPlatform(settings: Settings): Promise<Platform> {
  const log = createLog('platform', settings.platform.PQ_LOG_LEVEL)
  const teardown = new Teardown()
  try {
    return await compose(settings, log, teardown)
  } catch (error) {
    await teardown.run(log)
    throw error
  }
}

async function compose(settings: Settings, log: Logger, teardown: Teardown): Promise<Platform> {
  const { platform } = settings
  await ensureWebBuilt((line) => log.info(line))
  const folder = await openDataFolder(platform.PQ_DATA_DIR, { create: true })
  const secrets = await stageSecrets(folder)
  const registry = await registryOf(settings, folder, log)
  teardown.add(() => registry.close())
  await fillRegistry(registry, platform.PQ_INVENTORY, log)

  const history = await historyOf(settings, folder, catalogue)
  teardown.add(() => history.close())
  const pace = await paceOf(platform.PQ_TIME_SCALE, history)
  const core = await startCore({ settings, folder, secrets, registry, history, pace, teardown })
  const mqttUrl = `mqtt://${localHost(settings.broker.PQ_MQTT_HOST)}:${core.ports.mqtt}`
  const deaths = [core.broker.died]
  if (platform.PQ_SIMULATE === 'on') {
    const fleet = await startCity({
      settings,
      secrets,
      registry,
      pace,
      mqttUrl,
      backfill: core.backfill,
      log,
      teardown,
    })
    if (fleet) deaths.push(fleet.died)
  }

  const host = localHost(settings.broker.PQ_MQTT_HOST)
  return {
    httpUrl: core.httpUrl,
    mqttUrl,
    wsUrl: core.ports.ws === null ? null : `ws://${host}:${core.ports.ws}`,
    tlsUrl: core.ports.tls === null ? null : `mqtts://${host}:${core.ports.tls}`,
    died: Promise.race(deaths),
    stop: () => teardown.run(log),
  }
}

/** A fast clock goes on where it stood: started again at real time, it would write over its own past. */
async function paceOf(scale: number, history: History): Promise<ClockPace> {
  const realMs = Date.now()
  const newestMs = scale === 1 ? 0 : ((await history.extent())?.newestMs ?? 0)
  return { realMs, platformMs: Math.max(realMs, newestMs), scale }
}

interface Common {
  settings: Settings
  secrets: StageSecrets
  registry: Registry
  pace: ClockPace
  teardown: Teardown
}

/** Broker, then the history with ingest and api around it: outputs before inputs. */
async function startCore({
  settings,
  folder,
  secrets,
  registry,
  history,
  pace,
  teardown,
}: Common & { folder: DataFolder; history: History }) {
  const level = settings.platform.PQ_LOG_LEVEL
  const clock = createClock(pace)
  const data: BrokerThreadData = { settings, folder, stageSecrets: secrets, pace }
  const broker = await startThread(new URL('./threads/broker.ts', import.meta.url), data)
  teardown.add(() => broker.stop())
  const ports = broker.started as Ports
  const url = `mqtt://${localHost(settings.broker.PQ_MQTT_HOST)}:${ports.mqtt}`

  const api = await startApi({
    config: settings.api,
    history,
    registry,
    catalogue,
    clock,
    log: createLog('api', level),
    mqtt: { url, username: 'api', password: secrets.api },
    webRoot: WEB_ROOT,
  })
  teardown.add(() => api.stop())
  const journal = await openJournalReader({ dir: folder.journalDir, consumer: 'ingest' })
  teardown.add(() => journal.close())
  const ingest = await startIngest({
    config: settings.ingest,
    journal,
    history,
    registry,
    catalogue,
    clock,
    log: createLog('ingest', level),
    mqtt: { url, username: 'ingest', password: secrets.ingest },
  })
  teardown.add(() => ingest.stop())
  // Once more, so that it stops before ingest: the journal must be whole when ingest drains it.
  teardown.add(() => broker.stop())
  return { broker, ports, httpUrl: api.url, backfill: ingest.backfill }
}

interface City extends Common {
  mqttUrl: string
  backfill: Parameters<typeof givePast>[0]['store']
  log: Logger
}

/** The demonstration city: its fleet now, its past (once) while the live map already runs. */
async function startCity({
  settings,
  secrets,
  registry,
  pace,
  mqttUrl,
  backfill,
  log,
  teardown,
}: City): Promise<StageThread | undefined> {
  const inventory = await demonstrationPart(registry)
  if (inventory.sites.length === 0) {
    log.warn('the inventory holds no demonstration sites: the simulated city stays silent')
    return undefined
  }
  const { PQ_SEED: seed, PQ_LOG_LEVEL: logLevel } = settings.platform
  const data: FleetThreadData = {
    inventory,
    mqtt: { url: mqttUrl, username: 'fleet', password: secrets.fleet },
    pace,
    seed,
    logLevel,
  }
  const fleet: StageThread = await startThread(new URL('./threads/fleet.ts', import.meta.url), data)
  teardown.add(() => fleet.stop())

  const abort = new AbortController()
  const progress = createProgress('a week of past', process.stderr)
  const past = givePast({
    registry,
    inventory,
    seed,
    nowMs: pace.platformMs,
    store: backfill,
    progress,
    signal: abort.signal,
  })
    .then((outcome) => log.info({ outcome }, 'the past of the demonstration city'))
    .catch((error: unknown) => log.error({ err: error }, 'the past could not be made; the live city goes on'))
  teardown.add(async () => {
    abort.abort()
    await past
  })
  return fleet
}

/** Only demonstration sites are ever simulated: a user's own sites speak for themselves. */
async function demonstrationPart(registry: Registry): Promise<Inventory> {
  const { sites, links, groups } = await currentInventory(registry)
  const simulated = sites.filter((site) => site.demonstration)
  const ids = new Set(simulated.map((site) => site.id))
  return { sites: simulated, links: links.filter((link) => ids.has(link.a) && ids.has(link.b)), groups }
}
