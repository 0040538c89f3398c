import type { Bilingual, Kind, Part, Technology } from './words.ts'

/**
 * One quantity that a kind of site reports. Everything else about it (validation, database column,
 * API documentation, chart label, simulator bound) is derived from this entry.
 */
export interface Metric {
  /** Name on the wire; carries its unit (`rx_power_dbm`). Lower snake case. */
  name: string
  kind: Kind
  /** Where it may appear: `m` (site), `sectors`, `links`. The same name may belong to several. */
  parts: readonly Part[]
  type: 'number' | 'boolean' | 'text'
  /** UCUM code; `1` for a pure number. */
  unit: string
  /** Inclusive bounds of what can be true; outside them a reading is refused. Numbers only. */
  range?: readonly [min: number, max: number]
  /** Finest step worth keeping, in decimals. */
  decimals?: number
  title: Bilingual
  /** For a sector metric: the technologies that report it; absent: all. */
  technologies?: readonly Technology[]
  /** What is normal; a fresh value outside it degrades the site. Bounds inclusive. */
  normal?: { min?: number; max?: number; is?: boolean }
  /** A false value means that the site as a whole gives no service. */
  vital?: boolean
}

const number = (
  kind: Kind,
  parts: readonly Part[],
  name: string,
  unit: string,
  range: readonly [number, number],
  decimals: number,
  vi: string,
  en: string,
  more: Pick<Metric, 'technologies' | 'normal'> = {},
): Metric => ({ name, kind, parts, type: 'number', unit, range, decimals, title: { vi, en }, ...more })

const flag = (
  kind: Kind,
  parts: readonly Part[],
  name: string,
  vi: string,
  en: string,
  more: Pick<Metric, 'normal' | 'vital'> = {},
): Metric => ({ name, kind, parts, type: 'boolean', unit: '1', title: { vi, en }, ...more })

const SITE = ['site'] as const
const SECTOR = ['sector'] as const
const LINK = ['link'] as const

/** Reporting ranges of the four technologies: TS 45.008, TS 25.133, TS 36.133 and TS 38.133. */
const LEVELS = [
  { technology: '2g', stem: 'rxlev', range: [-110, -48], vi: 'Mức thu RXLEV', en: 'RXLEV' },
  { technology: '3g', stem: 'rscp', range: [-120, -25], vi: 'Mức thu RSCP', en: 'RSCP' },
  { technology: '4g', stem: 'rsrp', range: [-140, -44], vi: 'Mức thu RSRP', en: 'RSRP' },
  { technology: '5g', stem: 'ss_rsrp', range: [-156, -31], vi: 'Mức thu SS-RSRP', en: 'SS-RSRP' },
] as const

const sectorLevels = LEVELS.flatMap(({ technology, stem, range, vi, en }) =>
  (
    [
      ['p50', 'trung vị', 'median'],
      ['p10', '10 % yếu nhất', 'weakest 10 %'],
    ] as const
  ).map(([p, qualifierVi, qualifierEn]) =>
    number('bts', SECTOR, `${stem}_${p}_dbm`, 'dB[mW]', range, 1, `${vi} ${qualifierVi}`, `${en}, ${qualifierEn}`, {
      technologies: [technology],
    }),
  ),
)

/** A modem's own signal level is a coverage measurement, whoever carries the modem. */
const modemLevels = (kind: Kind): Metric[] =>
  LEVELS.map(({ stem, range, vi, en }) =>
    number(kind, SITE, `${stem}_dbm`, 'dB[mW]', range, 1, `${vi} tại modem`, `${en} at the modem`),
  )

const bts: Metric[] = [
  number('bts', SITE, 'dc_voltage_v', 'V', [0, 75], 1, 'Điện áp DC', 'DC voltage', { normal: { min: 47, max: 57 } }),
  flag('bts', SITE, 'mains', 'Điện lưới', 'Mains', { normal: { is: true } }),
  number('bts', SITE, 'cabinet_temp_c', 'Cel', [-20, 95], 1, 'Nhiệt độ tủ', 'Cabinet temperature', {
    normal: { max: 45 },
  }),
  flag('bts', SITE, 'door_open', 'Cửa tủ', 'Cabinet door', { normal: { is: false } }),
  ...sectorLevels,
  number('bts', SECTOR, 'rsrq_db', 'dB', [-34, 2.5], 1, 'RSRQ trung vị', 'RSRQ, median', {
    technologies: ['4g', '5g'],
    normal: { min: -15 },
  }),
  number('bts', SECTOR, 'sinr_db', 'dB', [-23, 40], 1, 'SINR trung vị', 'SINR, median', {
    technologies: ['4g', '5g'],
    normal: { min: 0 },
  }),
  number('bts', SECTOR, 'prb_util_pct', '%', [0, 100], 1, 'Tải PRB', 'PRB utilisation', {
    technologies: ['4g', '5g'],
    normal: { max: 95 },
  }),
  number('bts', SECTOR, 'users', '1', [0, 20_000], 0, 'Người dùng', 'Users'),
  number('bts', SECTOR, 'throughput_mbps', 'Mbit/s', [0, 20_000], 1, 'Thông lượng', 'Throughput', {
    technologies: ['3g', '4g', '5g'],
  }),
  number('bts', SECTOR, 'vswr', '1', [1, 20], 2, 'VSWR', 'VSWR', { normal: { max: 2 } }),
]

