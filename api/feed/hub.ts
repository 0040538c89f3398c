import type { Pulse, Watch } from '../../domain/live.ts'
import type { Updates } from '../latest.ts'
import { createBehind } from './behind.ts'
import { type RawJson, rawJson } from './encoder.ts'
import { createGroups } from './groups.ts'
import { createPending } from './merge.ts'
import { snapshotOf } from './payload.ts'
import type { Floor, Outlet, Viewer } from './viewer.ts'

/** Counters of the feed; `behind`: viewers that cannot keep up at the moment. */
export interface HubStats {
  viewers: number
  groups: number
  behind: number
  deltas: number
  folded: number
}

export interface Hub {
  join(outlet: Outlet): void
  leave(outlet: Outlet): void
  /** Starts or changes what a viewer watches; the answer holds everything up to its `seq`. */
  watch(outlet: Outlet, watch: Watch): RawJson
  changed(updates: Updates): void
  resync(reason: string): void
  pulse(pulse: Pulse): void
  stats(): HubStats
  stop(): void
}

/**
 * Brings each viewer the newest state of what it watches. One that is quick gets its group's delta; one
 * that is busy is owed the newest change of each site and gets it when it has drained.
 */
export function createHub(o: Omit<Floor, 'seq' | 'totals'>): Hub {
  const floor: Floor = { ...o, seq: 0, totals: { deltas: 0, folded: 0 } }
  const viewers = new Map<string, Viewer>()
  const behind = createBehind(floor)
  const groups = createGroups(floor, behind)
  return {
    join: (outlet) => void viewers.set(outlet.id, { outlet, lastDeltaMs: Number.NEGATIVE_INFINITY }),
    leave({ id }) {
      const viewer = viewers.get(id)
      if (!viewer) return
      groups.leave(viewer)
      behind.forget(viewer)
      viewers.delete(id)
    },
    watch(outlet, watch) {
      const viewer = viewers.get(outlet.id)
      if (!viewer) throw new Error(`viewer ${outlet.id} watches without having joined`)
      const group = groups.enter(viewer, watch)
      // The snapshot that follows holds all the changes that were owed.
      if (viewer.arrears) viewer.arrears.pending = createPending()
      return snapshotOf(floor, group)
    },
    changed(updates) {
      floor.seq += 1
      groups.changed(updates)
    },
    resync(reason) {
      floor.seq += 1
      behind.deliver(viewers.values(), 'resync', rawJson({ reason }), (arrears) => {
        arrears.resync = reason
      })
    },
    pulse(pulse) {
      const payload = rawJson(pulse)
      behind.deliver(viewers.values(), 'pulse', payload, (arrears) => {
        arrears.pulse = payload
      })
    },
    stats: () => ({ viewers: viewers.size, groups: groups.size, behind: behind.size, ...floor.totals }),
    stop() {
      groups.stop()
      behind.stop()
    },
  }
}
