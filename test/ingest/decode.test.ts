import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogue, createCatalogue } from '../../domain/catalogue.ts'
import { METRICS, type Metric } from '../../domain/metrics.ts'
import { MAX_READINGS, payloadSchema } from '../../domain/reading.ts'
import { REFUSAL_CODES } from '../../domain/refusal.ts'
import { KINDS, type Kind } from '../../domain/words.ts'
import { createDecoder } from '../../ingest/decode.ts'

const firmware: Metric = {
  name: 'firmware',
  kind: 'sensor',
  parts: ['site'],
  type: 'text',
  unit: '1',
  title: { vi: 'Phần mềm', en: 'Firmware' },
}
const extended = createCatalogue([...METRICS, firmware])
const decode = createDecoder(extended)
const schemas = Object.fromEntries(KINDS.map((kind) => [kind, payloadSchema(extended, kind)]))

const receivedAt = Date.UTC(2026, 10, 24)
const decodeText = (kind: Kind, text: string) =>
  decode({ kind, siteId: 'A-1', receivedAt, payload: Buffer.from(text, 'utf8') })
const first = (kind: Kind, payload: unknown) => decodeText(kind, JSON.stringify(payload)).refusals[0]

/** JSON text of an object, by hand: duplicate keys and `__proto__` as they come off a wire. */
const objectText = (entries: [string, string][]): string =>
  `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`

const names = extended.metrics.map((metric) => metric.name)
const hostileName = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'm',
  'ts',
  '0',
  'rsrp',
)
const hostileValue = fc.oneof(
  fc.constantFrom(
    '1e999',
    '-1e999',
    '-0',
    'null',
    '"-97.5"',
    '[]',
    '{}',
    '[1]',
    '{"a":1}',
    '1e-320',
    '9007199254740993',
  ),
  fc.constantFrom('true', 'false', '""', `"${'x'.repeat(64)}"`, `"${'x'.repeat(65)}"`, `"${'🏝'.repeat(64)}"`, '"NaN"'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.json({ maxDepth: 3 }),
)

function goodValue(metric: Metric | undefined): fc.Arbitrary<string> {
  if (metric?.type === 'boolean') return fc.boolean().map(String)
  if (metric?.type === 'text') return fc.string({ maxLength: 70, unit: 'grapheme' }).map((text) => JSON.stringify(text))
  const [min, max] = metric?.range ?? [0, 1]
  return fc.oneof(fc.constantFrom(min, max).map(String), fc.double({ min, max, noNaN: true }).map(String))
}

/** Mostly right, sometimes not: a property that never accepts anything proves little. */
function valuesText(kind: Kind, part: 'site' | 'sector' | 'link'): fc.Arbitrary<string> {
  const metrics = extended.ofPart(kind, part)
  const known = [...metrics.keys()]
  const good = fc
    .constantFrom(...(known.length > 0 ? known : ['none']))
    .chain((name) => goodValue(metrics.get(name)).map((value): [string, string] => [name, value]))
  const bad = fc.tuple(fc.oneof(fc.constantFrom(...names), hostileName, fc.string()), hostileValue)
  const entry = fc.oneof({ weight: 30, arbitrary: good }, { weight: 1, arbitrary: bad })
  return fc.oneof(
    { weight: 20, arbitrary: fc.array(entry, { maxLength: 9 }).map(objectText) },
    { weight: 1, arbitrary: hostileValue },
  )
}

const partId = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('4g-1', '5g-2', 's12', 'x'.repeat(64)) },
  { weight: 1, arbitrary: fc.oneof(hostileName, fc.constantFrom('a/b', 'x'.repeat(65), ' ', 'ngõ'), fc.string()) },
)
const partsText = (kind: Kind, part: 'sector' | 'link'): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.array(fc.tuple(partId, valuesText(kind, part)), { maxLength: 3 }).map(objectText) },
    { weight: 1, arbitrary: hostileValue },
  )
