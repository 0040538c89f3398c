import type { Catalogue } from '../../domain/catalogue.ts'
import type { SiteOfKind } from '../../domain/inventory.ts'
import type { Technology } from '../../domain/words.ts'
import { along, TRAFFIC, VISITORS, yearPhase } from '../day-curves.ts'
import { encode, type Field, fieldsOf } from '../encode.ts'
import { bell, spread, unit, wave } from '../hash.ts'
import { CLOSE, dot, type Ink, press, stamp } from '../ink.ts'
import type { Heard } from '../modem-level.ts'
import { createModem, type Modem, modemLevel, technologyOf } from './modem.ts'
import type { Ground, Now } from './now.ts'

export interface SensorModel extends Ground {
  fields: Field[]
  signals: Signal[]
  modems: (Modem | undefined)[]
  values: Float64Array
  intervalH: number
  floodLevels: { i: number; ii: number; iii: number }
  quiet: boolean
  lampW: number
}

type Signal = (model: SensorModel, now: Now) => number

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function particles({ key, zone, town }: SensorModel, { t, moment }: Now): number {
  const sky = moment.skies[zone] as { rainRate: number; wetnessMm: number }
  const dryMonths = Math.max(0, Math.cos(2 * Math.PI * (yearPhase(t) - 0.12)))
  const usual = 8 + 7 * town + 9 * dryMonths + 7 * along(TRAFFIC, moment.hour) * (0.4 + town)
  const washed = 1 / (1 + 0.05 * sky.rainRate + 0.02 * sky.wetnessMm)
  return usual * washed * (1 + 0.25 * wave(key, t, 3 * HOUR_MS) + 0.06 * wave(key + 1, t, 10 * MINUTE_MS))
}

function noise({ key, zone, town, quiet }: SensorModel, { t, moment, crowding }: Now): number {
  const sky = moment.skies[zone] as { rainRate: number }
  const street = (quiet ? 40 : 46) + (quiet ? 9 : 13) * along(TRAFFIC, moment.hour) + 5 * town
  const people = 6 * Math.log10(crowding)
  const gusts = 1.8 * wave(key, t, 15 * MINUTE_MS) + 1.2 * spread(key + 1, Math.floor(t / MINUTE_MS))
  return street + people + Math.min(8, 0.5 * sky.rainRate) + gusts
}

function waterLevel({ key, zone, floodLevels }: SensorModel, { t, moment }: Now): number {
  const sky = moment.skies[zone] as { wetnessMm: number }
  const { i, iii } = floodLevels
  const dry = i - 0.75 - 0.35 * unit(key, 0)
  const stream = dry + 0.25 * (moment.tideM - 0.9) + 0.0055 * Math.min(90, sky.wetnessMm)
  // Every gauge passes level I, the worst-placed ones level III.
  const crest = i + (iii - i + 0.4) * (0.25 + 0.75 * unit(key, 1))
  const flooded = Math.max(0, crest - stream) * moment.flood
  return stream + flooded + 0.015 * wave(key + 2, t, 12 * MINUTE_MS)
}

const tide = ({ key }: SensorModel, { t, moment }: Now): number =>
  moment.tideM + 0.06 * wave(key ^ 0x7, t, 30 * HOUR_MS) + 0.35 * moment.flood + 0.02 * wave(key, t, 9 * MINUTE_MS)

/** What fell since the reading before. */
const rain = ({ key, zone, intervalH }: SensorModel, { t, moment }: Now): number => {
  const rate = (moment.skies[zone] as { rainRate: number }).rainRate
  return rate * intervalH * (1 + 0.25 * wave(key, t, 8 * MINUTE_MS))
}

const DIM_FROM_H = 23
const DIM_TO_H = 4.5
const STANDBY_W = 2

function lamp({ key, index, lampW }: SensorModel, { t, moment, world }: Now): number {
  if (world.mainsOff[index]) return 0
  const { hour, rise, set, day } = moment
  const jitter = 0.12 * spread(key, 0)
  if (hour > rise + jitter && hour < set + jitter) return STANDBY_W
  const broken = unit(key + 1, Math.floor(day / 20)) < 0.012
  if (broken) return 0.1 * lampW
  const dimmed = hour > DIM_FROM_H || hour < DIM_TO_H ? 0.65 : 1
  return lampW * dimmed * (0.97 + 0.02 * wave(key + 2, t, 60 * MINUTE_MS))
}

