import type { Catalogue } from '../../domain/catalogue.ts'
import type { SiteOfKind } from '../../domain/inventory.ts'
import type { ServiceSystem, Technology } from '../../domain/words.ts'
import { along, CLINIC, OFFICE, SCHOOL, SHOP } from '../day-curves.ts'
import { encode, type Field, fieldsOf } from '../encode.ts'
import { spread, unit, wave } from '../hash.ts'
import { CLOSE, dot, type Ink, press, stamp } from '../ink.ts'
import type { Heard } from '../modem-level.ts'
import type { Topology } from '../topology.ts'
import { createModem, type Modem, modemLevel } from './modem.ts'
import type { Ground, Now } from './now.ts'

export interface ServiceModel extends Ground {
  fields: Field[]
  system: ServiceSystem
  modem: Modem | undefined
  values: Float64Array
  latencyMs: number
  /** How large it is, around 1. */
  size: number
  /** The link by which it gets its service first, and the site at its other end; -1: none. */
  mainLink: number
  provider: number
}

interface Habits {
  /** Open sessions and transactions a minute when busy, at a place of usual size. */
  sessions: number
  perMinute: number
  latencyMs: number
  open(hour: number, weekday: number): number
}

const weekdays = (weekday: number): boolean => weekday >= 1 && weekday <= 5

const HABITS: Readonly<Record<Exclude<ServiceSystem, 'video-conference'>, Habits>> = {
  'one-stop': { sessions: 24, perMinute: 9, latencyMs: 22, open: (h, d) => (weekdays(d) ? along(OFFICE, h) : 0) },
  school: {
    sessions: 60,
    perMinute: 14,
    latencyMs: 26,
    open: (h, d) => (d === 0 ? 0 : along(SCHOOL, h) * (d === 6 ? 0.5 : 1)),
  },
  health: { sessions: 18, perMinute: 8, latencyMs: 24, open: (h, d) => along(CLINIC, h) * (d === 0 ? 0.7 : 1) },
  pharmacy: { sessions: 4, perMinute: 3, latencyMs: 34, open: (h) => along(SHOP, h) },
}

const METRICS = ['reachable', 'latency_ms', 'loss_pct', 'jitter_ms', 'sessions', 'transactions', 'errors']
const MODEM_METRIC: Readonly<Record<Technology, string>> = {
  '2g': 'rxlev_dbm',
  '3g': 'rscp_dbm',
  '4g': 'rsrp_dbm',
  '5g': 'ss_rsrp_dbm',
}

export function createService(
  site: SiteOfKind<'service'>,
  ground: Ground,
  topology: Topology,
  catalogue: Catalogue,
  hear: (technology: Technology) => Heard[],
): ServiceModel {
  const { linksAt, links, endB } = topology
  const ways = (linksAt[ground.index] ?? []).filter((link) => links[link]?.a === site.id)
  const wired = ways.find((link) => topology.sites[endB[link] as number]?.kind === 'fibre')
  const mainLink = wired ?? ways[0] ?? -1
  const names = site.modem ? [...METRICS, MODEM_METRIC[site.modem]] : METRICS
  const usual = site.system === 'video-conference' ? 18 : HABITS[site.system].latencyMs
  return {
    ...ground,
    fields: fieldsOf(catalogue, 'service', 'site', names),
    system: site.system,
    modem: site.modem && createModem(site.modem, hear(site.modem), ground.key),
    values: new Float64Array(names.length),
    latencyMs: usual * (0.8 + 0.5 * unit(ground.key, 1)),
    size: 0.5 + unit(ground.key, 2) + 0.5 * ground.town,
    mainLink,
    provider: mainLink === -1 ? -1 : (endB[mainLink] as number),
  }
}

const MINUTE_MS = 60_000

/** Meetings by the half hour in office hours: of ten slots some four are booked. */
function meeting(key: number, t: number, hour: number, weekday: number): number {
  if (!weekdays(weekday) || hour < 7.5 || hour > 17 || (hour > 11.5 && hour < 13.5)) return 0
  return unit(key, Math.floor(t / (30 * MINUTE_MS))) < 0.4 ? 1 : 0
}

/** A count with a given mean: the fraction is a chance. */
const counted = (mean: number, chance: number): number => Math.floor(mean + chance)

const SITE = stamp('"m":{')

/** Writes one reading: the inside of its JSON object. */
export function describeService(model: ServiceModel, now: Now, ink: Ink): void {
  const { values } = model
  fillPath(model, now)
  fillUse(model, now)
  if (model.modem) values[METRICS.length] = modemLevel(model.modem, now.t, now.world)
  press(ink, SITE)
  encode(ink, model.fields, values)
  dot(ink, CLOSE)
}

/** How well it is connected: worse when people crowd, and when its first way is cut and it lives on the second. */
function fillPath(
  { key, values, latencyMs, mainLink, provider }: ServiceModel,
  { t, moment, world, crowding }: Now,
): void {
  const minute = Math.floor(t / MINUTE_MS)
  const detour = mainLink !== -1 && (world.dark[mainLink] === 1 || world.reachable[provider] === 0)
  const busy = 0.35 * along(SHOP, moment.hour) + 0.5 * (crowding - 1)
  const hiccup = unit(key + 3, minute) < 0.004 ? 60 * unit(key + 4, minute) : 0
  values[0] = 1
  values[1] =
    latencyMs * (1 + busy + 0.12 * wave(key, t, 20 * MINUTE_MS)) +
    2 * unit(key + 5, minute) +
    hiccup +
    (detour ? 45 : 0)
  values[2] = 0.02 + 0.03 * busy + (hiccup > 0 ? 0.6 : 0) + (detour ? 0.4 : 0)
  values[3] = 1.2 + 2.5 * busy + 0.6 * wave(key + 6, t, 10 * MINUTE_MS) + hiccup / 12 + (detour ? 9 : 0)
}

/** How much it is used: sessions open now, transactions of the last minute, and those that failed. */
function fillUse({ key, values, system, size }: ServiceModel, { t, moment }: Now): void {
  const minute = Math.floor(t / MINUTE_MS)
  const { hour, weekday } = moment
  if (system === 'video-conference') {
    const live = meeting(key, t, hour, weekday)
    values[4] = live * counted(3 + 6 * size, unit(key + 7, Math.floor(t / (30 * MINUTE_MS))))
    values[5] = live
    values[6] = 0
    return
  }
  const habits = HABITS[system]
  const open = habits.open(hour, weekday) * size * (1 + 0.18 * wave(key + 8, t, 30 * MINUTE_MS))
  const transactions = counted(habits.perMinute * open * (1 + 0.3 * spread(key + 9, minute)), unit(key + 10, minute))
  values[4] = counted(habits.sessions * open, unit(key + 11, minute))
  values[5] = transactions
  values[6] = counted(0.004 * transactions, unit(key + 12, minute))
}
