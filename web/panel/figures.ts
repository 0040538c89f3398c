import { catalogue } from '../../domain/catalogue.ts'
import type { Metric } from '../../domain/metrics.ts'
import type { Kind, Part } from '../../domain/words.ts'
import type { Latest, LatestValue, SiteDetail } from '../fetch.ts'
import type { MessageId } from '../i18n.ts'

/** What the panel shows of a site, and which of it comes first. Pure. */

/** Site-level metrics in the order in which they matter; the rest follow in the catalogue's. */
const FIRST: Readonly<Record<Kind, readonly string[]>> = {
  bts: ['mains', 'dc_voltage_v', 'cabinet_temp_c', 'door_open'],
  fibre: ['mains', 'dc_voltage_v', 'rx_power_dbm', 'attenuation_db', 'temp_c'],
  sensor: [],
  service: ['reachable', 'latency_ms', 'loss_pct', 'jitter_ms', 'sessions', 'transactions', 'errors'],
}

/** The charts of the first tab. */
const CHARTED: Readonly<Record<Kind, readonly string[]>> = {
  bts: ['dc_voltage_v', 'cabinet_temp_c'],
  fibre: ['rx_power_dbm', 'temp_c'],
  sensor: [
    'water_level_m',
    'pm2_5_ug_m3',
    'noise_dba',
    'rain_mm',
    'streetlight_power_w',
    'bin_fill_pct',
    'parking_free',
    'tide_m',
    'battery_pct',
  ],
  service: ['latency_ms', 'loss_pct'],
}
const CHARTS = 2

export interface Figure {
  key: string
  metric: Metric
  latest: LatestValue
  /** Over the site's parts: how this one value was made of theirs. */
  over?: { how: MessageId; parts: number; of: number }
}

const metricsOf = (kind: Kind, part: Part): Metric[] => [...catalogue.ofPart(kind, part).values()]

/** The metrics of a part in order of importance. */
export function orderedMetrics(kind: Kind, part: Part): Metric[] {
  const rank = (metric: Metric) => {
    const at = FIRST[kind].indexOf(metric.name)
    return part !== 'site' || at === -1 ? FIRST[kind].length : at
  }
  return metricsOf(kind, part).sort((a, b) => rank(a) - rank(b))
}

type Fold = (values: number[]) => number
const sum: Fold = (values) => values.reduce((total, value) => total + value, 0)
const most: Fold = (values) => Math.max(...values)

/** What a mast's sectors add up to. */
const OVER_SECTORS: readonly [metric: string, fold: Fold, how: MessageId][] = [
  ['users', sum, 'over.sum'],
  ['throughput_mbps', sum, 'over.sum'],
  ['prb_util_pct', most, 'over.max'],
  ['vswr', most, 'over.max'],
]

/** Over the sectors whose value is fresh, and how many that are; over all of them when none is. */
function overSectors(site: SiteDetail, nowMs: number): Figure[] {
  return OVER_SECTORS.flatMap(([name, fold, how]): Figure[] => {
    const metric = catalogue.find('bts', name)
    const heard = site.sectors.flatMap(({ latest }) => latest[name] ?? [])
    const fresh = heard.filter((latest) => !isStale(latest, site.due_after_s * 1000, nowMs))
    const used = fresh.length > 0 ? fresh : heard
    const values = used.map(({ value }) => value).filter((value) => typeof value === 'number')
    if (!metric || values.length === 0) return []
    const at = Math.min(...used.map((value) => value.at))
    return [
      {
        key: `over/${name}`,
        metric,
        latest: { value: fold(values), at },
        over: { how, parts: values.length, of: heard.length },
      },
    ]
  })
}

/** The figures of a site, in order of importance; only what has been heard. */
export function figuresOf(site: SiteDetail, nowMs: number): Figure[] {
  const own = orderedMetrics(site.kind, 'site').flatMap((metric): Figure[] => {
    const latest = site.latest[metric.name]
    return latest ? [{ key: metric.name, metric, latest }] : []
  })
  return site.kind === 'bts' ? [...own, ...overSectors(site, nowMs)] : own
}

/** Number metrics that a part of a site has said or should say: what can be charted. */
export function chartable(site: SiteDetail, part: string): Metric[] {
  const owner: Part = part === '' ? 'site' : site.sectors.some(({ id }) => id === part) ? 'sector' : 'link'
  const heard = part === '' ? site.latest : latestOfPart(site, part)
  return orderedMetrics(site.kind, owner).filter(({ name, type }) => type === 'number' && heard[name] !== undefined)
}

const latestOfPart = (site: SiteDetail, part: string): Latest =>
  [...site.sectors, ...site.links].find(({ id }) => id === part)?.latest ?? {}

/** The metrics that the first tab draws. */
export function mainCharts(site: SiteDetail): Metric[] {
  const all = chartable(site, '')
  const wanted = CHARTED[site.kind].flatMap((name) => all.find((metric) => metric.name === name) ?? [])
  return (wanted.length > 0 ? wanted : all).slice(0, CHARTS)
}

/** Is a value past its due time? */
export const isStale = (latest: LatestValue, dueMs: number, nowMs: number): boolean => nowMs > latest.at + dueMs

/** A curve that hardly moves is not to fill the picture with its noise: at least this share of its height. */
const LEAST_SHARE = 0.02
const LEAST_STEPS = 4

/** The height that a curve between two values is drawn in. */
export function drawnSpan(low: number, high: number, metric: Metric): number {
  const steps = LEAST_STEPS * 10 ** -(metric.decimals ?? 0)
  return Math.max(high - low, steps, LEAST_SHARE * Math.max(Math.abs(low), Math.abs(high)))
}
