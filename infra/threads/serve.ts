import { type MessagePort, workerData } from 'node:worker_threads'
import { isExplained } from '../known-error.ts'

/** What a thread tells its owner, in order: it started (or why not), then that it stopped. */
export type ThreadReport =
  | { type: 'started'; started: unknown }
  | { type: 'failed'; message: string; known: boolean }
  | { type: 'stopped' }

/** What the owner handed over. */
export const threadData = <T>(): T => (workerData as { data: T }).data

interface Running {
  started?: unknown
  stop(): Promise<void>
}

/** Runs one stage in a worker thread until the owner posts `stop`. */
export async function serveThread(port: MessagePort | null, start: () => Promise<Running>): Promise<void> {
  if (!port) throw new Error('this file is started as a worker thread by the platform')
  const report = (message: ThreadReport) => port.postMessage(message)
  let running: Running
  try {
    running = await start()
  } catch (error) {
    const { message, stack } = error as Error
    const known = isExplained(error)
    report({ type: 'failed', message: known ? message : (stack ?? message), known })
    port.close()
    return
  }
  report({ type: 'started', started: running.started })
  port.on('message', (order: unknown) => {
    if (order !== 'stop') return
    running.stop().then(
      () => {
        report({ type: 'stopped' })
        port.close()
      },
      (error: Error) => {
        report({ type: 'failed', message: error.stack ?? error.message, known: false })
        port.close()
      },
    )
  })
}
