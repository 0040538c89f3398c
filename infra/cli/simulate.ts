/** A fleet of the inventory's demonstration sites, from the shell, against a running broker. */
import { parseArgs } from 'node:util'
import { createClock } from '../../domain/clock.ts'
import type { Inventory } from '../../domain/inventory.ts'
import { startFleet } from '../../simulators/main.ts'
import { openDataFolder, stageSecrets } from '../data-folder.ts'
import { currentInventory } from '../inventory/load.ts'
import { createLog } from '../log.ts'
import { localHost } from '../platform.ts'
import { readSettings, type Settings } from '../settings.ts'
import { registryForCommand } from '../stores.ts'
import { runCommand, UsageError } from './command.ts'

const USAGE = `simulate [--scenario NAME] [--devices N] [--rate R] [--seed S] [--url mqtt://HOST:PORT]
  --scenario  a fault that the fleet plays from its start
  --devices   at most so many devices (default: every demonstration site)
  --rate      readings a second of the whole fleet (default: each site at its own interval)
  --seed      repeats a run exactly (default: PQ_SEED)
  --url       the broker (default: the local one)`

function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0)) throw new UsageError(`--${option} ${text}: a number above 0`)
  return value
}

async function readInventory(settings: Settings): Promise<Inventory> {
  const registry = await registryForCommand(settings)
  try {
    return await currentInventory(registry)
  } finally {
    await registry.close()
  }
}

const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })

await runCommand(USAGE, async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      scenario: { type: 'string' },
      devices: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string' },
      url: { type: 'string' },
    },
  })
  const settings = readSettings(process.env)
  const folder = await openDataFolder(settings.platform.PQ_DATA_DIR, { create: false })
  const { fleet: password } = await stageSecrets(folder)
  const local = `mqtt://${localHost(settings.broker.PQ_MQTT_HOST)}:${settings.broker.PQ_MQTT_PORT}`
  const seed = values.seed === undefined ? settings.platform.PQ_SEED : Number(values.seed)
  if (!Number.isInteger(seed)) throw new UsageError(`--seed ${values.seed}: a whole number`)
  const fleet = await startFleet({
    inventory: await readInventory(settings),
    mqtt: { url: values.url ?? settings.platform.PQ_MQTT_URL ?? local, username: 'fleet', password },
    clock: createClock(),
    log: createLog('fleet', settings.platform.PQ_LOG_LEVEL),
    seed,
    scenario: values.scenario,
    devices: positive(values.devices, 'devices'),
    rate: positive(values.rate, 'rate'),
    watchRejected: true,
  })
  await interrupted()
  await fleet.stop()
  return Object.entries(fleet.counters)
    .map(([name, count]) => `${name} ${count}`)
    .join('\n')
})
