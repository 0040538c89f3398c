import type { LinkChange, Watch } from '../../domain/live.ts'
import type { InventoryView } from '../inventory.ts'
import type { SiteUpdate, Updates } from '../latest.ts'
import type { Behind } from './behind.ts'
import { createPending, fold, foldAll } from './merge.ts'
import { deltaOf, linkOf } from './payload.ts'
import { changeFor, showsLink } from './view.ts'
import {
  EARLY_MS,
  type Floor,
  type Group,
  isReady,
  monotonicMs,
  type Outlet,
  SPACING_MS,
  type Viewer,
} from './viewer.ts'

/** Viewers by what they watch. */
export interface Groups {
  readonly size: number
  enter(viewer: Viewer, watch: Watch): Group
  leave(viewer: Viewer): void
  changed(updates: Updates): void
  stop(): void
}

/** The same question asked in another order is the same question. */
const keyOf = ({ bbox, kinds, states }: Watch): string =>
  JSON.stringify([bbox ?? null, kinds?.toSorted() ?? null, states?.toSorted() ?? null])

export function createGroups(floor: Floor, behind: Behind): Groups {
  const groups = new Map<string, Group>()
  const flush = (group: Group) => flushGroup(floor, behind, group)

  function leave(viewer: Viewer): void {
    const { group } = viewer
    viewer.group = undefined
    group?.members.delete(viewer)
    if (!group || group.members.size > 0) return
    clearTimeout(group.timer)
    groups.delete(group.key)
  }
  return {
    get size() {
      return groups.size
    },
    leave,
    enter(viewer, watch) {
      const key = keyOf(watch)
      const group = groups.get(key) ?? {
        key,
        watch,
        members: new Set(),
        pending: createPending(),
        lastFlushMs: Number.NEGATIVE_INFINITY,
      }
      if (viewer.group === group) return group
      leave(viewer)
      groups.set(key, group)
      group.members.add(viewer)
      viewer.group = group
      return group
    },
    changed({ sites, links }) {
      const inventory = floor.inventory()
      for (const group of groups.values()) {
        if (collect(group, sites, inventory)) schedule(group, flush)
        tellLinks(floor, behind, group, links, inventory)
      }
    },
    stop() {
      for (const group of groups.values()) clearTimeout(group.timer)
    },
  }
}

function collect({ watch, pending }: Group, updates: readonly SiteUpdate[], inventory: InventoryView): boolean {
  for (const update of updates) {
    const change = changeFor(watch, inventory.sites.get(update.id), update)
    if (change) fold(pending, change)
  }
  return pending.sites.size > 0
}

/** The first change after quiet goes at once, the next ones when their time has come. */
function schedule(group: Group, flush: (group: Group) => void): void {
  if (group.timer) return
  const waitMs = group.lastFlushMs + SPACING_MS - monotonicMs()
  if (waitMs <= EARLY_MS) flush(group)
  else group.timer = setTimeout(flush, waitMs, group)
}

function flushGroup(floor: Floor, behind: Behind, group: Group): void {
  const nowMs = monotonicMs()
  const { pending } = group
  group.timer = undefined
  group.lastFlushMs = nowMs
  group.pending = createPending()
  const quick: Outlet[] = []
  for (const viewer of group.members) {
    const ready = isReady(viewer, nowMs)
    if (ready && !viewer.arrears) {
      viewer.lastDeltaMs = nowMs
      quick.push(viewer.outlet)
      continue
    }
    foldAll(behind.owe(viewer).pending, pending)
    if (ready) behind.settle(viewer, nowMs)
  }
  if (quick.length === 0) return
  floor.totals.deltas += quick.length
  floor.totals.folded += pending.folded * quick.length
  floor.broadcast(quick, 'delta', deltaOf(floor, pending))
}

function tellLinks(
  floor: Floor,
  behind: Behind,
  group: Group,
  changes: readonly LinkChange[],
  inventory: InventoryView,
): void {
  for (const change of changes) {
    const link = inventory.links.get(change.id)
    const payload = link && showsLink(group.watch, link, inventory) ? linkOf(floor, change) : undefined
    if (payload) behind.deliver(group.members, 'link', payload, (arrears) => arrears.links.set(change.id, change))
  }
}
