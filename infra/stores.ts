import type { Logger } from 'pino'
import type { Catalogue } from '../domain/catalogue.ts'
import { openHistory } from '../store/history/duckdb.ts'
import type { History } from '../store/history/port.ts'
import { openRegistry } from '../store/registry/open.ts'
import type { Registry } from '../store/registry/port.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { KnownError } from './known-error.ts'
import { createLog } from './log.ts'
import type { Settings } from './settings.ts'

/** The registry that the settings name: PostgreSQL, or the file in the data folder. */
export async function registryOf(settings: Settings, folder: DataFolder, log: Logger): Promise<Registry> {
  const { DATABASE_URL: url } = settings.platform
  const onProblem = (problem: Error) => log.error({ err: problem }, 'registry')
  if (!url) return openRegistry({ file: folder.registryFile, onProblem })
  return openRegistry({ url, onProblem }).catch((error: unknown) => {
    const { hostname, port } = new URL(url)
    const why = (error as Error).message
    throw new KnownError(`DATABASE_URL: the database at ${hostname}:${port || 5432} can't be used: ${why}`, {
      cause: error,
    })
  })
}

/** The registry for a command that runs beside the platform. The caller closes it. */
export async function registryForCommand(settings: Settings): Promise<Registry> {
  const folder = await openDataFolder(settings.platform.PQ_DATA_DIR, { create: false })
  return registryOf(settings, folder, createLog('command', settings.platform.PQ_LOG_LEVEL))
}

/** The embedded history in the data folder. */
export const historyOf = (settings: Settings, folder: DataFolder, catalogue: Catalogue): Promise<History> =>
  openHistory({ file: folder.historyFile, catalogue, memoryLimit: `${settings.platform.PQ_DUCKDB_MEMORY_MB}MB` })
