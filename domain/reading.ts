import * as z from 'zod/mini'
import type { Catalogue } from './catalogue.ts'
import { idSchema } from './inventory.ts'
import type { Metric } from './metrics.ts'
import { type Kind, PARTS, type Part } from './words.ts'

export type Value = number | boolean | string
export type Values = Record<string, Value>

/** One device message after decoding: what one part of one site said at one instant. */
export interface Reading {
  kind: Kind
  siteId: string
  /** `''` is the site itself, else a sector or link id. */
  part: string
  /** Epoch ms, the device's own time; the receive time where it sent none. */
  ts: number
  /** Epoch ms, when the broker had it. */
  receivedAt: number
  values: Values
}

/** Where each part's metrics stand in a payload. */
export const PART_FIELD: Readonly<Record<Part, 'm' | 'sectors' | 'links'>> = {
  site: 'm',
  sector: 'sectors',
  link: 'links',
}

/** Most readings that one payload may carry (store-and-forward). */
export const MAX_READINGS = 1000
/** Longest text value, in characters. */
export const MAX_TEXT = 64

/** The schema of one metric's value. */
export function valueSchema(metric: Metric): z.ZodMiniType<Value> {
  if (metric.type === 'boolean') return z.boolean()
  if (metric.type === 'text') return z.string().check(z.maxLength(MAX_TEXT))
  const [min, max] = metric.range ?? [-Infinity, Infinity]
  return z.number().check(z.gte(min), z.lte(max))
}

/** Epoch ms, or ISO 8601 with its offset. */
export const timeSchema = z.union([z.int().check(z.nonnegative()), z.iso.datetime({ offset: true })])

function valuesSchema(catalogue: Catalogue, kind: Kind, part: Part) {
  const shape: Record<string, z.ZodMiniOptional<z.ZodMiniType<Value>>> = {}
  for (const metric of catalogue.ofPart(kind, part).values()) shape[metric.name] = z.optional(valueSchema(metric))
  return z.strictObject(shape)
}

/** The schema of one reading as a device of this kind may send it, derived from the catalogue. */
export function readingSchema(catalogue: Catalogue, kind: Kind) {
  const shape: Record<string, z.ZodMiniType> = { ts: z.optional(timeSchema) }
  for (const part of PARTS) {
    if (catalogue.ofPart(kind, part).size === 0) continue
    const values = valuesSchema(catalogue, kind, part)
    shape[PART_FIELD[part]] = z.optional(part === 'site' ? values : z.record(idSchema, values))
  }
  return z.strictObject(shape)
}

/** The schema of a whole telemetry payload: one reading or an array of them. */
export function payloadSchema(catalogue: Catalogue, kind: Kind) {
  const one = readingSchema(catalogue, kind)
  return z.union([one, z.array(one).check(z.minLength(1), z.maxLength(MAX_READINGS))])
}
