import type { Sector } from '../../../domain/inventory.ts'
import type { Technology } from '../../../domain/words.ts'
import { oneDecimal } from './common.ts'
import type { Random } from './random.ts'

/** What surrounds a mast decides what it carries. */
export type Surroundings = 'town' | 'busy' | 'village' | 'rural' | 'hill' | 'islet'

/** Fictitious; the split of the bands among them is plausible, and no real operator's. */
export const OPERATORS = ['Nhà mạng A', 'Nhà mạng B', 'Nhà mạng C'] as const
export type Operator = (typeof OPERATORS)[number]

interface Layer {
  technology: Technology
  band: string
  /** Downlink centre by operator, in the order of OPERATORS. */
  frequencyMhz: readonly [number, number, number]
  bandwidthMhz: number
  /** Total of all antenna ports. */
  powerDbm: number
  gainDbi: number
  /** Share of the mast's height at which its antennas hang. */
  hangs: number
}

/** 3G: 20 W. 4G: 2 × 20 W, or 2 × 40 W in 20 MHz. 5G: 200 W in 100 MHz; the gain is that of a broadcast beam. */
const LAYERS = {
  '2g-900': {
    technology: '2g',
    band: 'B8',
    frequencyMhz: [930.2, 942.4, 954.6],
    bandwidthMhz: 0.2,
    powerDbm: 43,
    gainDbi: 16,
    hangs: 0.98,
  },
  '3g-900': {
    technology: '3g',
    band: 'B8',
    frequencyMhz: [932.5, 945, 957.5],
    bandwidthMhz: 5,
    powerDbm: 43,
    gainDbi: 16,
    hangs: 0.98,
  },
  '3g-2100': {
    technology: '3g',
    band: 'B1',
    frequencyMhz: [2122.5, 2142.5, 2162.5],
    bandwidthMhz: 5,
    powerDbm: 43,
    gainDbi: 17.5,
    hangs: 0.96,
  },
  '4g-700': {
    technology: '4g',
    band: 'B28',
    frequencyMhz: [773, 763, 783],
    bandwidthMhz: 10,
    powerDbm: 46,
    gainDbi: 15,
    hangs: 0.98,
  },
  '4g-900': {
    technology: '4g',
    band: 'B8',
    frequencyMhz: [937.5, 950, 927.5],
    bandwidthMhz: 5,
    powerDbm: 46,
    gainDbi: 15.5,
    hangs: 0.98,
  },
  '4g-1800': {
    technology: '4g',
    band: 'B3',
    frequencyMhz: [1815, 1840, 1865],
    bandwidthMhz: 20,
    powerDbm: 49,
    gainDbi: 17.5,
    hangs: 0.96,
  },
  '4g-2100': {
    technology: '4g',
    band: 'B1',
    frequencyMhz: [2132.5, 2152.5, 2117.5],
    bandwidthMhz: 15,
    powerDbm: 46,
    gainDbi: 17.5,
    hangs: 0.96,
  },
  '4g-2600': {
    technology: '4g',
    band: 'B41',
    frequencyMhz: [2510, 2510, 2510],
    bandwidthMhz: 20,
    powerDbm: 49,
    gainDbi: 17.5,
    hangs: 0.93,
  },
  '5g-2600': {
    technology: '5g',
    band: 'n41',
    frequencyMhz: [2560, 2560, 2560],
    bandwidthMhz: 80,
    powerDbm: 53,
    gainDbi: 19,
    hangs: 0.9,
  },
  '5g-3700': {
    technology: '5g',
    band: 'n78',
    frequencyMhz: [3750, 3750, 3750],
    bandwidthMhz: 100,
    powerDbm: 53,
    gainDbi: 19.5,
    hangs: 0.9,
  },
  '5g-3800': {
    technology: '5g',
    band: 'n77',
    frequencyMhz: [3850, 3850, 3850],
    bandwidthMhz: 100,
    powerDbm: 53,
    gainDbi: 19.5,
    hangs: 0.9,
  },
} as const satisfies Record<string, Layer>
type LayerName = keyof typeof LAYERS

