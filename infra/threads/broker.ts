/** The broker in its own thread: started by `infra/platform.ts`, stopped by a message. */
import { parentPort } from 'node:worker_threads'
import { type ClockPace, createClock } from '../../domain/clock.ts'
import { runBroker } from '../broker-stage.ts'
import type { DataFolder, StageSecrets } from '../data-folder.ts'
import { createLog } from '../log.ts'
import type { Settings } from '../settings.ts'
import { serveThread, threadData } from './serve.ts'

export interface BrokerThreadData {
  settings: Settings
  folder: DataFolder
  stageSecrets: StageSecrets
  pace: ClockPace
}

await serveThread(parentPort, async () => {
  const { settings, folder, stageSecrets, pace } = threadData<BrokerThreadData>()
  const log = createLog('broker', settings.platform.PQ_LOG_LEVEL)
  const broker = await runBroker({ settings, folder, stageSecrets, clock: createClock(pace), log })
  return { started: broker.ports, stop: broker.stop }
})
