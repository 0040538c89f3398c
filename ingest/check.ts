import * as z from 'zod/mini'
import type { Catalogue } from '../domain/catalogue.ts'
import type { Metric } from '../domain/metrics.ts'
import { MAX_TEXT, PART_FIELD, type Values } from '../domain/reading.ts'
import { ID_PATTERN } from '../domain/topic.ts'
import { KINDS, type Kind, PARTS, type Part } from '../domain/words.ts'

/**
 * The payload schema of the domain, compiled by hand from the same catalogue: it accepts exactly what
 * `readingSchema` accepts (a property test holds the two together) at a fraction of its cost.
 */

interface Check {
  type: Metric['type']
  min: number
  max: number
}
type Checks = ReadonlyMap<string, Check>

/** Which fields a kind's reading may have, and what may stand in them; undefined: the field is not allowed. */
export interface KindChecks {
  site: Checks | undefined
  sector: Checks | undefined
  link: Checks | undefined
}

/** One element of a payload, known to be well-formed. */
export interface Element {
  ts?: number | string
  m?: Values
  sectors?: Record<string, Values>
  links?: Record<string, Values>
}

const ISO_INSTANT = z.regexes.datetime({ offset: true })

function compilePart(catalogue: Catalogue, kind: Kind, part: Part): Checks | undefined {
  const metrics = catalogue.ofPart(kind, part)
  if (metrics.size === 0) return undefined
  const checks = new Map<string, Check>()
  for (const { name, type, range } of metrics.values()) {
    checks.set(name, { type, min: range?.[0] ?? -Infinity, max: range?.[1] ?? Infinity })
  }
  return checks
}

/** The checks of every kind, compiled once. */
export function compileChecks(catalogue: Catalogue): Record<Kind, KindChecks> {
  const compiled = KINDS.map((kind) => [
    kind,
    Object.fromEntries(PARTS.map((part) => [part, compilePart(catalogue, kind, part)])),
  ])
  return Object.fromEntries(compiled) as Record<Kind, KindChecks>
}

// A code point is at most two units, so only what overflows in units has to be counted.
const fits = (text: string): boolean => text.length <= MAX_TEXT || [...text].length <= MAX_TEXT

function isValue(value: unknown, check: Check): boolean {
  if (check.type === 'number') {
    return typeof value === 'number' && value >= check.min && value <= check.max && Number.isFinite(value)
  }
  if (check.type === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && fits(value)
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Is it an object of known metrics with values in range? JSON objects only: own keys are all there is. */
export function isValues(values: unknown, checks: Checks): values is Values {
  if (!isObject(values)) return false
  for (const name in values) {
    const check = checks.get(name)
    if (check === undefined || !isValue(values[name], check)) return false
  }
  return true
}

function isPartRecord(parts: unknown, checks: Checks): boolean {
  if (!isObject(parts)) return false
  for (const id in parts) {
    // The schema drops this one key unseen; so does the decoder.
    if (id === '__proto__') continue
    if (!ID_PATTERN.test(id) || !isValues(parts[id], checks)) return false
  }
  return true
}

/** Epoch ms as a safe integer, or ISO 8601 with its offset. */
export function isTime(ts: unknown): ts is number | string {
  if (typeof ts === 'number') return Number.isSafeInteger(ts) && ts >= 0
  return typeof ts === 'string' && ISO_INSTANT.test(ts)
}

function isField(field: string, value: unknown, checks: KindChecks): boolean {
  if (field === PART_FIELD.site) return checks.site !== undefined && isValues(value, checks.site)
  if (field === 'ts') return isTime(value)
  if (field === PART_FIELD.sector) return checks.sector !== undefined && isPartRecord(value, checks.sector)
  return field === PART_FIELD.link && checks.link !== undefined && isPartRecord(value, checks.link)
}

/** Is it one reading as a device of this kind may send it? */
export function isElement(value: unknown, checks: KindChecks): value is Element {
  if (!isObject(value)) return false
  for (const field in value) if (!isField(field, value[field], checks)) return false
  return true
}
