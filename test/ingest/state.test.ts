import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../domain/catalogue.ts'
import { dueAfterMs, type Link, OPTIC_LIMITS_DBM, type Site } from '../../domain/inventory.ts'
import type { Reading, Value } from '../../domain/reading.ts'
import type { LinkState, SiteState } from '../../domain/words.ts'
import { siteChange } from '../../ingest/frames.ts'
import { createEffects, createState, reduce, type State, type StateEvent } from '../../ingest/state.ts'
import { fibreSite, sensorSite, serviceSite, span } from './fixture.ts'

const SITES: Site[] = [serviceSite('V'), fibreSite('A'), fibreSite('B'), sensorSite('S', 60)]
const servedBy: Link = { id: 'served', kind: 'served-by', a: 'V', b: 'A' }
const LINKS: Link[] = [span('L', 'A', 'B', 'LR'), servedBy]
const START = Date.UTC(2026, 10, 24)
const SITE_OF = new Map(SITES.map((site) => [site.id, site]))
const dueMs = (id: string) => dueAfterMs(SITE_OF.get(id)?.interval_s ?? 0)

function run(events: StateEvent[], sites = SITES, links = LINKS): State {
  const state = createState(catalogue)
  reduce(state, { type: 'inventory', at: START, sites, links }, createEffects())
  for (const event of events) reduce(state, event, createEffects())
  return state
}
const reading = (
  siteId: string,
  receivedAt: number,
  values: Record<string, Value>,
  { part = '', ts = receivedAt } = {},
): StateEvent & { type: 'reading' } => {
  const kind = SITE_OF.get(siteId)?.kind ?? 'sensor'
  return { type: 'reading', reading: { kind, siteId, part, ts, receivedAt, values } }
}
const status = (siteId: string, at: number, online: boolean): StateEvent => ({
  type: 'status',
  status: { siteId, kind: SITE_OF.get(siteId)?.kind ?? 'sensor', at, online },
})
const tick = (at: number): StateEvent => ({ type: 'tick', at })
const stateOf = (state: State, id: string) => state.sites.get(id)?.state
const linkState = (state: State, id: string) => state.links.get(id)?.state

interface Known {
  siteId: string
  part: string
  metric: string
  value: Value
  ts: number
}

/** All that was ever said, by the last word on each thing. */
function gather(past: StateEvent[]) {
  const heard = new Map<string, number>()
  const words = new Map<string, { at: number; online: boolean }>()
  const values = new Map<string, Known>()
  const hear = (siteId: string, at: number) => heard.set(siteId, Math.max(heard.get(siteId) ?? 0, at))
  for (const event of past) {
    if (event.type === 'status') {
      const { siteId, at, online } = event.status
      words.set(siteId, { at, online })
      if (online) hear(siteId, at)
    }
    if (event.type !== 'reading') continue
    const { siteId, part, ts, receivedAt, values: sent } = event.reading
    hear(siteId, receivedAt)
    for (const [metric, value] of Object.entries(sent)) {
      const key = `${siteId}/${part}/${metric}`
      if (ts >= (values.get(key)?.ts ?? 0)) values.set(key, { siteId, part, metric, value, ts })
    }
  }
  return { heard, words, values: [...values.values()] }
}

const isBad = ({ metric, value }: Known) =>
  (metric === 'latency_ms' && (value as number) > 800) || (metric === 'link_up' && value === false)

function spanByDefinition(fresh: Known[]): LinkState {
  const said = fresh.filter(({ part }) => part === 'L')
  const { min, max } = OPTIC_LIMITS_DBM.LR
  const isOutside = (value: Value) => (value as number) < min || (value as number) > max
  if (said.some(({ metric, value }) => metric === 'link_up' && value === false)) return 'down'
  if (said.some(({ metric, value }) => metric === 'rx_power_dbm' && isOutside(value))) return 'degraded'
  return said.some(({ metric, value }) => metric === 'link_up' && value === true) ? 'up' : 'unknown'
}

function servedByDefinition(ends: SiteState[]): LinkState {
  if (ends.includes('down')) return 'down'
  return ends.includes('unknown') || ends.includes('stale') ? 'unknown' : 'up'
}

/** The definition of the states, worked out from the whole past each time. */
function byDefinition(past: StateEvent[], now: number) {
  const { heard, words, values } = gather(past)
  const fresh = values.filter(({ siteId, ts }) => ts + dueMs(siteId) >= now)
  const site = (id: string): SiteState => {
    const last = heard.get(id)
    const word = words.get(id)
    if (word && !word.online && (last ?? 0) <= word.at) return 'down'
    if (last === undefined) return 'unknown'
    if (now > last + dueMs(id)) return 'stale'
    const own = fresh.filter(({ siteId }) => siteId === id)
    if (own.some(({ metric, value }) => metric === 'reachable' && value === false)) return 'down'
    return own.some(isBad) ? 'degraded' : 'ok'
  }
  const served = servedByDefinition([site('V'), site('A')])
  return { V: site('V'), A: site('A'), B: site('B'), S: site('S'), L: spanByDefinition(fresh), served }
}

