import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import { dueAfterMs, type Link, type Site } from '../domain/inventory.ts'
import type { Registry } from '../store/registry/port.ts'
import { fold } from './search.ts'

/** The registry's sites and links, indexed for answers. One per revision, never changed. */
export interface InventoryView {
  revision: number
  /** In order of id. */
  sites: ReadonlyMap<string, Site>
  links: ReadonlyMap<string, Link>
  linksOf(siteId: string): readonly Link[]
  dueMsOf(siteId: string): number | undefined
  /** What a search looks through: id and names, folded. */
  textOf(siteId: string): string
}

const byId = <T extends { id: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((item) => [item.id, item]))

/** Indexes an inventory. Pure. */
export function viewInventory(revision: number, siteList: readonly Site[], linkList: readonly Link[]): InventoryView {
  const sites = byId(siteList)
  const links = byId(linkList)
  const linksBySite = new Map<string, Link[]>()
  for (const link of links.values()) {
    for (const end of new Set([link.a, link.b])) linksBySite.set(end, [...(linksBySite.get(end) ?? []), link])
  }
  const texts = new Map<string, string>()
  for (const site of sites.values()) texts.set(site.id, fold(`${site.id} ${site.name} ${site.name_en ?? ''}`))
  return {
    revision,
    sites,
    links,
    linksOf: (siteId) => linksBySite.get(siteId) ?? [],
    dueMsOf(siteId) {
      const site = sites.get(siteId)
      return site && dueAfterMs(site.interval_s)
    },
    textOf: (siteId) => texts.get(siteId) ?? '',
  }
}

export interface InventoryCache {
  current(): InventoryView
  /** Reads again if the registry has changed; to be awaited after a write of one's own. */
  refresh(): Promise<void>
  onChange(listener: (view: InventoryView) => void): void
  stop(): Promise<void>
}

const POLL_MS = 500

/** Keeps the inventory at hand and follows the registry's revision, whoever changed it. */
export async function openInventoryCache(o: { registry: Registry; wall: Clock; log: Logger }): Promise<InventoryCache> {
  const { registry, wall, log } = o
  const listeners: ((view: InventoryView) => void)[] = []
  let view = await read(registry)
  let running: Promise<void> = Promise.resolve()
  let failing = false

  async function reload(): Promise<void> {
    const { inventory } = await registry.revisions()
    if (inventory === view.revision) return
    view = await read(registry)
    for (const listener of listeners) listener(view)
  }
  const refresh = () => {
    running = running.catch(() => undefined).then(reload)
    return running
  }
  let polling = false
  const stopPolling = wall.every(POLL_MS, () => {
    if (polling) return
    polling = true
    refresh()
      .then(
        () => {
          failing = false
        },
        (error: unknown) => {
          if (!failing) log.error({ err: error }, 'the registry does not answer; the last inventory stays in use')
          failing = true
        },
      )
      .finally(() => {
        polling = false
      })
  })
  return {
    current: () => view,
    refresh,
    onChange: (listener) => listeners.push(listener),
    async stop() {
      stopPolling()
      await running.catch(() => undefined)
    },
  }
}

async function read(registry: Registry): Promise<InventoryView> {
  // The revision first: a change between the reads is then seen again, never missed.
  const { inventory } = await registry.revisions()
  return viewInventory(inventory, await registry.sites(), await registry.links())
}
