import { runViewers, startLoadProcess, startServer } from './children.ts'
import { table } from './table.ts'

const SITES = 990
const PROBES = 50
const VIEWERS = 200
const DURATION_MS = 20_000
const RATES = [1000, 5000]

/** From publish to the viewer, whole island in view, under load. */
export async function benchFeed(): Promise<void> {
  const rows: string[][] = []
  for (const ratePerSecond of RATES) {
    const server = await startServer('platform', SITES + PROBES)
    const { port, fleetPassword, httpUrl } = server.ready
    const firstTs = Date.now() - 3_600_000
    const load = await startLoadProcess({ port, fleetPassword, devices: SITES, inFlight: 20, ratePerSecond, firstTs })
    const before = await server.usage()
    const seen = await runViewers({
      httpUrl: httpUrl as string,
      mqttPort: port,
      fleetPassword,
      viewers: VIEWERS,
      firstProbe: SITES,
      probes: PROBES,
      durationMs: DURATION_MS,
    })
    const after = await server.usage()
    load.stop()
    const { latencyMs } = await load.done
    await server.stop()
    rows.push([
      ratePerSecond.toLocaleString('en'),
      `${seen.p50Ms.toFixed(0)} / ${seen.p99Ms.toFixed(0)}`,
      '≤ 350',
      `${latencyMs.p50.toFixed(1)} / ${latencyMs.p99.toFixed(1)}`,
      `${((after.cpuS - before.cpuS) / (DURATION_MS / 1000 + 3)).toFixed(2)}`,
      `${(seen.bytesPerViewerPerS / 1000).toFixed(0)}`,
      String(seen.samples),
    ])
  }
  console.log(`${VIEWERS} viewers of the whole island at 4 Hz, ${SITES} sites`)
  table(
    [
      'messages/s',
      'publish to viewer p50 / p99 ms',
      'asked p99',
      'ack p50 / p99 ms',
      'cores',
      'kB/s a viewer',
      'samples',
    ],
    rows,
  )
}
