import { parentPort } from 'node:worker_threads'
import { serveThread } from '../../infra/threads/serve.ts'

/** A stage that starts, and then falls over. */
await serveThread(parentPort, async () => {
  setTimeout(() => {
    throw new Error('out of luck')
  }, 100)
  return { started: 'fine', stop: async () => {} }
})