/** Filled over one to three days, emptied by the morning round; a share of bins runs full before. */
function bin({ key, town }: SensorModel, { t, moment, crowding }: Now): number {
  const everyDays = 1 + (Math.floor(3 * unit(key, 0)) % 3)
  const roundH = 4.5 + 3 * unit(key, 1)
  const sinceRound = (moment.day % everyDays) * 24 + moment.hour - roundH
  const hours = sinceRound < 0 ? sinceRound + everyDays * 24 : sinceRound
  const perDay = (62 + 38 * unit(key, 2) + 10 * town) / everyDays
  const day = Math.floor((t - roundH * HOUR_MS) / (everyDays * DAY_MS))
  return Math.min(100, 3 + ((perDay * hours) / 24) * (0.85 + 0.3 * unit(key + 3, day)) * Math.sqrt(crowding))
}

function parking({ key, town }: SensorModel, { t, moment, crowding }: Now): number {
  const spaces = 16 + Math.round(110 * unit(key, 0) * (0.4 + town))
  const taken = 0.12 + 0.68 * along(unit(key, 1) < 0.6 ? VISITORS : TRAFFIC, moment.hour) * (moment.weekend ? 1.12 : 1)
  const used = taken * crowding + 0.06 * wave(key + 2, t, 25 * MINUTE_MS)
  return spaces * Math.max(0, 1 - used)
}

const BATTERY_LIFE_DAYS = 400

/** A lithium cell that is changed a little after it warns. */
function battery({ key }: SensorModel, { t }: Now): number {
  const age = (t / DAY_MS / BATTERY_LIFE_DAYS + unit(key, 0)) % 1
  return 100 - 81 * age ** 1.1 + 0.4 * wave(key + 1, t, 6 * HOUR_MS)
}

const SIGNALS: Readonly<Record<string, Signal>> = {
  pm2_5_ug_m3: particles,
  noise_dba: noise,
  water_level_m: waterLevel,
  tide_m: tide,
  rain_mm: rain,
  streetlight_power_w: lamp,
  bin_fill_pct: bin,
  parking_free: parking,
  battery_pct: battery,
}

const DEFAULT_FLOOD_LEVELS_M = { i: 1.5, ii: 2, iii: 2.5 }
const DEFAULT_LAMP_W = 120
const silent: Signal = () => Number.NaN

/** A sensor with what it measures; a measure without a signal here is left out of its readings. */
export function createSensor(
  site: SiteOfKind<'sensor'>,
  ground: Ground,
  catalogue: Catalogue,
  hear: (technology: Technology) => Heard[],
): SensorModel {
  const measures = site.measures.filter((name) => SIGNALS[name] || technologyOf(name))
  return {
    ...ground,
    fields: fieldsOf(catalogue, 'sensor', 'site', measures),
    signals: measures.map((name) => SIGNALS[name] ?? silent),
    modems: measures.map((name) => {
      const technology = technologyOf(name)
      return technology && createModem(technology, hear(technology), ground.key)
    }),
    values: new Float64Array(measures.length),
    intervalH: site.interval_s / 3600,
    floodLevels: site.flood_levels_m ?? DEFAULT_FLOOD_LEVELS_M,
    quiet: site.noise_zone === 'special',
    lampW: site.nominal_lamp_power_w ?? DEFAULT_LAMP_W,
  }
}

const SITE = stamp('"m":{')

/** Writes one reading: the inside of its JSON object; nothing when it has nothing to say. */
export function describeSensor(model: SensorModel, now: Now, ink: Ink): void {
  const { values, signals, modems, fields } = model
  for (let i = 0; i < values.length; i++) {
    const modem = modems[i]
    const value = modem ? modemLevel(modem, now.t, now.world) : (signals[i] as Signal)(model, now)
    values[i] = now.chattering ? upset(model.key + i, fields[i] as Field, value, now.t) : value
  }
  const before = ink.at
  press(ink, SITE)
  const start = ink.at
  encode(ink, fields, values)
  if (ink.at === start) ink.at = before
  else dot(ink, CLOSE)
}

/** A failing sensor jumps between the truth and anything in range. */
function upset(key: number, field: Field, value: number, t: number): number {
  const step = Math.floor(t / 1000)
  if (unit(key, step) < 0.4) return value
  const wild = value * (1 + 1.5 * bell(key + 1, step)) + 0.02 * (field.high - field.low) * bell(key + 2, step)
  return Math.min(field.high, Math.max(field.low, wild))
}
