import * as z from 'zod/mini'
import { ID_PATTERN } from './topic.ts'
import { type KINDS, SYSTEMS, TECHNOLOGIES } from './words.ts'

/** What stands where, and what it hangs on. These schemas are the door for files, HTTP and database rows alike. */

export const idSchema = z.string().check(z.regex(ID_PATTERN, 'letters, digits, "-", "_" and ".", at most 64'))
const name = z.string().check(z.trim(), z.minLength(1), z.maxLength(120))
const between = (min: number, max: number) => z.number().check(z.gte(min), z.lte(max))

/** WGS 84 degrees. */
export const positionSchema = z.strictObject({ lon: between(-180, 180), lat: between(-90, 90) })
export type Position = z.infer<typeof positionSchema>

/** One direction of a mast on one technology layer: a radio cell. Id such as `4g-1`. */
export const sectorSchema = z.strictObject({
  id: idSchema,
  technology: z.enum(TECHNOLOGIES),
  direction: z.int().check(z.gte(1), z.lte(12)),
  /** 3GPP band: `B3`, `n78`. */
  band: z.string().check(z.regex(/^[Bn]\d{1,3}$/, 'a 3GPP band such as B3 or n78')),
  frequency_mhz: between(400, 6000),
  bandwidth_mhz: between(0.2, 400),
  /** Antenna height above ground. */
  height_m: between(1, 300),
  /** Clockwise from true north. */
  azimuth_deg: between(0, 360),
  electrical_tilt_deg: between(-5, 20),
  mechanical_tilt_deg: between(-5, 20),
  /** Total power into the antenna ports of this carrier. */
  power_dbm: between(0, 60),
  gain_dbi: between(0, 40),
  beamwidth_deg: between(1, 360),
})
export type Sector = z.infer<typeof sectorSchema>

const siteFields = {
  id: idSchema,
  name,
  name_en: z.optional(name),
  /** Ward id, or null when the site lies outside every known ward. */
  ward: z.nullable(idSchema),
  position: positionSchema,
  /** Does traffic of others pass through? A leaf never forwards, even when dual-homed. */
  transit: z.boolean(),
  /** How often it reports when all is well. */
  interval_s: between(1, 86_400),
  /** Hours on battery after mains failure; 0: none. */
  battery_autonomy_h: z.optional(between(0, 720)),
  operator: z.optional(name),
  address: z.optional(z.string().check(z.maxLength(240))),
  /** Placed by the generator, not surveyed. */
  demonstration: z.optional(z.boolean()),
}

const btsSchema = z.strictObject({
  ...siteFields,
  kind: z.literal('bts'),
  mast_height_m: z.optional(between(1, 300)),
  sectors: z.array(sectorSchema),
})
const fibreSchema = z.strictObject({
  ...siteFields,
  kind: z.literal('fibre'),
  role: z.optional(z.enum(['head-end', 'olt', 'odf', 'amplifier'])),
  /** Design loss of the optical distribution network below it. */
  design_loss_db: z.optional(between(0, 60)),
})
const sensorSchema = z.strictObject({
  ...siteFields,
  kind: z.literal('sensor'),
  /** The metrics that it carries; its modem's signal level among them. */
  measures: z.array(z.string()),
  flood_levels_m: z.optional(z.strictObject({ i: between(-5, 20), ii: between(-5, 20), iii: between(-5, 20) })),
  noise_zone: z.optional(z.enum(['special', 'ordinary'])),
  nominal_lamp_power_w: z.optional(between(1, 5000)),
})
const serviceSchema = z.strictObject({
  ...siteFields,
  kind: z.literal('service'),
  system: z.enum(SYSTEMS),
  /** Technology of its back-up router, whose signal level it reports. */
  modem: z.optional(z.enum(TECHNOLOGIES)),
})

export const siteSchema = z.discriminatedUnion('kind', [btsSchema, fibreSchema, sensorSchema, serviceSchema])
export type Site = z.infer<typeof siteSchema>
export type SiteOfKind<K extends Site['kind']> = Extract<Site, { kind: K }>

/** Optical classes with known limits: GPON B+ and C+ (G.984.2), 10G LR, ER, ZR (IEEE 802.3 cl. 52; ZR by custom). */
export const OPTIC_CLASSES = ['B+', 'C+', 'LR', 'ER', 'ZR'] as const
export type OpticClass = (typeof OPTIC_CLASSES)[number]

/** Receiver sensitivity and overload of an optic class in dBm. */
export const OPTIC_LIMITS_DBM: Readonly<Record<OpticClass, { min: number; max: number }>> = {
  'B+': { min: -27, max: -8 },
  'C+': { min: -30, max: -8 },
  LR: { min: -14.4, max: 0.5 },
  ER: { min: -15.8, max: -1 },
  ZR: { min: -24, max: -7 },
}

export const linkSchema = z.strictObject({
  id: idSchema,
  name: z.optional(name),
  /** `span`: fibre between two nodes; `hop`: microwave; `served-by`: `a` gets its service through `b`. */
  kind: z.enum(['span', 'hop', 'served-by']),
  a: idSchema,
  b: idSchema,
  /** Along its route, from `a` to `b`; absent: a straight line. */
  path: z.optional(z.array(positionSchema)),
  length_km: z.optional(between(0, 1000)),
  optic_class: z.optional(z.enum(OPTIC_CLASSES)),
  design_loss_db: z.optional(between(0, 60)),
  frequency_ghz: z.optional(between(1, 100)),
  /** The ring or spur it is part of, in the operator's words. */
  route: z.optional(name),
})
export type Link = z.infer<typeof linkSchema>

/** What fails together: spans of one duct, sites of one power feeder. */
export const groupSchema = z.strictObject({
  id: idSchema,
  kind: z.enum(['duct', 'feeder']),
  name,
  /** Link ids of a duct, site ids of a feeder. */
  members: z.array(idSchema),
  /** The group that supplies this one (feeder to substation). */
  parent: z.optional(idSchema),
})
export type Group = z.infer<typeof groupSchema>

export interface Inventory {
  sites: Site[]
  links: Link[]
  groups: Group[]
}

/** Does the site report this part of itself? Sectors of a base station, links that end at a fibre node. */
export const KINDS_WITH_PART: Readonly<Record<'sector' | 'link', readonly (typeof KINDS)[number][]>> = {
  sector: ['bts'],
  link: ['fibre'],
}

/**
 * How long after the last message a site counts as late, in ms: the larger of 2.5 intervals and
 * one interval plus half a minute, so that one lost message does not make a site late.
 */
export const dueAfterMs = (interval_s: number): number => Math.max(2.5 * interval_s, interval_s + 30) * 1000
