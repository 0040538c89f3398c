/** `npm run broker | ingest | api`: one stage in a process of its own. */
import { startApi } from '../../api/main.ts'
import { catalogue } from '../../domain/catalogue.ts'
import { createClock } from '../../domain/clock.ts'
import { startIngest } from '../../ingest/main.ts'
import { openJournalReader } from '../../store/journal/reader.ts'
import { runBroker } from '../broker-stage.ts'
import { type DataFolder, openDataFolder, type StageSecrets, stageSecrets } from '../data-folder.ts'
import { isExplained, KnownError } from '../known-error.ts'
import { createLog } from '../log.ts'
import { localHost } from '../platform.ts'
import { readSettings, type Settings } from '../settings.ts'
import { historyOf, registryOf } from '../stores.ts'
import { ensureWebBuilt, WEB_ROOT } from '../web-build.ts'
import { runUntilSignal } from './until-signal.ts'

interface Surroundings {
  settings: Settings
  folder: DataFolder
  secrets: StageSecrets
}

type Stop = () => Promise<void>

const brokerUrl = ({ broker, platform }: Settings): string =>
  platform.PQ_MQTT_URL ?? `mqtt://${localHost(broker.PQ_MQTT_HOST)}:${broker.PQ_MQTT_PORT}`

async function broker({ settings, folder, secrets }: Surroundings): Promise<Stop> {
  const log = createLog('broker', settings.platform.PQ_LOG_LEVEL)
  const running = await runBroker({ settings, folder, stageSecrets: secrets, clock: createClock(), log })
  return running.stop
}

async function ingest({ settings, folder, secrets }: Surroundings): Promise<Stop> {
  const log = createLog('ingest', settings.platform.PQ_LOG_LEVEL)
  const registry = await registryOf(settings, folder, log)
  const history = await historyOf(settings, folder, catalogue)
  const journal = await openJournalReader({ dir: folder.journalDir, consumer: 'ingest' })
  const running = await startIngest({
    config: settings.ingest,
    journal,
    history,
    registry,
    catalogue,
    clock: createClock(),
    log,
    mqtt: { url: brokerUrl(settings), username: 'ingest', password: secrets.ingest },
  })
  log.info('ingest reads the journal')
  return async () => {
    await running.stop()
    await journal.close()
    await history.close()
    await registry.close()
  }
}

async function api({ settings, folder, secrets }: Surroundings): Promise<Stop> {
  const log = createLog('api', settings.platform.PQ_LOG_LEVEL)
  await ensureWebBuilt((line) => log.info(line))
  const registry = await registryOf(settings, folder, log)
  const history = await historyOf(settings, folder, catalogue)
  const running = await startApi({
    config: settings.api,
    history,
    registry,
    catalogue,
    clock: createClock(),
    log,
    mqtt: { url: brokerUrl(settings), username: 'api', password: secrets.api },
    webRoot: WEB_ROOT,
  })
  log.info({ url: running.url }, 'api answers')
  return async () => {
    await running.stop()
    await history.close()
    await registry.close()
  }
}

const STAGES: Record<string, (surroundings: Surroundings) => Promise<Stop>> = { broker, ingest, api }

runUntilSignal(async () => {
  const start = STAGES[process.argv[2] ?? '']
  if (!start) throw new KnownError(`say which stage: ${Object.keys(STAGES).join(', ')}`)
  const settings = readSettings(process.env)
  const folder = await openDataFolder(settings.platform.PQ_DATA_DIR, { create: true })
  return { stop: await start({ settings, folder, secrets: await stageSecrets(folder) }) }
}).catch((error: unknown) => {
  console.error(isExplained(error) ? error.message : error)
  process.exit(1)
})
