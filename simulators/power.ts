import type { Site } from '../domain/inventory.ts'

/** One mains failure of one site: what its battery makes of it. Epoch ms. */
export interface Outage {
  offMs: number
  /** Mains back; Infinity while it is not. */
  onMs: number
  /** Battery flat: silent from here on. Infinity when mains came back first. */
  deadMs: number
  /** Speaking again, after mains came back and the equipment has started. */
  bootedMs: number
  autonomyMs: number
}

const HOUR_MS = 3_600_000
/** Where the inventory says nothing: 0 means that it dies with the mains, Infinity that it needs no mains. */
const DEFAULT_AUTONOMY_H = { bts: 4, fibre: 8, service: 0.5, sensor: Number.POSITIVE_INFINITY } as const

export const autonomyMs = (site: Site): number => (site.battery_autonomy_h ?? DEFAULT_AUTONOMY_H[site.kind]) * HOUR_MS

/** What happens to a site whose mains is away in [offMs, onMs); `luck` in [-1, 1) makes batteries differ. */
export function outageOf(site: Site, offMs: number, onMs: number, luck: number): Outage {
  const autonomy = autonomyMs(site) * (1 + 0.08 * luck)
  const deadMs = offMs + autonomy < onMs ? offMs + autonomy : Number.POSITIVE_INFINITY
  const bootMs = (150 + 90 * luck) * 1000
  return { offMs, onMs, deadMs, bootedMs: onMs + bootMs, autonomyMs: autonomy }
}

const FLOAT_V = 54
const RECHARGE_HOURS = 6

/** Discharge of a 48 V lead-acid string, by share of its autonomy: a step, a long slope, a knee, cut off at 43.2 V. */
function dischargeVolts(used: number): number {
  if (used < 0.02) return FLOAT_V - 140 * used
  if (used < 0.85) return 51.2 - 3.8 * (used - 0.02)
  return Math.max(43.2, 48.05 - 32.3 * (used - 0.85))
}

/** DC bus voltage of a site at an instant, without noise. `outage` is its last one, if it had any. */
export function dcVolts(outage: Outage | undefined, tMs: number): number {
  if (!outage || tMs < outage.offMs) return FLOAT_V
  if (tMs < outage.onMs) return dischargeVolts((tMs - outage.offMs) / Math.max(1, outage.autonomyMs))
  const depth = Math.min(1, (outage.onMs - outage.offMs) / Math.max(1, outage.autonomyMs))
  const charged = (tMs - outage.onMs) / (RECHARGE_HOURS * HOUR_MS * Math.max(0.05, depth))
  return charged >= 1 ? FLOAT_V : 52.2 + 2.2 * charged
}
