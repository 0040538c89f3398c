import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Catalogue, createCatalogue } from '../../domain/catalogue.ts'
import { type Bucket, LOCAL_OFFSET_MS, type SeriesQuestion } from '../../domain/history.ts'
import { METRICS, type Metric } from '../../domain/metrics.ts'
import type { Reading, Values } from '../../domain/reading.ts'
import type { Kind } from '../../domain/words.ts'
import type { History, RawRow } from '../../store/history/port.ts'
import { Model, sortLatest } from './model.ts'

/** An empty place for one history, and how to open it, as often as wanted. */
export interface Place {
  open(catalogue: Catalogue): Promise<History>
  remove(): Promise<void>
}

const T0 = Date.UTC(2026, 10, 1)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const FIRMWARE: Metric = {
  name: 'firmware',
  kind: 'sensor',
  parts: ['site'],
  type: 'text',
  unit: '1',
  title: { vi: 'Phần mềm', en: 'Firmware' },
}
const CO2: Metric = {
  name: 'co2_ppm',
  kind: 'sensor',
  parts: ['site'],
  type: 'number',
  unit: '[ppm]',
  range: [0, 10_000],
  decimals: 0,
  title: { vi: 'CO2', en: 'CO2' },
}
const catalogue = createCatalogue([...METRICS, FIRMWARE])

const reading = (siteId: string, ts: number, values: Values, part = '', kind: Kind = 'sensor'): Reading => ({
  kind,
  siteId,
  part,
  ts,
  receivedAt: ts,
  values,
})

