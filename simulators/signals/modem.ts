import { TECHNOLOGIES, type Technology } from '../../domain/words.ts'
import { bell, keyOf, spread, wave } from '../hash.ts'
import type { Heard } from '../modem-level.ts'
import type { World } from '../world.ts'

/** The modem of a sensor or of an office's back-up router on one technology. */
export interface Modem {
  metric: string
  key: number
  heard: Heard[]
  /** Its own error and the wall before it, in dB. */
  biasDb: number
  /** Below this it hears nothing. */
  floorDbm: number
}

/** Metric, and the level at which a modem loses the network. */
const METRICS: Readonly<Record<Technology, { metric: string; floorDbm: number }>> = {
  '2g': { metric: 'rxlev_dbm', floorDbm: -109 },
  '3g': { metric: 'rscp_dbm', floorDbm: -118 },
  '4g': { metric: 'rsrp_dbm', floorDbm: -126 },
  '5g': { metric: 'ss_rsrp_dbm', floorDbm: -126 },
}

/** The technology whose level a metric gives, if it is a modem's level. */
export const technologyOf = (metric: string): Technology | undefined =>
  TECHNOLOGIES.find((technology) => METRICS[technology].metric === metric)

export function createModem(technology: Technology, heard: Heard[], siteKey: number): Modem {
  const key = keyOf(technology, siteKey)
  return { ...METRICS[technology], key, heard, biasDb: 1.5 * bell(key, 1) - 4 }
}

const MINUTE_MS = 60_000

/**
 * The level of the best base station on air. One without power or without its way to the core does not
 * radiate, so a neighbour is heard instead, or nothing (NaN).
 */
export function modemLevel(modem: Modem, t: number, world: World): number {
  for (let i = 0; i < modem.heard.length; i++) {
    const { site, levelDbm } = modem.heard[i] as Heard
    if (!world.reachable[site]) continue
    const fading = 1.4 * wave(modem.key + 2, t, 45 * MINUTE_MS) + 0.9 * spread(modem.key + 3, Math.floor(t / MINUTE_MS))
    const level = levelDbm + modem.biasDb + fading
    return level < modem.floorDbm ? Number.NaN : level
  }
  return Number.NaN
}
