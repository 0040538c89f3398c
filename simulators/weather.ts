import { along, localHour, sunHours, yearPhase } from './day-curves.ts'
import { unit, wave } from './hash.ts'

/** The sky over one part of the island at one instant. */
export interface Sky {
  temperatureC: number
  /** mm an hour. */
  rainRate: number
  /** What lies on the ground and in the streams after the last hours of rain, in mm. */
  wetnessMm: number
  /** 0 night … 1 clear noon. */
  sun: number
}

/** Showers come and go by thirds of the island: north, middle, south. */
export const ZONES = 3
export const zoneOf = (lat: number): number => (lat > 10.27 ? 0 : lat > 10.12 ? 1 : 2)

const HOUR_MS = 3_600_000
const CELL_MS = 6 * HOUR_MS
const WARMTH = [
  0.2, 0.14, 0.1, 0.06, 0.02, 0, 0.04, 0.2, 0.42, 0.62, 0.78, 0.9, 0.98, 1, 0.97, 0.9, 0.78, 0.64, 0.52, 0.44, 0.38,
  0.32, 0.28, 0.24,
] as const

/** Chance of a shower in six hours: the southwest monsoon rains from May to October. */
function showerChance(tMs: number): number {
  return 0.16 + 0.34 * Math.max(0, Math.cos(2 * Math.PI * (yearPhase(tMs) - 0.6)))
}

/** mm an hour from the shower that starts within one six-hour cell, if any. */
function shower(key: number, cell: number, tMs: number): number {
  if (unit(key, cell) >= showerChance(cell * CELL_MS)) return 0
  const start = (cell + unit(key + 1, cell) * 0.8) * CELL_MS
  const duration = (0.4 + 2.4 * unit(key + 2, cell) ** 2) * HOUR_MS
  const into = (tMs - start) / duration
  if (into <= 0 || into >= 1) return 0
  const peak = 3 + 32 * unit(key + 3, cell) ** 2
  const shape = Math.sin(Math.PI * into)
  return peak * shape * shape
}

/** mm an hour in one zone: its own showers, and those that cover the whole island. */
export function rainRate(seed: number, zone: number, tMs: number): number {
  const cell = Math.floor(tMs / CELL_MS)
  const own = seed ^ (0x51a0 + 97 * zone)
  const shared = seed ^ 0x7e11
  const local = shower(own, cell, tMs) + shower(own, cell - 1, tMs)
  return local + 0.6 * (shower(shared, cell, tMs) + shower(shared, cell - 1, tMs))
}

const WETNESS_STEPS = 12
const WETNESS_STEP_MS = HOUR_MS / 2

function wetness(seed: number, zone: number, tMs: number): number {
  let mm = 0
  for (let back = 0; back < WETNESS_STEPS; back++)
    mm += rainRate(seed, zone, tMs - back * WETNESS_STEP_MS) * 0.5 * (1 - back / WETNESS_STEPS)
  return mm
}

/** The sky over a zone. Pure in seed, zone and time. */
export function skyAt(seed: number, zone: number, tMs: number): Sky {
  const hour = localHour(tMs)
  const { rise, set } = sunHours(tMs)
  const height = hour > rise && hour < set ? Math.sin((Math.PI * (hour - rise)) / (set - rise)) : 0
  const rain = rainRate(seed, zone, tMs)
  const cloud = Math.min(0.9, 0.25 + 0.2 * wave(seed ^ (0xc10d + zone), tMs, 3 * HOUR_MS) + rain / 12)
  const season = Math.cos(2 * Math.PI * (yearPhase(tMs) - 0.32)) // warmest at the end of April
  const warmth = along(WARMTH, hour) * (1 - 0.35 * cloud)
  const drift = 0.5 * wave(seed ^ (0x7e39 + zone), tMs, 5 * HOUR_MS)
  return {
    temperatureC: 24.6 + 1.2 * season + 6.4 * warmth - 1.6 * Math.min(1, rain / 10) + drift,
    rainRate: rain,
    wetnessMm: wetness(seed, zone, tMs),
    sun: height * (1 - 0.8 * cloud),
  }
}
