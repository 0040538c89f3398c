import type { Position } from '../domain/inventory.ts'
import { localDay, localHour, sunHours, weekday } from './day-curves.ts'
import type { Crowd, Fault } from './faults.ts'
import { tideAt } from './tide.ts'
import { distanceKm } from './topology.ts'
import { type Sky, skyAt, ZONES } from './weather.ts'

/** What the whole island shares at one instant. */
export interface Moment {
  hour: number
  day: number
  /** Saturday or Sunday. */
  weekend: boolean
  weekday: number
  rise: number
  set: number
  tideM: number
  /** By zone. */
  skies: Sky[]
  /** 0 none … 1 the worst that the flood scenario knows. */
  flood: number
  crowds: { crowd: Crowd; strength: number }[]
}

/** The island's weather is worked out once in ten seconds, however many sites ask. */
const STEP_MS = 10_000
const FLOOD_RISE_MS = 45 * 60_000
const FLOOD_FALL_MS = 2 * 3_600_000
const CROWD_RAMP_MS = 5 * 60_000
const FLOOD_RAIN_MM_H = 55

const eased = (x: number): number => (x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x))

/** A fault that builds up and drains away. */
function strength(fault: Fault, tMs: number, riseMs: number, fallMs: number): number {
  if (tMs < fault.fromMs) return 0
  const risen = eased((Math.min(tMs, fault.toMs) - fault.fromMs) / riseMs)
  return tMs < fault.toMs ? risen : risen * Math.exp(-(tMs - fault.toMs) / fallMs)
}

function momentAt(seed: number, faults: readonly Fault[], tMs: number): Moment {
  let flood = 0
  let pouring = 0
  const crowds: Moment['crowds'] = []
  for (const fault of faults) {
    if (fault.kind === 'flood') {
      flood = Math.max(flood, strength(fault, tMs, FLOOD_RISE_MS, FLOOD_FALL_MS))
      pouring = Math.max(pouring, strength(fault, tMs, FLOOD_RISE_MS / 3, FLOOD_FALL_MS / 8))
    }
    if (fault.kind !== 'crowd') continue
    const strong = strength(fault, tMs, CROWD_RAMP_MS, 2 * CROWD_RAMP_MS)
    if (strong > 0.01) crowds.push({ crowd: fault, strength: strong })
  }
  const skies = Array.from({ length: ZONES }, (_, zone) => {
    const sky = skyAt(seed, zone, tMs)
    return { ...sky, rainRate: sky.rainRate + FLOOD_RAIN_MM_H * pouring }
  })
  const sun = sunHours(tMs)
  const day = weekday(tMs)
  return {
    hour: localHour(tMs),
    day: localDay(tMs),
    weekday: day,
    weekend: day === 0 || day === 6,
    ...sun,
    tideM: tideAt(tMs),
    skies,
    flood,
    crowds,
  }
}

/** Moments under a list of faults, the last one remembered. */
export function createMoments(seed: number, faults: readonly Fault[]): (tMs: number) => Moment {
  let step = Number.NaN
  let moment: Moment | undefined
  return (tMs) => {
    const at = Math.floor(tMs / STEP_MS)
    if (!moment || at !== step) {
      step = at
      moment = momentAt(seed, faults, at * STEP_MS)
    }
    return moment
  }
}

/** How many times more people than usual are at a place. */
export function crowding(moment: Moment, at: Position): number {
  let factor = 1
  for (const { crowd, strength } of moment.crowds) {
    const near = 1 - distanceKm(at, crowd.at) / crowd.radiusKm
    if (near > 0) factor += (crowd.factor - 1) * strength * eased(2 * near)
  }
  return factor
}
