import { Worker } from 'node:worker_threads'
import { KnownError } from '../known-error.ts'
import type { ThreadReport } from './serve.ts'

/** A stage that runs in a thread of this process. */
export interface StageThread {
  /** What the stage said when it had started. */
  started: unknown
  /** Asks it to drain and end; resolves when it has. */
  stop(): Promise<void>
  /** Settles only if the thread dies by itself: with the reason. */
  died: Promise<Error>
}

/** A thread that runs a TypeScript file; `data` reaches it as `threadData()`. */
export const createThread = (file: URL, data: unknown): Worker =>
  new Worker(new URL('./boot.mjs', import.meta.url), { workerData: { file: file.href, data } })

/**
 * Starts `file` as a worker thread and waits until its stage runs.
 * @throws KnownError or Error with the reason why it does not.
 */
export async function startThread(file: URL, data: unknown): Promise<StageThread> {
  const worker = createThread(file, data)
  let stopping = false
  const ended = new Promise<Error>((resolve) => {
    worker.once('error', resolve)
    worker.once('exit', (code) => resolve(new Error(`thread ${file.pathname} ended with code ${code}`)))
  })
  const died = ended.then((error) => (stopping ? new Promise<Error>(() => {}) : error))
  const report = await new Promise<ThreadReport>((resolve, reject) => {
    worker.once('message', resolve)
    ended.then(reject, reject)
  })
  if (report.type === 'failed') {
    stopping = true
    throw report.known ? new KnownError(report.message) : new Error(report.message)
  }
  return {
    started: report.type === 'started' ? report.started : undefined,
    died,
    async stop() {
      if (stopping) return
      stopping = true
      const stopped = new Promise<void>((resolve, reject) => {
        worker.on('message', (message: ThreadReport) => {
          if (message.type === 'stopped') resolve()
          if (message.type === 'failed') reject(new Error(message.message))
        })
      })
      worker.postMessage('stop')
      // A thread that has died already, or dies of the order, answers no more.
      await Promise.race([stopped, ended])
      await worker.terminate()
    },
  }
}
