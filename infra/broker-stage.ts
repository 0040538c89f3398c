import type { Logger } from 'pino'
import { type Broker, startBroker } from '../broker/main.ts'
import type { Clock } from '../domain/clock.ts'
import { openJournalWriter } from '../store/journal/writer.ts'
import type { DataFolder, StageSecrets } from './data-folder.ts'
import { fillRegistry } from './inventory/fill.ts'
import type { Settings } from './settings.ts'
import { registryOf } from './stores.ts'

/** The broker with the journal and the registry that it owns, in a thread or a process of its own. */
export async function runBroker(o: {
  settings: Settings
  folder: DataFolder
  stageSecrets: StageSecrets
  clock: Clock
  log: Logger
}): Promise<Broker> {
  const { settings, folder, stageSecrets, clock, log } = o
  const registry = await registryOf(settings, folder, log)
  await fillRegistry(registry, settings.platform.PQ_INVENTORY, log)
  const journal = await openJournalWriter({
    dir: folder.journalDir,
    limitBytes: settings.platform.PQ_JOURNAL_LIMIT_MB * 1_000_000,
    onProblem: (problem) => log.error({ err: problem }, 'journal'),
  })
  const { sessionsDir } = folder
  const broker = await startBroker({
    config: settings.broker,
    journal,
    registry,
    sessionsDir,
    stageSecrets,
    clock,
    log,
  })
  return {
    ports: broker.ports,
    async stop() {
      await broker.stop()
      await journal.close()
      await registry.close()
    },
  }
}
