import { type RawJson, rawJson } from './encoder.ts'
import { createPending } from './merge.ts'
import { deltaOf, linkOf } from './payload.ts'
import { type Arrears, type FeedEvent, type Floor, isReady, monotonicMs, type Outlet, type Viewer } from './viewer.ts'

/** How often a viewer that was busy is looked at again. */
const RECHECK_MS = 50

/** The viewers that could not keep up, and what they are owed: never a queue, only the newest of each thing. */
export interface Behind {
  readonly size: number
  /** What is owed to a viewer, which is behind from now on. */
  owe(viewer: Viewer): Arrears
  /** Sends all that is owed. */
  settle(viewer: Viewer, nowMs: number): void
  /** Sends to those who can take it and owes it to the others. */
  deliver(to: Iterable<Viewer>, event: FeedEvent, payload: RawJson, oweIt: (arrears: Arrears) => void): void
  forget(viewer: Viewer): void
  stop(): void
}

export function createBehind(floor: Floor): Behind {
  const behind = new Set<Viewer>()
  let recheck: NodeJS.Timeout | undefined

  const stop = () => {
    clearInterval(recheck)
    recheck = undefined
  }
  const settle = (viewer: Viewer, nowMs: number) => {
    behind.delete(viewer)
    payOff(floor, viewer, nowMs)
  }
  const settleAll = () => {
    const nowMs = monotonicMs()
    for (const viewer of behind) if (isReady(viewer, nowMs)) settle(viewer, nowMs)
    if (behind.size === 0) stop()
  }
  const owe = (viewer: Viewer): Arrears => {
    viewer.arrears ??= { pending: createPending(), links: new Map() }
    behind.add(viewer)
    recheck ??= setInterval(settleAll, RECHECK_MS)
    return viewer.arrears
  }
  return {
    get size() {
      return behind.size
    },
    owe,
    settle,
    stop,
    deliver(to, event, payload, oweIt) {
      const quick: Outlet[] = []
      for (const viewer of to) {
        if (viewer.arrears || viewer.outlet.busy()) oweIt(owe(viewer))
        else quick.push(viewer.outlet)
      }
      if (quick.length > 0) floor.broadcast(quick, event, payload)
    },
    forget(viewer) {
      behind.delete(viewer)
      viewer.arrears = undefined
    },
  }
}

function payOff(floor: Floor, viewer: Viewer, nowMs: number): void {
  const { arrears, outlet } = viewer
  if (!arrears) return
  viewer.arrears = undefined
  if (arrears.pulse) outlet.emit('pulse', arrears.pulse)
  if (arrears.resync !== undefined) outlet.emit('resync', rawJson({ reason: arrears.resync }))
  for (const change of arrears.links.values()) {
    const payload = linkOf(floor, change)
    if (payload) outlet.emit('link', payload)
  }
  if (arrears.pending.sites.size === 0) return
  floor.totals.deltas += 1
  floor.totals.folded += arrears.pending.folded
  viewer.lastDeltaMs = nowMs
  outlet.emit('delta', deltaOf(floor, arrears.pending))
}
