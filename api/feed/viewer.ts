import type { LinkChange, Watch } from '../../domain/live.ts'
import type { InventoryView } from '../inventory.ts'
import type { Latest } from '../latest.ts'
import type { RawJson } from './encoder.ts'
import type { Pending } from './merge.ts'

/** At most four deltas a second for one viewer. */
export const SPACING_MS = 250
/** Timers may fire a little early. */
export const EARLY_MS = 4

export type FeedEvent = 'delta' | 'link' | 'resync' | 'pulse'

/** One viewer's connection. */
export interface Outlet {
  id: string
  /** Has it not taken what it was sent yet? */
  busy(): boolean
  emit(event: FeedEvent, payload: RawJson): void
}

/** What a viewer that could not keep up is owed; bounded by the number of sites and links. */
export interface Arrears {
  pending: Pending
  links: Map<string, LinkChange>
  resync?: string
  pulse?: RawJson
}

export interface Viewer {
  outlet: Outlet
  group?: Group | undefined
  arrears?: Arrears | undefined
  /** Monotonic ms. */
  lastDeltaMs: number
}

/** Viewers that watch the same: what they get is worked out and written once. */
export interface Group {
  key: string
  watch: Watch
  members: Set<Viewer>
  pending: Pending
  lastFlushMs: number
  timer?: NodeJS.Timeout | undefined
  snapshot?: { seq: number; text: RawJson }
}

/** What all parts of the feed share. */
export interface Floor {
  inventory(): InventoryView
  latest: Latest
  /** Platform time in epoch ms. */
  now(): number
  /** Sends one text to many viewers, encoded once. */
  broadcast(outlets: readonly Outlet[], event: FeedEvent, payload: RawJson): void
  /** Number of the last change that was applied. */
  seq: number
  totals: { deltas: number; folded: number }
}

/** Viewer pacing goes by a clock that nobody sets. */
export const monotonicMs = (): number => performance.now()

/** May the viewer have a delta now? */
export const isReady = ({ outlet, lastDeltaMs }: Viewer, nowMs: number): boolean =>
  !outlet.busy() && nowMs - lastDeltaMs >= SPACING_MS - EARLY_MS