const timeText = fc.oneof(
  { weight: 10, arbitrary: fc.nat().map(String) },
  { weight: 10, arbitrary: fc.date({ noInvalidDate: true }).map((date) => JSON.stringify(date)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '"2026-11-24T08:00:00+07:00"',
      '"2026-11-24T08:00:00"',
      '"2026-11-24"',
      '"2026-02-29T00:00:00Z"',
      '"2024-02-29T23:59:60Z"',
      '"2026-11-24T08:00:00.123456789-05:30"',
      '"0000-01-01T00:00:00Z"',
      '1764000000000.5',
      '-1',
      '"1764000000000"',
      '1e300',
    ),
  },
  { weight: 1, arbitrary: hostileValue },
)

const elementText = (kind: Kind): fc.Arbitrary<string> => {
  const field = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constant('ts'), timeText) },
    { weight: 16, arbitrary: fc.tuple(fc.constant('m'), valuesText(kind, 'site')) },
    { weight: kind === 'bts' ? 8 : 1, arbitrary: fc.tuple(fc.constant('sectors'), partsText(kind, 'sector')) },
    { weight: kind === 'fibre' ? 8 : 1, arbitrary: fc.tuple(fc.constant('links'), partsText(kind, 'link')) },
    { weight: 1, arbitrary: fc.tuple(fc.oneof(hostileName, fc.string()), hostileValue) },
  )
  return fc.oneof(
    { weight: 30, arbitrary: fc.array(field, { maxLength: 4 }).map(objectText) },
    { weight: 1, arbitrary: hostileValue },
  )
}

const kindAndText = (text: (kind: Kind) => fc.Arbitrary<string>) =>
  fc.constantFrom(...KINDS).chain((kind) => text(kind).map((body): [Kind, string] => [kind, body]))

describe('the decoder and the payload schema of the domain', () => {
  it('accept the same single readings, save that a reading needs a value', () => {
    let accepted = 0
    fc.assert(
      fc.property(kindAndText(elementText), ([kind, text]) => {
        const value: unknown = JSON.parse(text)
        fc.pre(!Array.isArray(value))
        const { readings, refusals } = decodeText(kind, text)
        const byDecoder = refusals.every(({ reason }) => reason === 'empty')
        expect(byDecoder).toBe(schemas[kind]?.safeParse(value).success)
        expect(readings.length > 0).toBe(refusals.length === 0)
        if (readings.length > 0) accepted++
      }),
      { numRuns: 4000 },
    )
    expect(accepted).toBeGreaterThan(400)
  })

  it('accept the same arrays, in which every element stands alone', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...KINDS)
          .chain((kind) =>
            fc.array(elementText(kind), { maxLength: 6 }).map((texts): [Kind, string[]] => [kind, texts]),
          ),
        ([kind, texts]) => {
          const whole = decodeText(kind, `[${texts.join(',')}]`)
          const alone = texts.map((text) => decodeText(kind, `[${text}]`))
          const accepted = whole.refusals.every(({ reason }) => reason === 'empty') && texts.length > 0
          expect(accepted).toBe(schemas[kind]?.safeParse(JSON.parse(`[${texts.join(',')}]`)).success)
          if (texts.length === 0) return
          expect(whole.readings).toEqual(alone.flatMap(({ readings }) => readings))
          expect(whole.refusals.map(({ reason }) => reason)).toEqual(
            alone.flatMap(({ refusals }) => refusals.map(({ reason }) => reason)),
          )
        },
      ),
      { numRuns: 1500 },
    )
  })
})

