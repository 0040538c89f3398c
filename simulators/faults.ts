import type { Position } from '../domain/inventory.ts'

interface Window {
  fromMs: number
  /** Infinity while nobody has repaired it. */
  toMs: number
}

/** Links that carry nothing. */
export type Cut = Window & { kind: 'cut'; links: string[] }
/** Links that come and go, at random, once in about `periodMs`. */
export type Flap = Window & { kind: 'flap'; links: string[]; periodMs: number }
/** Sites without mains: they live on their batteries, then fall silent. */
export type MainsOff = Window & { kind: 'mains-off'; sites: string[] }
/** Sensors that report far too often, and nonsense. */
export type Chatter = Window & { kind: 'chatter'; sites: string[] }
/** Heavy rain and rising water. */
export type Flood = Window & { kind: 'flood' }
/** Many people in one place. */
export type Crowd = Window & { kind: 'crowd'; at: Position; radiusKm: number; factor: number }

/** Something wrong with the city, as data: scenarios and the past are lists of these. */
export type Fault = Cut | Flap | MainsOff | Chatter | Flood | Crowd

/** Ends what still runs at an instant, and forgets what has not begun. */
export const endFaults = (faults: readonly Fault[], atMs: number): Fault[] =>
  faults.filter((fault) => fault.fromMs < atMs).map((fault) => ({ ...fault, toMs: Math.min(fault.toMs, atMs) }))
