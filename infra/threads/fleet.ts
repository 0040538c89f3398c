/** The city's fleet in its own thread: some thousand devices must not slow the platform they talk to. */
import { parentPort } from 'node:worker_threads'
import { type ClockPace, createClock } from '../../domain/clock.ts'
import type { Inventory } from '../../domain/inventory.ts'
import { startFleet } from '../../simulators/main.ts'
import { createLog } from '../log.ts'
import { serveThread, threadData } from './serve.ts'

export interface FleetThreadData {
  inventory: Inventory
  mqtt: { url: string; username: string; password: string }
  pace: ClockPace
  seed: number
  logLevel: string
}

await serveThread(parentPort, async () => {
  const { inventory, mqtt, pace, seed, logLevel } = threadData<FleetThreadData>()
  return startFleet({ inventory, mqtt, clock: createClock(pace), seed, log: createLog('fleet', logLevel) })
})
