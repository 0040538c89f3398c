import { useSyncExternalStore } from 'react'
import { create } from 'zustand'
import type { Pulse } from '../domain/live.ts'
import { KINDS, type Kind } from '../domain/words.ts'
import { createLinkStates } from './link-states.ts'
import { type Counts, createNetwork, type Freshness } from './network.ts'
import type { Frame } from './rows.ts'
import { serverNow } from './server-time.ts'

/** What the page knows. The network is plain and outside React; the stores hold what React draws of it. */

export const network = createNetwork()

interface Summary {
  counts: Counts
  freshness: Record<Kind, Freshness>
}

const noFreshness = { onTime: 0, late: 0, silent: 0 }

export const useSummary = create<Summary>(() => ({
  counts: network.counts(),
  freshness: Object.fromEntries(KINDS.map((kind) => [kind, noFreshness])) as Summary['freshness'],
}))

interface Connection {
  status: 'connecting' | 'live' | 'lost'
  /** Platform time of the last frame before the loss; null: there never was one. */
  since: number | null
  pulse: Pulse | null
}

export const useConnection = create<Connection>(() => ({ status: 'connecting', since: null, pulse: null }))

interface Scene {
  /** What the map shows now; null while there is no map. */
  frame: Frame | null
  /** Site under the pointer, in list or map. */
  hovered: string | null
}

export const useScene = create<Scene>(() => ({ frame: null, hovered: null }))

export const linkStates = createLinkStates()

const secondListeners = new Set<() => void>()
let second = serverNow()

setInterval(() => {
  second = serverNow()
  for (const listener of secondListeners) listener()
}, 1000)

function onSecond(listener: () => void): () => void {
  secondListeners.add(listener)
  return () => secondListeners.delete(listener)
}

/** Platform time in epoch ms, renewed once a second. */
export const useSecond = (): number => useSyncExternalStore(onSecond, () => second)
