/** Keys in one question; the rest waits for its answer. */
const BATCH_KEYS = 256

interface Waiting<T> {
  resolve(found: T | undefined): void
  reject(error: unknown): void
}

/**
 * Makes many look-ups of single keys few questions: what is asked while one is being answered goes together into
 * the next. One look-up alone is not delayed, and 20,000 devices that connect at once cost some eighty questions.
 * There is one entry for each key that is waited for: its owner is whoever asks, and bounds it.
 */
export function batchLookUps<Row>(
  ask: (keys: string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): (key: string) => Promise<Row | undefined> {
  const waiting = new Map<string, Waiting<Row>[]>()
  let asking = false

  const answerAll = async (): Promise<void> => {
    asking = true
    while (waiting.size > 0) await answerSome(waiting, ask, keyOf)
    asking = false
  }
  return (key) =>
    new Promise((resolve, reject) => {
      const others = waiting.get(key)
      if (others) others.push({ resolve, reject })
      else waiting.set(key, [{ resolve, reject }])
      if (!asking) void answerAll()
    })
}

async function answerSome<Row>(
  waiting: Map<string, Waiting<Row>[]>,
  ask: (keys: string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): Promise<void> {
  const taken = new Map<string, Waiting<Row>[]>()
  for (const [key, all] of waiting) {
    taken.set(key, all)
    waiting.delete(key)
    if (taken.size === BATCH_KEYS) break
  }
  try {
    const rows = new Map((await ask([...taken.keys()])).map((row) => [keyOf(row), row]))
    for (const [key, all] of taken) for (const one of all) one.resolve(rows.get(key))
  } catch (error) {
    for (const all of taken.values()) for (const one of all) one.reject(error)
  }
}
