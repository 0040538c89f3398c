import type { Logger } from 'pino'
import type { Registry } from '../../store/registry/port.ts'
import { SettingsError } from '../settings.ts'
import { DEMO_DIR, type FileError, sayError } from './files.ts'
import { planImport } from './load.ts'

const SHOWN_ERRORS = 5

/**
 * Fills an empty registry as `PQ_INVENTORY` says: `demo`, `none`, or a file. One that holds sites already is left alone.
 * @throws SettingsError naming the first bad rows of a file.
 */
export async function fillRegistry(registry: Registry, setting: string, log: Logger): Promise<void> {
  if (setting === 'none' || (await registry.sites()).length > 0) return
  const path = setting === 'demo' ? DEMO_DIR : setting
  const plan = await planImport(registry, path, { replace: false }).catch((error: unknown) => {
    throw new SettingsError(
      `PQ_INVENTORY=${JSON.stringify(setting)} can't be read (demo, none or a file): ${(error as Error).message}`,
    )
  })
  if (plan.errors.length > 0) throw new SettingsError(badRows(path, plan.errors))
  await registry.importInventory(plan.incoming, { replace: false })
  const { sites, links, groups } = plan.incoming
  log.info({ sites: sites.length, links: links.length, groups: groups.length, from: path }, 'inventory loaded')
}

function badRows(path: string, errors: readonly FileError[]): string {
  const count = errors.length === 1 ? 'one bad row' : `${errors.length} bad rows`
  const rows = errors.slice(0, SHOWN_ERRORS).map((error) => `  ${sayError(error)}`)
  const more = errors.length > SHOWN_ERRORS ? ['  … `npm run inventory -- import FILE --dry-run` names them all'] : []
  return [`PQ_INVENTORY: ${path} has ${count}, nothing was loaded`, ...rows, ...more].join('\n')
}
