import type { Moment } from '../moment.ts'
import type { Outage } from '../power.ts'
import type { World } from '../world.ts'

/** What one site lives through at one instant: all that its readings depend on, besides itself. */
export interface Now {
  /** Epoch ms. */
  t: number
  moment: Moment
  world: World
  /** Its last mains failure. */
  outage: Outage | undefined
  /** Times as many people as usual; 1: as usual. */
  crowding: number
  /** Out of order: it speaks too often, and nonsense. */
  chattering: boolean
}

/** What signals of every kind need of a site. */
export interface Ground {
  index: number
  /** Hash key of the site under the seed of the city. */
  key: number
  zone: number
  /** 0 countryside … 1 the densest town. */
  town: number
}
