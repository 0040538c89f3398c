import type { Catalogue } from '../domain/catalogue.ts'
import type { Metric } from '../domain/metrics.ts'
import type { Kind, Part } from '../domain/words.ts'
import { type Ink, press, stamp, write } from './ink.ts'

/** How one metric is written: a comma and its name, and its number to the catalogue's decimals. */
export interface Field {
  head: Uint8Array
  type: 'number' | 'flag' | 'exact'
  /** 10 to the power of the decimals. */
  scale: number
  low: number
  high: number
  texts: (Uint8Array | undefined)[]
}

/** Numbers in steps of one decimal setting are few: their texts are kept, as printing a double costs more than all else. */
const CACHED = 32_768
const textsByDecimals = new Map<number, (Uint8Array | undefined)[]>()
/** Finer than this, a value is already rounded by whoever made it (a bit error ratio). */
const SCALED_DECIMALS = 6

function toField(metric: Metric): Field {
  const decimals = metric.decimals ?? 0
  const [low, high] = metric.range ?? [0, 0]
  const texts = textsByDecimals.get(decimals) ?? new Array<Uint8Array | undefined>(2 * CACHED).fill(undefined)
  textsByDecimals.set(decimals, texts)
  const type = metric.type === 'boolean' ? 'flag' : decimals > SCALED_DECIMALS ? 'exact' : 'number'
  return { head: stamp(`,"${metric.name}":`), type, scale: 10 ** decimals, low, high, texts }
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

function writeNumber(ink: Ink, field: Field, value: number): void {
  const bounded = Math.min(field.high, Math.max(field.low, value))
  const steps = Math.round(bounded * field.scale)
  if (steps < -CACHED || steps >= CACHED) {
    write(ink, String(steps / field.scale))
    return
  }
  let text = field.texts[steps + CACHED]
  if (text === undefined) {
    text = stamp(String((steps + 0) / field.scale))
    field.texts[steps + CACHED] = text
  }
  press(ink, text)
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
