import type { Kind, ServiceSystem, SiteState } from '../domain/words.ts'

/** The shapes of states and kinds: one geometry for list, band and map. Colours are token names. */

/** Drawn on 20 × 20. */
export interface StateMark {
  outline: string
  /** Strokes inside the outline. */
  glyph: string
  /** Solid is a fault here and now; hollow is a matter of knowing. */
  solid: boolean
  /** Dash pattern of the outline; dashed is late, dotted is never heard. */
  dash: readonly number[]
  /** Tokens without their dashes: `--critical-fill`. */
  fill: string
  edge: string
  ink: string
}

const RING = 'M10 1.800a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 1 0 0-16.4z'

export const STATE_MARKS: Readonly<Record<SiteState, StateMark>> = {
  down: {
    outline: 'M10 .9 19.1 10 10 19.1.9 10z',
    glyph: 'M7.3 7.3l5.4 5.4M12.7 7.3l-5.4 5.4',
    solid: true,
    dash: [],
    fill: 'critical-fill',
    edge: 'critical-edge',
    ink: 'critical-on',
  },
  degraded: {
    outline: 'M10 1.2 19.2 18H.8z',
    glyph: 'M10 7.4v5M10 15.300v.2',
    solid: true,
    dash: [],
    fill: 'major-fill',
    edge: 'major-edge',
    ink: 'major-on',
  },
  stale: {
    outline: RING,
    glyph: 'M10 5.800v4.400l2.9 1.8',
    solid: false,
    dash: [3.4, 2.4],
    fill: 'surface',
    edge: 'ink-2',
    ink: 'ink-2',
  },
  unknown: {
    outline: 'M5.4 2.600h9.200L19.2 10l-4.6 7.400H5.400L.8 10z',
    glyph: 'M7.5 8a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.700M10 14.400v.2',
    solid: false,
    dash: [1.2, 2.6],
    fill: 'surface',
    edge: 'ink-3',
    ink: 'ink-3',
  },
  maintenance: {
    outline: 'M3 2.500h14v15H3z',
    glyph: 'M6.5 10h7M10 6.500v7',
    solid: false,
    dash: [],
    fill: 'surface',
    edge: 'ink-2',
    ink: 'ink-2',
  },
  ok: {
    outline: 'M10 6.200a3.8 3.8 0 1 0 0 7.600 3.8 3.8 0 1 0 0-7.6z',
    glyph: '',
    solid: true,
    dash: [],
    fill: 'ok',
    edge: 'ok',
    ink: 'ok',
  },
}

/** Line drawings on 20 × 20. */
export const KIND_ICONS: Readonly<Record<Kind, string>> = {
  bts: 'M10 8 6.5 17M10 8l3.5 9M8 13.500h4M10 6.500a1 1 0 1 0 0 2 1 1 0 1 0 0-2M6.5 10.500a4.5 4.5 0 0 1 0-6M13.5 10.500a4.5 4.5 0 0 0 0-6M4 12.500a8 8 0 0 1 0-10M16 12.500a8 8 0 0 0 0-10',
  fibre: 'M10 7a3 3 0 1 0 0 6 3 3 0 1 0 0-6M1.500 10H7M13 10h5.500M10 1.500V7M10 13v5.500',
  sensor: 'M10 8a2 2 0 1 0 0 4 2 2 0 1 0 0-4M6 14a5.7 5.7 0 0 1 0-8M14 14a5.7 5.7 0 0 0 0-8',
  service: 'M3 17V8l7-5 7 5v9zM8 17v-5h4v5',
}

export const SYSTEM_ICONS: Readonly<Record<ServiceSystem, string>> = {
  'one-stop': KIND_ICONS.service,
  school: 'M1.8 8 10 4l8.2 4L10 12zM5 9.800v4.400c1.5 1.3 3.2 1.8 5 1.800s3.500-.5 5-1.800V9.800M18.2 8v5',
  health: 'M8 3h4v5h5v4h-5v5H8v-5H3V8h5z',
  pharmacy: 'M3.8 11.200l7.400-7.400a3.5 3.5 0 0 1 5 5l-7.400 7.400a3.5 3.5 0 0 1-5-5zM7.500 7.500l5 5',
  'video-conference': 'M2.500 5.500h10v9h-10zM12.500 9 17.500 6v8l-5-3',
}

/** Filled silhouettes on 10 × 10, for the middle zoom. */
export const SILHOUETTES: Readonly<Record<Kind, string>> = {
  bts: 'M5 .3 8.7 9.700H6.700L6.100 8H3.900L3.300 9.700H1.300z',
  fibre: 'M5 .8a4.2 4.2 0 1 0 0 8.400A4.200 4.200 0 1 0 5 .8zM5 3.200a1.8 1.8 0 1 1 0 3.600A1.8 1.8 0 1 1 5 3.200z',
  sensor: 'M5 2.400a2.6 2.6 0 1 0 0 5.200A2.600 2.600 0 1 0 5 2.400z',
  service: 'M5 .7 9.500 4.700V9.300H.5V4.700z',
}

export const iconOf = (kind: Kind, system: ServiceSystem | null): string =>
  kind === 'service' && system !== null ? SYSTEM_ICONS[system] : KIND_ICONS[kind]
