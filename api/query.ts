import * as z from 'zod'
import { parseBucket, parseInstant } from '../domain/history.ts'
import { idSchema } from '../domain/inventory.ts'
import type { Bbox } from '../domain/live.ts'
import { ID_PATTERN } from '../domain/topic.ts'
import { both } from './validation.ts'

/** How a parameter is documented where its parser says less than is true. */
export const documented = new WeakMap<object, Record<string, unknown>>()

function document<T extends object>(schema: T, json: Record<string, unknown>): T {
  documented.set(schema, json)
  return schema
}

/** A list parameter: repeated, or separated by commas. */
export function listParameter<T extends z.ZodType<string, string>>(
  item: T,
  itemJson: Record<string, unknown>,
  most: number,
) {
  const parts = z
    .union([z.string(), z.array(z.string())])
    .transform((given) =>
      [given]
        .flat()
        .flatMap((text) => text.split(','))
        .filter(Boolean),
    )
    .pipe(z.array(item).min(1, both('cần ít nhất một giá trị', 'at least one value')).max(most))
  return document(parts, { type: 'array', items: itemJson, minItems: 1, maxItems: most })
}

export const enumParameter = <const T extends readonly [string, ...string[]]>(values: T) =>
  listParameter(z.enum(values), { type: 'string', enum: [...values] }, values.length)

const idText = z
  .string()
  .refine(
    (text) => ID_PATTERN.test(text),
    both('chỉ gồm chữ, số, "-", "_" và "."', 'letters, digits, "-", "_" and "."'),
  )

export const idListParameter = (most: number) => listParameter(idText, { type: 'string' }, most)

const BBOX = both(
  'bốn số tây,nam,đông,bắc tính bằng độ, ví dụ 103.8,9.9,104.1,10.5',
  'four numbers west,south,east,north in degrees, such as 103.8,9.9,104.1,10.5',
)

function parseBbox(text: string): Bbox | undefined {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const [west, south, east, north] = numbers as Bbox
  const sound = numbers.length === 4 && numbers.every(Number.isFinite) && south <= north
  return sound && Math.abs(west) <= 180 && Math.abs(east) <= 180 && south >= -90 && north <= 90
    ? [west, south, east, north]
    : undefined
}

/** `west,south,east,north`. */
export const bboxParameter = document(
  z.string().transform((text, context): Bbox => {
    const bbox = parseBbox(text)
    if (bbox) return bbox
    context.addIssue({ code: 'custom', message: BBOX })
    return z.NEVER
  }),
  { type: 'string', description: 'west,south,east,north in degrees (WGS 84)', examples: ['103.8,9.9,104.1,10.5'] },
)

const INSTANT = both(
  'thời điểm là ISO 8601 có múi giờ, epoch ms, now, hoặc khoảng lùi như -24h, -7d',
  'an instant is ISO 8601 with its offset, epoch ms, now, or an offset such as -24h, -7d',
)
const BUCKET = both(
  'bucket là raw, auto, 1mo, hoặc một khoảng như 10s, 5m, 1h, 1d',
  'a bucket is raw, auto, 1mo, or a duration such as 10s, 5m, 1h, 1d',
)
/** Furthest instant that a date can hold (ECMA-262, 21.4.1.1), in ms either side of 1970. */
const MAX_DATE_MS = 8.64e15

const instantText = z
  .string()
  .max(40, INSTANT)
  .refine((text) => {
    const ms = attempt(() => parseInstant(text, 0))
    return ms !== undefined && Math.abs(ms) <= MAX_DATE_MS
  }, INSTANT)

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** An instant as text; read it with `parseInstant` once the clock is at hand. */
export const instantParameter = (fallback: string) =>
  document(instantText.default(fallback), {
    type: 'string',
    default: fallback,
    description: 'ISO 8601 with its offset, epoch ms, `now`, or an offset from now',
    examples: ['-24h', '2026-11-24T00:00:00+07:00'],
  })

export const bucketParameter = document(
  z
    .string()
    .max(10, BUCKET)
    .refine((text) => attempt(() => parseBucket(text, 0, 1)) !== undefined, BUCKET)
    .default('auto'),
  { type: 'string', default: 'auto', description: '`raw`, `auto`, `1mo`, or a duration', examples: ['5m', '1h', '1d'] },
)

export const limitParameter = z.coerce.number().int().min(1).max(10_000).optional()
export const cursorParameter = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+$/, both('hãy dùng lại giá trị "next" của trang trước', 'use the "next" of the page before'))
  .optional()

export const formatParameter = z.enum(['json', 'csv', 'ndjson']).optional()

export const idParams = z.strictObject({ id: idSchema })
export const siteIdParams = z.strictObject({ siteId: idSchema })

/** A cursor is the last id of a page, so that pages stay whole while the list changes. */
export const cursorAfter = (id: string): string => Buffer.from(id).toString('base64url')
export const cursorId = (cursor: string): string => Buffer.from(cursor, 'base64url').toString()

/** One page of items in order of id. */
export function page<T extends { id: string }>(
  items: readonly T[],
  limit: number | undefined,
  cursor: string | undefined,
) {
  const after = cursor === undefined ? undefined : cursorId(cursor)
  const rest = after === undefined ? items : items.filter((item) => item.id > after)
  const shown = limit === undefined ? rest : rest.slice(0, limit)
  const last = shown.at(-1)
  return { shown, next: shown.length < rest.length && last ? cursorAfter(last.id) : null }
}