const snapshotOf = (state: State) => ({
  V: stateOf(state, 'V'),
  A: stateOf(state, 'A'),
  B: stateOf(state, 'B'),
  S: stateOf(state, 'S'),
  L: linkState(state, 'L'),
  served: linkState(state, 'served'),
})

/** Own times lie around the receive time: mostly right, some late by up to ten minutes, some a little ahead. */
const skew = fc.oneof(fc.constant(0), fc.integer({ min: -600_000, max: 60_000 }))
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(1, 1000, 10_000) },
  { weight: 1, arbitrary: fc.constantFrom(60_000, 75_000, 75_001, 150_000, 150_001, 400_000) },
)
const say = fc.oneof(
  fc.record({ siteId: fc.constant('V'), values: fc.record({ reachable: fc.boolean() }), part: fc.constant('') }),
  fc.record({
    siteId: fc.constant('V'),
    values: fc.record({ latency_ms: fc.constantFrom(10, 800, 801) }),
    part: fc.constant(''),
  }),
  fc.record({
    siteId: fc.constantFrom('A', 'B'),
    values: fc.record({ link_up: fc.boolean(), rx_power_dbm: fc.constantFrom(-5, -20, 2) }, { requiredKeys: [] }),
    part: fc.constant('L'),
  }),
  fc.record({ siteId: fc.constantFrom('A', 'S'), values: fc.constant({}), part: fc.constant('') }),
)
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(say, skew).map(([said, by]) => ({ ...said, by, online: undefined })) },
  {
    weight: 2,
    arbitrary: fc.record({ siteId: fc.constantFrom('V', 'A', 'B', 'S'), online: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.constant('tick' as const) },
)
const story = fc.array(fc.tuple(step, happening), { maxLength: 40 }).map((steps) => {
  let now = START
  return steps.map(([by, what]): StateEvent => {
    now += by
    if (what === 'tick') return tick(now)
    if (what.online !== undefined) return status(what.siteId, now, what.online)
    return reading(what.siteId, now, what.values as Record<string, Value>, { part: what.part, ts: now + what.by })
  })
})
const timeOf = (event: StateEvent): number => {
  if (event.type === 'reading') return event.reading.receivedAt
  return event.type === 'status' ? event.status.at : event.at
}

describe('the state of sites and links', () => {
  it('is what its definition says, after every event', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(story, (events) => {
        const state = run([])
        events.forEach((event, i) => {
          reduce(state, event, createEffects())
          reduce(state, tick(timeOf(event)), createEffects())
          const found = snapshotOf(state)
          expect(found).toEqual(byDefinition(events.slice(0, i + 1), timeOf(event)))
          for (const [id, name] of Object.entries(found)) seen.add(`${id}:${name}`)
        })
      }),
      { numRuns: 400 },
    )
    for (const reached of [
      'V:down',
      'V:degraded',
      'V:stale',
      'A:degraded',
      'L:up',
      'L:degraded',
      'L:down',
      'served:up',
    ])
      expect(seen).toContain(reached)
  })

  it('and its beginning do not hang on how often the clock ticks', () => {
    fc.assert(
      fc.property(story, (events) => {
        const happened = events.filter(({ type }) => type !== 'tick')
        const end = (events.length > 0 ? timeOf(events.at(-1) as StateEvent) : START) + 500_000
        const seldom = run([...happened, tick(end)])
        const ticks = Array.from({ length: Math.ceil((end - START) / 7919) }, (_, i) => tick(START + i * 7919))
        const dense = run([...happened, ...ticks, tick(end)].sort((one, other) => timeOf(one) - timeOf(other)))
        for (const [id, site] of seldom.sites) {
          expect([id, site.state, site.since]).toEqual([id, dense.sites.get(id)?.state, dense.sites.get(id)?.since])
        }
        expect(snapshotOf(seldom)).toEqual(snapshotOf(dense))
      }),
      { numRuns: 200 },
    )
  })

  it('keeps the same values in whatever order readings arrive', () => {
    const sent = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.constantFrom('tide_m', 'rain_mm')), {
      selector: ([ts, metric]) => `${ts}${metric}`,
      maxLength: 12,
    })
    const orders = sent.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })))
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const values = (order: typeof one) => {
          const events = order.map(([ts, metric], i) =>
            reading('S', START + i, { [metric]: ts / 10 }, { ts: START + ts }),
          )
          const site = run(events).sites.get('S')
          return site && siteChange(site, 0)
        }
        expect(values(one)?.values).toEqual(values(other)?.values)
        expect(values(one)?.times).toEqual(values(other)?.times)
      }),
    )
  })

  it('keeps its counts of sites by state', () => {
    fc.assert(
      fc.property(story, (events) => {
        const state = run(events)
        for (const [name, count] of Object.entries(state.counts)) {
          expect(count).toBe([...state.sites.values()].filter((site) => site.state === name).length)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is stale one millisecond after it was due, and says so from then', () => {
    const at = START + 1000
    const due = at + dueMs('S')
    const events = [reading('S', at, { tide_m: 1 })]
    expect(stateOf(run([...events, tick(due)]), 'S')).toBe('ok')
    const late = run([...events, tick(due + 60_000)])
    expect(late.sites.get('S')).toMatchObject({ state: 'stale', since: due + 1 })
  })

  it('comes back to life by any reading after a last will', () => {
    const gone = [reading('S', START + 1, { tide_m: 1 }), status('S', START + 2, false)]
    expect(stateOf(run(gone), 'S')).toBe('down')
    expect(stateOf(run([...gone, tick(START + 86_400_000)]), 'S')).toBe('down')
    expect(stateOf(run([...gone, reading('S', START + 3, { rain_mm: 0 }, { ts: START - 50_000 })]), 'S')).toBe('ok')
  })

  it('does not clear a value because a later message leaves it out', () => {
    const state = run([
      reading('V', START + 1, { reachable: true, latency_ms: 900 }),
      reading('V', START + 2, { reachable: true }),
    ])
    expect(stateOf(state, 'V')).toBe('degraded')
  })

  it('tells which values are new, by their own time where it differs', () => {
    const state = run([reading('V', START + 1, { reachable: true, latency_ms: 20 })])
    const effects = createEffects()
    reduce(state, reading('V', START + 9, { latency_ms: 30 }, { ts: START + 5 }), effects)
    const [[site, above] = []] = [...effects.sites]
    expect(site && siteChange(site, above ?? 0)).toEqual({
      id: 'V',
      state: 'ok',
      since: START + 1,
      at: START + 9,
      values: { latency_ms: 30 },
      times: { latency_ms: START + 5 },
    })
  })

  it('keeps what it knows when the inventory changes, forgets lost parts and learns new sites', () => {
    const state = run([
      reading('V', START + 1, { latency_ms: 900 }),
      reading('A', START + 1, { link_up: false }, { part: 'L' }),
    ])
    expect(stateOf(state, 'A')).toBe('degraded')
    const effects = createEffects()
    const sites = [...SITES.filter(({ id }) => id !== 'B'), sensorSite('S-9')]
    reduce(state, { type: 'inventory', at: START + 2, sites, links: [servedBy] }, effects)
    expect(stateOf(state, 'V')).toBe('degraded')
    expect(stateOf(state, 'A')).toBe('ok')
    expect([...state.sites.keys()]).toEqual(['V', 'A', 'S', 'S-9'])
    expect([...effects.sites.keys()].map(({ id }) => id)).toContain('S-9')
    expect([...state.links.keys()]).toEqual(['served'])
  })

  it('after a restart trusts a last will over values whose receive time is not known', () => {
    const latest = [{ siteId: 'S', part: '', metric: 'tide_m', value: 1, ts: START + 60_000 }]
    const statuses = [{ siteId: 'S', kind: 'sensor' as const, at: START + 50_000, online: false }]
    const restored = run([{ type: 'restored', at: START + 70_000, latest, statuses }])
    expect(restored.sites.get('S')).toMatchObject({ state: 'down', since: START + 50_000 })
    reduce(restored, reading('S', START + 80_000, { tide_m: 1 }), createEffects())
    expect(stateOf(restored, 'S')).toBe('ok')
  })

  it('ticks over 20,000 quiet sites without looking at each', () => {
    const sites = Array.from({ length: 20_000 }, (_, i) => sensorSite(`S-${i}`))
    const state = run([], sites, [])
    const effects = createEffects()
    sites.forEach(({ id }, i) => {
      const event: Reading = {
        kind: 'sensor',
        siteId: id,
        part: '',
        ts: START,
        receivedAt: START + i,
        values: { tide_m: 1 },
      }
      reduce(state, { type: 'reading', reading: event }, effects)
    })
    const startedAt = performance.now()
    for (let at = START + 20_000; at < START + 120_000; at += 10) reduce(state, tick(at), effects)
    expect(performance.now() - startedAt).toBeLessThan(500)
    reduce(state, tick(START + 900_000), effects)
    expect(state.counts.stale).toBe(20_000)
  })
})
