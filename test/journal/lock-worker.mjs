// Workers do not inherit the loader of the test runner.
import { parentPort, workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
const { openJournalWriter } = await import('../../store/journal/writer.ts')
const outcome = await openJournalWriter({ dir: workerData.dir, limitBytes: 1e6 }).then(
  () => 'opened',
  (error) => error.name,
)
parentPort.postMessage(outcome)
