import { LOCAL_OFFSET_MS } from '../domain/history.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** One value an hour from local midnight, 1 at the busiest. */
type Curve = readonly number[]

export const RESIDENTIAL: Curve = [
  0.2, 0.14, 0.11, 0.1, 0.12, 0.2, 0.36, 0.5, 0.56, 0.58, 0.6, 0.64, 0.66, 0.6, 0.58, 0.6, 0.64, 0.72, 0.82, 0.94, 1,
  0.94, 0.68, 0.38,
]
export const VISITORS: Curve = [
  0.34, 0.22, 0.15, 0.11, 0.1, 0.12, 0.22, 0.4, 0.54, 0.6, 0.62, 0.64, 0.6, 0.56, 0.56, 0.6, 0.68, 0.8, 0.92, 1, 0.98,
  0.9, 0.74, 0.52,
]
/** Offices open 7–11 and 13–17. */
export const OFFICE: Curve = [
  0, 0, 0, 0, 0, 0, 0.04, 0.62, 0.95, 1, 0.8, 0.14, 0.06, 0.6, 0.9, 0.82, 0.5, 0.06, 0, 0, 0, 0, 0, 0,
]
export const SCHOOL: Curve = [
  0, 0, 0, 0, 0, 0, 0.2, 0.85, 1, 0.98, 0.8, 0.3, 0.25, 0.75, 0.95, 0.9, 0.5, 0.18, 0.08, 0.1, 0.08, 0.02, 0, 0,
]
export const CLINIC: Curve = [
  0.12, 0.1, 0.08, 0.08, 0.1, 0.16, 0.4, 0.85, 1, 0.95, 0.8, 0.45, 0.4, 0.7, 0.8, 0.72, 0.55, 0.4, 0.34, 0.3, 0.26,
  0.22, 0.18, 0.14,
]
export const SHOP: Curve = [
  0.02, 0, 0, 0, 0, 0.03, 0.16, 0.45, 0.62, 0.66, 0.6, 0.45, 0.35, 0.4, 0.5, 0.58, 0.7, 0.88, 1, 0.96, 0.75, 0.4, 0.14,
  0.05,
]
export const TRAFFIC: Curve = [
  0.14, 0.08, 0.06, 0.06, 0.12, 0.3, 0.66, 0.92, 0.8, 0.66, 0.62, 0.68, 0.6, 0.56, 0.6, 0.68, 0.86, 1, 0.9, 0.76, 0.62,
  0.5, 0.36, 0.22,
]

/** A curve at an hour of the day in [0, 24), eased between its points. */
export function along(curve: Curve, hour: number): number {
  const step = Math.floor(hour)
  const f = hour - step
  const before = curve[step % 24] as number
  const after = curve[(step + 1) % 24] as number
  return before + (after - before) * f * f * (3 - 2 * f)
}

/** Local hour of the day in [0, 24). */
export const localHour = (tMs: number): number => ((tMs + LOCAL_OFFSET_MS) % DAY_MS) / HOUR_MS

/** Days since the local epoch: changes at local midnight. */
export const localDay = (tMs: number): number => Math.floor((tMs + LOCAL_OFFSET_MS) / DAY_MS)

/** 0 Sunday … 6 Saturday. */
export const weekday = (tMs: number): number => (localDay(tMs) + 4) % 7

/** Position in the year in [0, 1), good to a day. */
export const yearPhase = (tMs: number): number => (tMs / (365.2425 * DAY_MS)) % 1

/** Local hours of sunrise and sunset at 10° N, good to some minutes. */
export function sunHours(tMs: number): { rise: number; set: number } {
  const summer = Math.cos(2 * Math.PI * (yearPhase(tMs) - 0.47)) // 1 at the June solstice
  return { rise: 5.98 - 0.3 * summer, set: 18.02 + 0.28 * summer }
}
