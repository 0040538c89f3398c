import { startLoadProcess, startServer } from './children.ts'

const SETTLE_MS = 10_000

/** Memory of the whole platform process while devices are connected and each has spoken. */
export async function benchMemory(devices: number): Promise<void> {
  const server = await startServer('platform', devices)
  const empty = await server.usage()
  const { port, fleetPassword } = server.ready
  const load = await startLoadProcess({
    port,
    fleetPassword,
    devices,
    inFlight: 1,
    ratePerSecond: 2000,
    firstTs: Date.now() - 3_600_000,
  })
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS + (devices / 2000) * 1000))
  const full = await server.usage()
  load.stop()
  await load.done
  await server.stop()
  const mb = (bytes: number) => Math.round(bytes / 1e6)
  const perDevice = (full.rssBytes - empty.rssBytes) / devices
  console.log(
    `${devices} connected devices, 2,000 messages/s: ${mb(full.rssBytes)} MB resident (before: ${mb(empty.rssBytes)} MB; ` +
      `${(perDevice / 1000).toFixed(1)} kB a device; at 20,000: ${mb(empty.rssBytes + perDevice * 20_000)} MB; asked: ≤ 600)\n`,
  )
}
