import { Problem } from './problem.ts'

/** Lets so many pieces of work run at once; a bounded number waits, the rest is refused. */
export interface Gate {
  /** @throws Problem 503 when too many wait already. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
  readonly waiting: number
  readonly refused: number
}

export function createGate(atOnce: number, mostWaiting: number): Gate {
  const queue: (() => void)[] = []
  let running = 0
  let refused = 0
  const leave = () => {
    running -= 1
    queue.shift()?.()
  }
  return {
    get waiting() {
      return queue.length
    },
    get refused() {
      return refused
    },
    async run(signal, work) {
      if (running >= atOnce) {
        if (queue.length >= mostWaiting) {
          refused += 1
          throw new Problem('busy', {
            vi: 'Quá nhiều câu hỏi lịch sử đang chờ; hãy thử lại sau vài giây.',
            en: 'Too many history questions are waiting; try again in a few seconds.',
          })
        }
        await new Promise<void>((resolve) => queue.push(resolve))
      }
      running += 1
      try {
        signal.throwIfAborted()
        return await orAborted(signal, work())
      } finally {
        leave()
      }
    },
  }
}

/** Settles as the work does, or fails as soon as the signal aborts: work that does not listen holds nobody up. */
export function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Aborts when the client goes away before it has its answer. */
export function abortWithClient(raw: {
  once(event: 'close', listener: () => void): unknown
  writableFinished: boolean
}) {
  const controller = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort()
  })
  return controller.signal
}
