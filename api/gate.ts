import { Problem } from './problem.ts'

/** Lets so many pieces of work run at once; a bounded number waits, the rest is refused. */
export interface Gate {
  /** @throws Problem 503 when too many wait already. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
  readonly waiting: number
  readonly refused: number
}

export function createGate(atOnce: number, mostWaiting: number): Gate {
  const queue = new Set<() => void>()
  let running = 0
  let refused = 0
  // A place that frees goes straight to who waits longest: who comes in between finds it taken.
  const leave = () => {
    const [next] = queue
    if (!next) running -= 1
    else next()
  }
  const enter = async (signal: AbortSignal) => {
    signal.throwIfAborted()
    if (running < atOnce) {
      running += 1
      return
    }
    if (queue.size >= mostWaiting) {
      refused += 1
      throw new Problem('busy', {
        vi: 'Quá nhiều câu hỏi lịch sử đang chờ; hãy thử lại sau vài giây.',
        en: 'Too many history questions are waiting; try again in a few seconds.',
      })
    }
    await placeIn(queue, signal)
  }
  return {
    get waiting() {
      return queue.size
    },
    get refused() {
      return refused
    },
    async run(signal, work) {
      await enter(signal)
      try {
        signal.throwIfAborted()
        return await orAborted(signal, work())
      } finally {
        leave()
      }
    },
  }
}

/** Waits in a queue until called from it; who goes away leaves the queue at once. */
function placeIn(queue: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = () => {
      queue.delete(call)
      signal.removeEventListener('abort', giveUp)
      resolve()
    }
    const giveUp = () => {
      queue.delete(call)
      reject(signal.reason)
    }
    queue.add(call)
    signal.addEventListener('abort', giveUp, { once: true })
  })
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
