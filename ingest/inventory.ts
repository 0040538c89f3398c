import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { Link, Site } from '../domain/inventory.ts'
import type { Registry } from '../store/registry/port.ts'
import type { KnownSite } from './screen.ts'
import { partsOfSites } from './state.ts'

const POLL_MS = 500

/** The sites as ingest knows them, kept up with the registry. */
export interface Inventory {
  site(id: string): KnownSite | undefined
  /**
   * Makes sure that what was in the registry at an instant is known here: a device may speak in the
   * same moment in which it is added, and what it says has been acknowledged.
   */
  catchUp(atMs: number): Promise<void>
  stop(): void
}

interface Options {
  registry: Registry
  clock: Clock
  log: Logger
  /** Called with every inventory, the first included. */
  onChange(sites: Site[], links: Link[]): void
}

function index(sites: Site[], links: Link[]): Map<string, KnownSite> {
  const parts = partsOfSites(sites, links)
  return new Map(sites.map(({ id, kind }) => [id, { kind, parts: parts.get(id) ?? new Set() }]))
}

/**
 * Loads the inventory and polls for changes.
 * @throws what the registry throws, on the first load only; later failures are logged and tried again.
 */
export async function followInventory({ registry, clock, log, onChange }: Options): Promise<Inventory> {
  let known = new Map<string, KnownSite>()
  let revision: number | undefined
  let checkedAt = 0
  let checking: Promise<void> | undefined

  async function check(): Promise<void> {
    const startedAt = clock.now()
    const { inventory } = await registry.revisions()
    if (inventory !== revision) {
      const [sites, links] = await Promise.all([registry.sites(), registry.links()])
      known = index(sites, links)
      revision = inventory
      onChange(sites, links)
    }
    checkedAt = startedAt
  }

  const refresh = (): Promise<void> => {
    checking ??= check().finally(() => {
      checking = undefined
    })
    return checking
  }
  const refreshOrLog = () =>
    refresh().catch((error: unknown) =>
      log.error({ err: error }, 'the registry cannot be read; the sites known so far stay'),
    )

  await refresh()
  const stopPolling = clock.every(POLL_MS, () => void refreshOrLog())
  return {
    site: (id) => known.get(id),
    async catchUp(atMs) {
      if (checkedAt > atMs) return
      // A check under way may have begun too early.
      await checking?.catch(() => undefined)
      if (checkedAt <= atMs) await refreshOrLog()
    },
    stop: stopPolling,
  }
}
