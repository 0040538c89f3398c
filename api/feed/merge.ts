import type { FeedSite } from '../../domain/live.ts'

/** Changes that wait for a viewer: the newest of each site, however many there were. */
export interface Pending {
  sites: Map<string, FeedSite>
  /** How many changes were merged into newer ones. */
  folded: number
}

export const createPending = (): Pending => ({ sites: new Map(), folded: 0 })

/** Adds a change; the newest state and the newest of each value win. */
export function fold(pending: Pending, change: FeedSite): void {
  const waiting = pending.sites.get(change.id)
  if (!waiting) {
    pending.sites.set(change.id, change)
    return
  }
  pending.folded += 1
  const times = mergedTimes(waiting, change)
  pending.sites.set(change.id, {
    id: change.id,
    state: change.state,
    at: change.at,
    values: { ...waiting.values, ...change.values },
    ...(times && { times }),
  })
}

/** A value that waits keeps its time when the site's own moves on. */
function mergedTimes(waiting: FeedSite, change: FeedSite): Record<string, number> | undefined {
  let times = change.times
  for (const key in waiting.values) {
    const at = waiting.times?.[key] ?? waiting.at
    if (key in change.values || at === null || at === change.at) continue
    times = { ...times, [key]: at }
  }
  return times
}

/** Adds all that waits in `from`, which stays as it is. */
export function foldAll(into: Pending, from: Pending): void {
  into.folded += from.folded
  for (const change of from.sites.values()) fold(into, change)
}