async function all(pages: AsyncIterable<RawRow[]>): Promise<RawRow[]> {
  const rows: RawRow[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}

/** What every driver of the history port must do. */
export function historyContract(driver: string, makePlace: () => Promise<Place>): void {
  describe(`the history on ${driver}`, () => {
    let place: Place
    let history: History
    const write = (...readings: Reading[]) => history.write({ readings, statuses: [] })
    const sensors = () => all(history.export({ kind: 'sensor', fromMs: T0 - DAY, toMs: T0 + 400 * DAY }))
    const reopen = async (with_: Catalogue = catalogue) => {
      await history.close()
      history = await place.open(with_)
    }

    beforeEach(async () => {
      place = await makePlace()
      history = await place.open(catalogue)
    })
    afterEach(async () => {
      await history.close()
      await place.remove()
    })

    test('an empty history answers every question with nothing', async () => {
      expect(await history.committedOffset()).toBe(0)
      expect(await history.extent()).toBeNull()
      expect(await history.latest(T0, DAY)).toEqual([])
      expect(await history.statuses(T0)).toEqual([])
      expect((await history.stats()).rows).toBe(0)
      expect(await sensors()).toEqual([])
      const bucket: Bucket = { kind: 'fixed', widthMs: HOUR }
      const question = { siteId: 'nobody', part: '', metric: 'noise_dba', fromMs: T0, toMs: T0 + 2 * HOUR, bucket }
      expect(await history.series([question])).toEqual([
        { t: [T0, T0 + HOUR], mean: [null, null], min: [null, null], max: [null, null], count: [0, 0] },
      ])
    })

    test('closed twice is closed once, and what is asked or written afterwards is refused', async () => {
      await history.close()
      await history.close()
      await expect(history.committedOffset()).rejects.toThrow(/closed/)
      await expect(write(reading('a', T0, { noise_dba: 50 }))).rejects.toThrow(/closed/)
    })

    test('a reading comes back as it was sent: small, large, flags and text', async () => {
      const link = { link_up: true, rx_power_dbm: -23.4, ber: 3.2e-12 }
      const service = { reachable: false, transactions: 999_999, latency_ms: 59_999.9, loss_pct: 0.01 }
      await history.write({
        readings: [
          reading('fn-1', T0, link, 's12', 'fibre'),
          reading('sv-1', T0, service, '', 'service'),
          reading('sn-1', T0, { firmware: 'v2.1 "bản 7"', water_level_m: -4.99 }),
        ],
        statuses: [],
      })
      const of = async (kind: Kind) => (await all(history.export({ kind, fromMs: T0, toMs: T0 + 1 })))[0]?.values
      expect(await of('fibre')).toEqual(link)
      expect(await of('service')).toEqual(service)
      expect(await of('sensor')).toEqual({ firmware: 'v2.1 "bản 7"', water_level_m: -4.99 })
    })

    test('the same identity counts once and merges: in a batch, across batches, after a restart', async () => {
      await write(reading('a', T0, { noise_dba: 50 }), reading('a', T0, { battery_pct: 90 }))
      await write(reading('a', T0 + MINUTE, { noise_dba: 51 }))
      await write(reading('a', T0, { noise_dba: 55 }), reading('a', T0, { rain_mm: 1 }))
      await reopen()
      await write(reading('a', T0, { rain_mm: 2 }), reading('a', T0 + MINUTE, { noise_dba: 51 }))
      expect(await sensors()).toEqual([
        { siteId: 'a', part: '', ts: T0, values: { noise_dba: 55, battery_pct: 90, rain_mm: 2 } },
        { siteId: 'a', part: '', ts: T0 + MINUTE, values: { noise_dba: 51 } },
      ])
      expect((await history.stats()).rows).toBe(2)
    })

    test('parts of a site and sites of the same instant stay apart', async () => {
      await history.write({
        readings: ['', '4g-1', '4g-2'].map((part) => reading('b', T0, { users: 7 }, part, 'bts')),
        statuses: [],
      })
      await write(reading('b2', T0, { noise_dba: 40 }))
      expect((await history.stats()).rows).toBe(4)
    })

    test('the offset goes with the batch; a batch without one leaves it', async () => {
      await history.write({ readings: [reading('a', T0, { noise_dba: 50 })], statuses: [], offset: 4096 })
      await write(reading('a', T0 + 1, { noise_dba: 50 }))
      expect(await history.committedOffset()).toBe(4096)
      await history.write({ readings: [], statuses: [], offset: 5_000_000_000_000 })
      await reopen()
      expect(await history.committedOffset()).toBe(5_000_000_000_000)
    })

    test('a batch that cannot be written leaves nothing of itself, and the next one can', async () => {
      await write(reading('a', T0, { noise_dba: 50 }))
      const bad = reading('a', T0 + 2, { no_such_metric: 1 })
      await expect(
        history.write({ readings: [reading('a', T0 + 1, { noise_dba: 1 }), bad], statuses: [], offset: 9 }),
      ).rejects.toThrow('no_such_metric')
      expect(await history.committedOffset()).toBe(0)
      await write(reading('a', T0 + 1, { noise_dba: 52 }))
      expect((await sensors()).map(({ values }) => values['noise_dba'])).toEqual([50, 52])
    })

    test('the newest status of each site at an instant', async () => {
      const status = (siteId: string, at: number, online: boolean) => ({ siteId, kind: 'bts' as const, at, online })
      const events = [status('x', T0, true), status('y', T0 + 5, true), status('x', T0 + 10, false)]
      await history.write({ readings: [], statuses: events })
      await reopen()
      expect(await history.statuses(T0 - 1)).toEqual([])
      expect(await history.statuses(T0 + 9)).toEqual([events[0], events[1]])
      expect(await history.statuses(T0 + 10)).toEqual([events[2], events[1]])
    })

    test('forgetting drops the older readings and keeps what a site last said of itself', async () => {
      const statuses = [T0, T0 + 1].map((at) => ({ siteId: 'a', kind: 'sensor' as const, at, online: at === T0 }))
      await history.write({ readings: [], statuses })
      await write(reading('a', T0, { noise_dba: 1 }), reading('a', T0 + HOUR, { noise_dba: 2 }))
      await history.forget(T0 + HOUR)
      expect(await history.extent()).toEqual({ oldestMs: T0 + HOUR, newestMs: T0 + HOUR })
      expect(await history.statuses(T0 + DAY)).toEqual([statuses[1]])
      await write(reading('a', T0, { noise_dba: 3 }))
      expect((await sensors()).map(({ values }) => values['noise_dba'])).toEqual([3, 2])
    })

    test('a metric that the catalogue gains is stored; one that it loses is kept aside', async () => {
      await write(reading('a', T0, { noise_dba: 50, firmware: 'v1' }))
      await reopen(createCatalogue([...METRICS, CO2]))
      await write(reading('a', T0 + 1, { noise_dba: 51, co2_ppm: 420 }), reading('c', T0 + 1, { co2_ppm: 400 }))
      expect(sortLatest(await history.latest(T0 + 1, DAY)).map(({ metric, value }) => [metric, value])).toEqual([
        ['co2_ppm', 420],
        ['noise_dba', 51],
        ['co2_ppm', 400],
      ])
      await reopen()
      expect((await sensors())[0]?.values).toEqual({ noise_dba: 50, firmware: 'v1' })
    })

    test('the newest value of a metric may be older than the newest reading', async () => {
      await write(
        reading('a', T0, { noise_dba: 50, firmware: 'v1' }),
        reading('a', T0 + 1000, { noise_dba: 51 }),
        reading('a', T0 + 2000, { noise_dba: 52 }),
      )
      expect(sortLatest(await history.latest(T0 + 1500, 1500))).toEqual([
        { siteId: 'a', part: '', metric: 'firmware', value: 'v1', ts: T0 },
        { siteId: 'a', part: '', metric: 'noise_dba', value: 51, ts: T0 + 1000 },
      ])
      expect(await history.latest(T0 + 1500, 499)).toEqual([])
    })

    test('days and months begin at local midnight', async () => {
      const midnight = T0 + DAY - LOCAL_OFFSET_MS
      await write(reading('a', midnight - 1, { rain_mm: 1 }), reading('a', midnight, { rain_mm: 4 }))
      const ask = (bucket: Bucket, fromMs: number, toMs: number) => ({
        siteId: 'a',
        part: '',
        metric: 'rain_mm',
        fromMs,
        toMs,
        bucket,
      })
      const [days, months] = await history.series([
        ask({ kind: 'fixed', widthMs: DAY }, midnight - 1, midnight + 1),
        ask({ kind: 'month' }, T0 - 40 * DAY, T0 + 31 * DAY),
      ])
      expect(days).toEqual({ t: [midnight - DAY, midnight], mean: [1, 4], min: [1, 4], max: [1, 4], count: [1, 1] })
      expect(months?.t.map((t) => new Date(t + LOCAL_OFFSET_MS).toISOString().slice(0, 7))).toEqual([
        '2026-09',
        '2026-10',
        '2026-11',
        '2026-12',
      ])
      expect(months?.count).toEqual([0, 0, 2, 0])
      expect(months?.mean).toEqual([null, null, 2.5, null])
    })

    test('an export is in order, whatever the order of arrival, and of the asked sites alone', async () => {
      const model = new Model()
      for (const day of [5, 2, 7, 0]) {
        const readings = ['z', 'B', 'a', 'a-1'].flatMap((site) =>
          Array.from({ length: 700 }, (_, i) =>
            reading(site, T0 + day * DAY + ((i * 37) % 700) * MINUTE, { rain_mm: i }),
          ),
        )
        model.write(readings)
        await history.write({ readings, statuses: [] })
      }
      expect(await sensors()).toEqual(model.export('sensor', 0, Infinity))
      const two = { kind: 'sensor' as const, siteIds: ['z', 'a', 'nobody'], fromMs: T0 + DAY, toMs: T0 + 6 * DAY }
      expect(await all(history.export(two))).toEqual(model.export('sensor', two.fromMs, two.toMs, two.siteIds))
    })

    test('a question can be called off', async () => {
      const readings = Array.from({ length: 20_000 }, (_, i) => reading('a', T0 + i * 1000, { noise_dba: i % 90 }))
      await history.write({ readings, statuses: [] })
      const raw = {
        siteId: 'a',
        part: '',
        metric: 'noise_dba',
        fromMs: T0,
        toMs: T0 + DAY,
        bucket: { kind: 'raw' } as const,
      }
      const calledOff = AbortSignal.abort(new Error('nobody waits'))
      await expect(history.series([raw], calledOff)).rejects.toThrow('nobody waits')
      const controller = new AbortController()
      const pages = history.export({ kind: 'sensor', fromMs: T0, toMs: T0 + DAY }, controller.signal)
      const answer = history.series([raw], controller.signal)
      controller.abort(new Error('gone'))
      await expect(answer).rejects.toThrow('gone')
      await expect(all(pages)).rejects.toThrow('gone')
      expect((await history.series([raw]))[0]?.t.length).toBe(20_000)
    })

    test('readers see whole batches while one writes', async () => {
      let writing = true
      const batches = (async () => {
        for (let i = 0; i < 30; i++) {
          const readings = Array.from({ length: 100 }, (_, k) => reading(`s${k}`, T0 + i, { rain_mm: i }))
          await history.write({ readings, statuses: [], offset: i + 1 })
        }
        writing = false
      })()
      const seen: number[] = []
      while (writing) seen.push((await history.stats()).rows)
      await batches
      expect(seen.filter((rows) => rows % 100 !== 0)).toEqual([])
      expect((await history.stats()).rows).toBe(3000)
    })

    test('random batches, restarts and questions agree with a plain model', async () => {
      let round = 0
      // A run is never abandoned half-way: it would go on beside what follows.
      const deadline = performance.now() + 8000
      await fc.assert(
        fc.asyncProperty(runs, async (steps) => {
          if (round > 0 && performance.now() > deadline) return
          const prefix = `r${round++}`
          const model = new Model()
          for (const step of steps) {
            if (step === 'reopen') await reopen()
            else {
              const readings = step.map((r) => ({ ...r, siteId: `${prefix}${r.siteId}` }))
              model.write(readings)
              await history.write({ readings, statuses: [] })
            }
          }
          await compareAll(history, model, prefix)
        }),
        { numRuns: 25 },
      )
    }, 40_000)
  })
}

const instant = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((n) => T0 + n * 30_000),
  fc.integer({ min: 0, max: 70 * 24 * 60 }).map((n) => T0 + n * MINUTE),
)
const values = fc
  .record(
    {
      noise_dba: fc.double({ min: 20, max: 140, noNaN: true }),
      bin_fill_pct: fc.integer({ min: 0, max: 100 }),
      water_level_m: fc.integer({ min: -500, max: 2000 }).map((n) => n / 100),
    },
    { requiredKeys: [] },
  )
  .map((v) => ({ ...v }) as Values)
