import type { Catalogue } from '../domain/catalogue.ts'
import type { Metric } from '../domain/metrics.ts'
import type { Kind, Part } from '../domain/words.ts'
import { writeDecimal } from './digits.ts'
import { type Ink, press, stamp, write } from './ink.ts'

/** How one metric is written: a comma and its name, and its number to the catalogue's decimals. */
export interface Field {
  head: Uint8Array
  type: 'number' | 'flag' | 'exact'
  /** 10 to the power of the decimals. */
  scale: number
  decimals: number
  low: number
  high: number
}

/** Finer or larger than this, a value is already rounded by whoever made it (a bit error ratio). */
const LARGEST_STEPS = 2 ** 31
const SCALED_DECIMALS = 6

function toField(metric: Metric): Field {
  const decimals = metric.decimals ?? 0
  const [low, high] = metric.range ?? [0, 0]
  const scale = 10 ** decimals
  const scaled = decimals <= SCALED_DECIMALS && Math.max(-low, high) * scale < LARGEST_STEPS
  const type = metric.type === 'boolean' ? 'flag' : scaled ? 'number' : 'exact'
  return { head: stamp(`,"${metric.name}":`), type, scale, decimals, low, high }
}

/** Sites of one make share their fields: thousands of copies would not fit into the processor's cache. */
const shared = new WeakMap<Catalogue, Map<string, Field[]>>()

/**
 * The fields of a part in a given order.
 * @throws Error naming a metric that the catalogue does not hold for that part.
 */
export function fieldsOf(catalogue: Catalogue, kind: Kind, part: Part, names: readonly string[]): Field[] {
  const lists = shared.get(catalogue) ?? new Map<string, Field[]>()
  shared.set(catalogue, lists)
  const key = `${kind} ${part} ${names.join()}`
  const fields = lists.get(key) ?? names.map((name) => toField(metricOf(catalogue, kind, part, name)))
  lists.set(key, fields)
  return fields
}

function metricOf(catalogue: Catalogue, kind: Kind, part: Part, name: string): Metric {
  const metric = catalogue.ofPart(kind, part).get(name)
  if (!metric) throw new Error(`the catalogue has no ${kind} ${part} metric ${name}`)
  return metric
}

const TRUE = stamp('true')
const FALSE = stamp('false')

function writeNumber(ink: Ink, { low, high, scale, decimals }: Field, value: number): void {
  const bounded = Math.min(high, Math.max(low, value))
  ink.at = writeDecimal(ink.bytes, ink.at, Math.round(bounded * scale), scale, decimals)
}

/**
 * Writes the inside of a JSON object: values in the order of the fields; one that is NaN is left out.
 * Nothing at all is written when every one is.
 */
export function encode(ink: Ink, fields: readonly Field[], values: Float64Array): void {
  let skip = 1
  for (let i = 0; i < fields.length; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    const field = fields[i] as Field
    press(ink, field.head, skip)
    skip = 0
    if (field.type === 'number') writeNumber(ink, field, value)
    else if (field.type === 'flag') press(ink, value === 0 ? FALSE : TRUE)
    else write(ink, String(value))
  }
}
