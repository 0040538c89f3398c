/**
 * Constituents of the eastern Gulf of Thailand: diurnal K1 and O1 rule, semidiurnal M2 and S2 are small.
 * Amplitude in m, period in hours; amplitudes and phases are plausible for Phú Quốc, not surveyed.
 */
const CONSTITUENTS = [
  { amplitude: 0.26, periodH: 23.93447, phase: 1.1 }, // K1
  { amplitude: 0.18, periodH: 25.81934, phase: 2.4 }, // O1
  { amplitude: 0.09, periodH: 12.42061, phase: 0.4 }, // M2
  { amplitude: 0.05, periodH: 12, phase: 3 }, // S2
  { amplitude: 0.07, periodH: 24.06589, phase: 0.7 }, // P1
] as const

const MEAN_LEVEL_M = 0.9

/** Predicted tide in m above chart datum, without weather. */
export function tideAt(tMs: number): number {
  const hours = tMs / 3_600_000
  let level = MEAN_LEVEL_M
  for (const { amplitude, periodH, phase } of CONSTITUENTS)
    level += amplitude * Math.cos((2 * Math.PI * hours) / periodH - phase)
  // The northeast monsoon holds the Gulf's level some decimetres higher at the turn of the year.
  return level + 0.15 * Math.cos((2 * Math.PI * hours) / 8765.8)
}