const fibre: Metric[] = [
  flag('fibre', LINK, 'link_up', 'Tuyến thông', 'Link up', { normal: { is: true } }),
  number('fibre', ['site', 'link'], 'rx_power_dbm', 'dB[mW]', [-50, 15], 1, 'Công suất thu', 'Rx power'),
  number('fibre', LINK, 'tx_power_dbm', 'dB[mW]', [-40, 15], 1, 'Công suất phát', 'Tx power'),
  number('fibre', LINK, 'ber', '1', [0, 1], 15, 'BER', 'BER', { normal: { max: 1e-6 } }),
  number('fibre', SITE, 'attenuation_db', 'dB', [0, 80], 1, 'Suy hao ODN', 'ODN loss'),
  number('fibre', SITE, 'temp_c', 'Cel', [-20, 100], 1, 'Nhiệt độ thiết bị', 'Equipment temperature', {
    normal: { max: 70 },
  }),
  flag('fibre', SITE, 'mains', 'Điện lưới', 'Mains', { normal: { is: true } }),
  number('fibre', SITE, 'dc_voltage_v', 'V', [0, 75], 1, 'Điện áp DC', 'DC voltage', { normal: { min: 47, max: 57 } }),
]

const sensor: Metric[] = [
  number('sensor', SITE, 'pm2_5_ug_m3', 'ug/m3', [0, 1000], 1, 'Bụi mịn PM2.5', 'PM2.5'),
  number('sensor', SITE, 'noise_dba', 'dB[SPL]', [20, 140], 1, 'Độ ồn', 'Noise (A-weighted)'),
  number('sensor', SITE, 'water_level_m', 'm', [-5, 20], 2, 'Mực nước', 'Water level'),
  number('sensor', SITE, 'tide_m', 'm', [-3, 5], 2, 'Thuỷ triều', 'Tide'),
  number('sensor', SITE, 'rain_mm', 'mm', [0, 300], 1, 'Lượng mưa', 'Rain'),
  number('sensor', SITE, 'streetlight_power_w', 'W', [0, 5000], 0, 'Công suất đèn đường', 'Street light power'),
  number('sensor', SITE, 'bin_fill_pct', '%', [0, 100], 0, 'Độ đầy thùng rác', 'Bin fill level'),
  number('sensor', SITE, 'parking_free', '1', [0, 10_000], 0, 'Chỗ đỗ trống', 'Free parking spaces'),
  number('sensor', SITE, 'battery_pct', '%', [0, 100], 0, 'Pin', 'Battery', { normal: { min: 20 } }),
  ...modemLevels('sensor'),
]

const service: Metric[] = [
  flag('service', SITE, 'reachable', 'Kết nối', 'Reachable', { normal: { is: true }, vital: true }),
  number('service', SITE, 'latency_ms', 'ms', [0, 60_000], 1, 'Độ trễ khứ hồi', 'Round-trip latency', {
    normal: { max: 800 },
  }),
  number('service', SITE, 'loss_pct', '%', [0, 100], 2, 'Mất gói', 'Packet loss', { normal: { max: 3 } }),
  number('service', SITE, 'jitter_ms', 'ms', [0, 10_000], 1, 'Rung', 'Jitter', { normal: { max: 50 } }),
  number('service', SITE, 'sessions', '1', [0, 100_000], 0, 'Phiên đang mở', 'Open sessions'),
  number('service', SITE, 'transactions', '1', [0, 1_000_000], 0, 'Giao dịch', 'Transactions'),
  number('service', SITE, 'errors', '1', [0, 1_000_000], 0, 'Giao dịch lỗi', 'Failed transactions'),
  ...modemLevels('service'),
]

/** Every metric of the platform. Adding one is adding an entry here and nothing else. */
export const METRICS: readonly Metric[] = [...bts, ...fibre, ...sensor, ...service]