describe('the decoder', () => {
  it('never throws, whatever the bytes, and answers what it does not keep', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), bytes, (kind, payload) => {
        const { readings, refusals } = decode({ kind, siteId: 'A-1', receivedAt, payload })
        expect(readings.length + refusals.length).toBeGreaterThan(0)
        for (const { reason, message } of refusals) {
          expect(REFUSAL_CODES).toContain(reason)
          expect(message.vi.length).toBeGreaterThan(5)
          expect(message.en.length).toBeGreaterThan(5)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('turns site and parts into one reading each, at one time', () => {
    const decoded = decodeText(
      'bts',
      '{"ts":"2026-11-24T08:00:00+07:00","m":{"mains":true},"sectors":{"4g-1":{"users":12},"4g-2":{}}}',
    )
    const common = { kind: 'bts', siteId: 'A-1', ts: Date.UTC(2026, 10, 24, 1), receivedAt }
    expect(decoded.refusals).toEqual([])
    expect(decoded.readings).toEqual([
      { ...common, part: '', values: { mains: true } },
      { ...common, part: '4g-1', values: { users: 12 } },
    ])
  })

  it('takes the receive time for a reading without one', () => {
    expect(decodeText('sensor', '{"m":{"tide_m":0.4}}').readings[0]?.ts).toBe(receivedAt)
  })

  it.each([
    ['not-utf8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['not-json', Buffer.from('{"m":')],
    ['not-json', Buffer.from('\ufeff{"m":{"mains":true}}')],
    ['empty', Buffer.alloc(0)],
    ['empty', Buffer.from('{}')],
    ['empty', Buffer.from('{"m":{}}')],
    ['empty', Buffer.from('{"sectors":{"4g-1":{}}}')],
    ['empty', Buffer.from('[]')],
    ['shape', Buffer.from('7')],
    ['shape', Buffer.from('null')],
    ['shape', Buffer.from('['.repeat(30_000) + ']'.repeat(30_000))],
    [
      'too-many',
      Buffer.from(
        `[${Array(MAX_READINGS + 1)
          .fill('1')
          .join(',')}]`,
      ),
    ],
  ])('refuses with %s', (reason, payload) => {
    const { readings, refusals } = decode({ kind: 'bts', siteId: 'A-1', receivedAt, payload })
    expect(readings).toEqual([])
    expect(refusals.map((refusal) => refusal.reason)).toEqual([reason])
  })

  it('names index, part and metric of a bad value, its range, and the likely slip', () => {
    const good = { m: { mains: true } }
    const refusal = first('bts', [good, good, good, { sectors: { '4g-1': { rsrp_p50_dbm: 97.5 } } }])
    expect(refusal).toMatchObject({ reason: 'out-of-range', path: '[3].sectors.4g-1.rsrp_p50_dbm' })
    expect(refusal?.message.en).toBe('RSRP, median = 97.5 is outside -140 … -44 dBm. Is the minus sign missing?')
    expect(refusal?.message.vi).toContain('-140 … -44 dBm')
  })

  it.each([
    [{ m: { dc_voltage_v: 53_100 } }, 'm.dc_voltage_v', 'a thousand times too large: send V'],
    [{ m: { cabinet_temp_c: 305 } }, 'm.cabinet_temp_c', 'Send °C, not K'],
    [{ m: { dc_voltage_v: '53.1' } }, 'm.dc_voltage_v', 'a number, without quotes'],
    [{ m: { mains: 1 } }, 'm.mains', 'true or false'],
    [{ m: { users: 3 } }, 'm.users', 'It belongs to a sector ("sectors")'],
    [{ m: { dc_volt: 3 } }, 'm.dc_volt', 'Did you mean dc_voltage_v?'],
    [{ dc_voltage_v: 53 }, 'dc_voltage_v', 'Put it inside "m"'],
    [{ ts: -1, m: { mains: true } }, 'ts', 'negative'],
    [{ sectors: { 'a/b': { users: 1 } } }, 'sectors.a/b', 'letters, digits'],
  ])('says how to mend %j', (payload, path, advice) => {
    const refusal = first('bts', payload)
    expect(refusal?.path).toBe(path)
    expect(refusal?.message.en).toContain(advice)
  })

  it('never tells a metric of another kind as its own', () => {
    const plain = createDecoder(catalogue)
    const payload = Buffer.from('{"m":{"firmware":"1.2"}}')
    expect(plain({ kind: 'sensor', siteId: 'A-1', receivedAt, payload }).refusals[0]?.reason).toBe('unknown-metric')
    expect(decode({ kind: 'sensor', siteId: 'A-1', receivedAt, payload }).readings[0]?.values).toEqual({
      firmware: '1.2',
    })
  })
})