const sensorReading = fc
  .record({ siteId: fc.constantFrom('a', 'b'), ts: instant, values })
  .map(({ siteId, ts, values: v }) => reading(siteId, ts, v))
const linkReading = fc
  .record({ part: fc.constantFrom('', 's1'), ts: instant, up: fc.boolean(), power: fc.integer({ min: -400, max: 0 }) })
  .map(({ part, ts, up, power }) =>
    reading(
      'f',
      ts,
      part === '' ? { rx_power_dbm: power / 10 } : { link_up: up, rx_power_dbm: power / 10 },
      part,
      'fibre',
    ),
  )
const runs = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.array(fc.oneof(sensorReading, linkReading), { maxLength: 40 }) },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
  ),
  { minLength: 1, maxLength: 8 },
)

const BUCKETS: Bucket[] = [
  { kind: 'raw' },
  { kind: 'month' },
  ...[30_000, 7 * MINUTE, HOUR, DAY, 7 * DAY].map((widthMs) => ({ kind: 'fixed' as const, widthMs })),
]

function questionsTo(prefix: string): SeriesQuestion[] {
  const targets: [string, string, string][] = [
    ['a', '', 'noise_dba'],
    ['a', '', 'bin_fill_pct'],
    ['b', '', 'water_level_m'],
    ['f', '', 'rx_power_dbm'],
    ['f', 's1', 'rx_power_dbm'],
    ['f', 's1', 'link_up'],
  ]
  return BUCKETS.flatMap((bucket) =>
    targets.map(([site, part, metric], i) => {
      const short = bucket.kind === 'fixed' && bucket.widthMs < HOUR
      const fromMs = T0 - 90_001 + i * 45_001
      const toMs = short ? T0 + 1_111_111 : T0 + 65 * DAY
      return { siteId: `${prefix}${site}`, part, metric, fromMs, toMs, bucket }
    }),
  )
}

async function compareAll(history: History, model: Model, prefix: string): Promise<void> {
  const mine = <T extends { siteId: string }>(rows: T[]) => rows.filter(({ siteId }) => siteId.startsWith(prefix))
  for (const kind of ['sensor', 'fibre'] as const) {
    const rows = mine(await all(history.export({ kind, fromMs: 0, toMs: T0 + 100 * DAY })))
    const expected = model.export(kind, 0, Infinity).filter((row) => Object.keys(row.values).length > 0)
    expect(rows).toEqual(expected)
  }
  for (const [at, window] of [
    [T0 + 600_000, HOUR],
    [T0 + 30 * DAY, 20 * DAY],
  ] as const) {
    expect(sortLatest(mine(await history.latest(at, window)))).toEqual(model.latest(at, window))
  }
  const questions = questionsTo(prefix)
  const answers = await history.series(questions)
  questions.forEach((question, i) => {
    const { mean, ...exact } = model.series(question)
    const { mean: answered = [], ...rest } = answers[i] ?? {}
    expect(rest).toEqual(exact)
    answered.forEach((value, k) => {
      if (value === null || mean[k] === null) expect(value).toBe(mean[k])
      else expect(value).toBeCloseTo(mean[k] as number, 9)
    })
  })
}
