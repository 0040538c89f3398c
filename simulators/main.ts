import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { Inventory, Site } from '../domain/inventory.ts'
import { createCity } from './city.ts'
import { openControl } from './control.ts'
import type { FleetCounters } from './device.ts'
import { shuffled } from './hash.ts'
import { createPlaybill, type Playbill } from './playbill.ts'
import { startReport } from './report.ts'
import { createRun, type Run } from './run.ts'

export interface FleetOptions {
  /** Only its sites marked as a demonstration speak. */
  inventory: Inventory
  mqtt: { url: string; username: string; password: string }
  clock: Clock
  log: Logger
  seed: number
  /** Starts with the fleet. */
  scenario?: string
  /** At most so many devices, those that the scenario needs first; absent: all. */
  devices?: number
  /** Readings a second of the whole fleet; absent: each site at its own interval. */
  rate?: number
  /** Subscribe to and count refusals. */
  watchRejected?: boolean
}

export interface Fleet {
  readonly counters: Readonly<FleetCounters>
  stop(): Promise<void>
}

/**
 * Connects a simulated device for each demonstration site and lets it speak until `stop`.
 * @throws FleetRunningError when another fleet speaks for this city.
 * @throws Error (with `userMessage`) when the inventory holds no demonstration site or the scenario is unknown.
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { inventory, seed, clock, log } = options
  const city = createCity(inventory, seed)
  const playbill = createPlaybill(city.topology, seed)
  if (options.scenario) playbill.start(options.scenario, clock.now())
  const chosen = chooseSites(options, playbill)
  const { mqtt, rate, watchRejected = false } = options
  const onError = (site: Site, error: Error) => log.debug({ site: site.id, err: error }, 'device connection')
  const run = createRun({ clock, mqtt, rate, watchRejected, onError, faults: playbill.faults }, city, chosen)
  const onCommand = steer(options, playbill, run)
  const control = await openControl({ mqtt, log, statuses: playbill.statuses, onCommand })
  run.begin()
  const report = startReport(log, run.context.counters, chosen.length)
  return {
    counters: run.context.counters,
    async stop() {
      report.stop()
      await control.close()
      await run.end()
    },
  }
}

function steer({ clock, log }: FleetOptions, playbill: Playbill, run: Run) {
  return (name: string, action: 'start' | 'stop') => {
    try {
      const changed = playbill[action](name, clock.now())
      log.info({ scenario: name, action, changed }, 'scenario')
      if (changed) run.retell()
    } catch (error) {
      log.warn({ err: error }, 'scenario command')
    }
  }
}

class NoSitesError extends Error {
  readonly userMessage = true
}

/** Sites that the scenario touches come first, so that a small fleet still shows it. */
function chooseSites({ inventory, seed, devices }: FleetOptions, playbill: Playbill): number[] {
  const speaking = inventory.sites.filter((site) => site.demonstration)
  if (speaking.length === 0) throw new NoSitesError('the inventory holds no site that is marked as a demonstration')
  const indexOf = new Map(inventory.sites.map((site, i) => [site, i]))
  const indexes = (sites: readonly Site[]) => sites.map((site) => indexOf.get(site) as number)
  if (devices === undefined || devices >= speaking.length) return indexes(speaking)
  const needed = touched(inventory, playbill)
  const order = shuffled(speaking, (site) => site.id, seed)
  return indexes(
    [...order.filter((s) => needed.has(s.id)), ...order.filter((s) => !needed.has(s.id))].slice(0, devices),
  )
}

function touched(inventory: Inventory, playbill: Playbill): Set<string> {
  const ids = new Set<string>()
  for (const fault of playbill.faults()) {
    if (fault.kind === 'mains-off' || fault.kind === 'chatter') for (const id of fault.sites) ids.add(id)
    if (fault.kind !== 'cut' && fault.kind !== 'flap') continue
    for (const link of inventory.links)
      if (fault.links.includes(link.id)) {
        ids.add(link.a)
        ids.add(link.b)
      }
  }
  return ids
}