const FIFTH: Readonly<Record<Operator, LayerName>> = {
  'Nhà mạng A': '5g-2600',
  'Nhà mạng B': '5g-3700',
  'Nhà mạng C': '5g-3800',
}
const LOW_FOURTH: Readonly<Record<Operator, LayerName>> = {
  'Nhà mạng A': '4g-700',
  'Nhà mạng B': '4g-900',
  'Nhà mạng C': '4g-900',
}

function townLayers(operator: Operator, fifth: boolean, random: Random): LayerName[] {
  const layers: LayerName[] = ['3g-2100', '4g-1800']
  if (random.chance(0.55)) layers.push(operator === 'Nhà mạng A' ? '4g-2600' : '4g-2100')
  return fifth ? [...layers, FIFTH[operator]] : layers
}

function countryLayers(operator: Operator, remote: boolean, random: Random): LayerName[] {
  const layers: LayerName[] = ['3g-900', '4g-1800']
  if (random.chance(remote ? 0.6 : 0.25)) layers.push(LOW_FOURTH[operator])
  // Kept where the last old alarms and meters have not been exchanged.
  return remote && operator === 'Nhà mạng A' && random.chance(0.3) ? ['2g-900', ...layers] : layers
}

/** The layers of a mast, in the order of technologies. */
function layersOf(surroundings: Surroundings, operator: Operator, random: Random): LayerName[] {
  switch (surroundings) {
    case 'town':
      return townLayers(operator, random.chance(0.6), random)
    case 'busy':
      return townLayers(operator, true, random)
    case 'islet':
      return ['2g-900', '3g-900', '4g-1800', LOW_FOURTH[operator]]
    case 'hill':
      return ['3g-900', '4g-1800', LOW_FOURTH[operator]]
    default:
      return countryLayers(operator, surroundings === 'rural', random)
  }
}

/** Usual downward tilt in degrees at the antenna, before it is fitted to the place. */
const TILT_DEG: Readonly<Record<Surroundings, number>> = { town: 7, busy: 6, village: 4, rural: 3, hill: 5, islet: 2 }
const MAST_M: Readonly<Record<Surroundings, readonly [number, number]>> = {
  town: [24, 34],
  busy: [28, 38],
  village: [32, 42],
  rural: [36, 45],
  hill: [28, 40],
  islet: [36, 48],
}
const DIRECTIONS = [1, 2, 3] as const
const LOW_BAND_MHZ = 1000

export interface Mast {
  mast_height_m: number
  sectors: Sector[]
}

/** A mast of three directions with one sector for each direction and layer: `4g-1`, and `4g-1b` on a second band. */
export function equip(surroundings: Surroundings, operator: Operator, random: Random): Mast {
  const [low, high] = MAST_M[surroundings]
  const mast = random.whole(low, high)
  const turn = random.whole(0, 23) * 5
  const directions = DIRECTIONS.map((direction) => ({
    direction,
    azimuth: (turn + (direction - 1) * 120 + random.whole(-2, 2) * 5 + 360) % 360,
    tilt: TILT_DEG[surroundings] + random.whole(-1, 1),
    mechanical: random.pick([0, 0, 0, 1, 2]),
  }))
  const seen = new Map<Technology, number>()
  const sectors = layersOf(surroundings, operator, random).flatMap((name) => {
    const layer: Layer = LAYERS[name]
    const repeat = seen.get(layer.technology) ?? 0
    seen.set(layer.technology, repeat + 1)
    const suffix = repeat === 0 ? '' : String.fromCharCode(97 + repeat)
    return directions.map(({ direction, azimuth, tilt, mechanical }) => ({
      id: `${layer.technology}-${direction}${suffix}`,
      technology: layer.technology,
      direction,
      band: layer.band,
      frequency_mhz: layer.frequencyMhz[OPERATORS.indexOf(operator)] as number,
      bandwidth_mhz: layer.bandwidthMhz,
      height_m: oneDecimal(mast * layer.hangs),
      azimuth_deg: azimuth,
      electrical_tilt_deg: Math.max(0, tilt - (layer.frequencyMhz[0] < LOW_BAND_MHZ ? 1 : 0)),
      mechanical_tilt_deg: mechanical,
      power_dbm: layer.powerDbm,
      gain_dbi: layer.gainDbi,
      beamwidth_deg: 65,
    }))
  })
  return { mast_height_m: mast, sectors }
}
