import { once } from 'node:events'
import type { Inventory } from '../domain/inventory.ts'
import type { Kind } from '../domain/words.ts'
import type { Registry } from '../store/registry/port.ts'
import { createThread } from './threads/owner.ts'
import type { PastThreadData } from './threads/past.ts'

const DAY_MS = 86_400_000
const STEP_MS = 300_000
const PLAN = 'past-plan'
const DONE = 'past-done'

interface PastBatch {
  packets: { kind: Kind; siteId: string; receivedAt: number; payload: Uint8Array }[]
  /** Share of the past that is made, 0 to 1. */
  done: number
}

/** The window of the past, kept in the registry so that an interrupted start goes on with the same one. */
async function plan(registry: Registry, nowMs: number): Promise<{ fromMs: number; toMs: number }> {
  const kept = await registry.getFact(PLAN)
  if (kept) return JSON.parse(kept) as { fromMs: number; toMs: number }
  const toMs = Math.floor(nowMs / STEP_MS) * STEP_MS
  const window = { fromMs: toMs - 7 * DAY_MS, toMs }
  await registry.setFact(PLAN, JSON.stringify(window))
  return window
}

/**
 * Gives a new installation a week of past, once: made by the same signals as the live city, stored by
 * the same path as live readings. Interrupted, it begins again; a reading stored twice counts once.
 */
export async function givePast(options: {
  registry: Registry
  inventory: Inventory
  seed: number
  nowMs: number
  store: (packets: PastBatch['packets']) => Promise<{ stored: number; refused: number }>
  progress: (done: number) => void
  signal: AbortSignal
}): Promise<'made' | 'already there' | 'interrupted'> {
  const { registry, inventory, seed, nowMs, store, progress, signal } = options
  if ((await registry.getFact(DONE)) !== undefined) return 'already there'
  const window = await plan(registry, nowMs)
  const data: PastThreadData = { inventory, seed, stepMs: STEP_MS, ...window }
  const worker = createThread(new URL('./threads/past.ts', import.meta.url), data)
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  })
  aborted.catch(() => {})
  try {
    const next = async (): Promise<PastBatch | null> => {
      worker.postMessage('next')
      const [batch] = (await once(worker, 'message', { signal })) as [PastBatch | null]
      return batch
    }
    // One batch is made, another decoded, while the one before is written.
    let coming = next()
    let storing: Promise<void> = Promise.resolve()
    for (let batch = await coming; batch; batch = await coming) {
      const { packets, done } = batch
      coming = next()
      coming.catch(() => {})
      const stored = store(packets).then(() => progress(done))
      stored.catch(() => {})
      // A history that can't write is tried again for ever: that must not outlast an order to stop.
      await Promise.race([storing, aborted])
      storing = stored
    }
    await Promise.race([storing, aborted])
    await registry.setFact(DONE, JSON.stringify({ ...window, seed }))
    return 'made'
  } catch (error) {
    if (signal.aborted) return 'interrupted'
    throw error
  } finally {
    await worker.terminate()
  }
}
