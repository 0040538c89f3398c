/** Makes the demonstration's past, a batch at a time, no faster than its owner stores it. */
import { parentPort } from 'node:worker_threads'
import { makePast } from '../../simulators/past.ts'
import { threadData } from './serve.ts'

export type PastThreadData = Parameters<typeof makePast>[0]

const port = parentPort
if (!port) throw new Error('this file is started as a worker thread by the platform')

const batches = makePast(threadData<PastThreadData>())[Symbol.iterator]()
port.on('message', () => {
  const next = batches.next()
  port.postMessage(next.done ? null : next.value)
  if (next.done) port.close()
})
