/** The broker in its own thread: started by `infra/platform.ts`, stopped by a message. */
import { parentPort } from 'node:worker_threads'
import { startBroker } from '../../broker/main.ts'
import { type ClockPace, createClock } from '../../domain/clock.ts'
import { openJournalWriter } from '../../store/journal/writer.ts'
import type { DataFolder, StageSecrets } from '../data-folder.ts'
import { createLog } from '../log.ts'
import type { Settings } from '../settings.ts'
import { registryOf } from '../stores.ts'
import { serveThread, threadData } from './serve.ts'

export interface BrokerThreadData {
  settings: Settings
  folder: DataFolder
  stageSecrets: StageSecrets
  pace: ClockPace
}

await serveThread(parentPort, async () => {
  const { settings, folder, stageSecrets, pace } = threadData<BrokerThreadData>()
  const log = createLog('broker', settings.platform.PQ_LOG_LEVEL)
  const registry = await registryOf(settings, folder)
  const journal = await openJournalWriter({
    dir: folder.journalDir,
    limitBytes: settings.platform.PQ_JOURNAL_LIMIT_MB * 1_000_000,
  })
  const broker = await startBroker({
    config: settings.broker,
    journal,
    registry,
    sessionsDir: folder.sessionsDir,
    stageSecrets,
    clock: createClock(pace),
    log,
  })
  return {
    started: broker.ports,
    async stop() {
      await broker.stop()
      await journal.close()
      await registry.close()
    },
  }
})
