import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createCatalogue } from '../../domain/catalogue.ts'
import { createClock } from '../../domain/clock.ts'
import type { Site } from '../../domain/inventory.ts'
import type { LiveFrame } from '../../domain/live.ts'
import { METRICS } from '../../domain/metrics.ts'
import type { History } from '../../store/history/port.ts'
import { btsSite, createWorld, fibreSite, sensorSite, serviceSite, span, stored, until, type World } from './fixture.ts'

let world: World
afterEach(() => world.close())

const tide = (ts: number, tide_m: number) => ({ ts, m: { tide_m } })
const now = Date.now()

/** The picture that a reader of the frames has, checking their order on the way. */
function picture(frames: LiveFrame[]): Map<string, LiveFrame['sites'][number]> {
  const sites = new Map<string, LiveFrame['sites'][number]>()
  frames.forEach((frame, i) => {
    expect(frame.epoch).toBe(frames[0]?.epoch)
    expect(frame.seq).toBe((frames[0]?.seq ?? 0) + i)
    for (const site of frame.sites) {
      const known = sites.get(site.id)
      sites.set(site.id, { ...site, values: { ...known?.values, ...site.values } })
    }
  })
  return sites
}

describe('from journal to history', () => {
  it('stores readings of site and parts, and statuses, and tells them live', async () => {
    world = await createWorld([btsSite('B-1', ['4g-1', '4g-2']), sensorSite('S-1')])
    await world.start()
    await world.append('status', 'bts', 'B-1', 'online', now)
    await world.telemetry('bts', 'B-1', {
      ts: now,
      m: { mains: true },
      sectors: { '4g-1': { users: 12, rsrp_p50_dbm: -97.5 }, '4g-2': { users: 3 } },
    })
    await world.append('connection', 'bts', 'B-1', '{"connected":true}')
    const rows = await until(async () => {
      const found = await stored(world.history, 'bts')
      return found.length === 3 && found
    })
    expect(rows.map(({ part, values }) => [part, values])).toEqual(
      expect.arrayContaining([
        ['', { mains: true }],
        ['4g-1', { users: 12, rsrp_p50_dbm: -97.5 }],
        ['4g-2', { users: 3 }],
      ]),
    )
    expect(await world.history.statuses(Date.now())).toMatchObject([{ siteId: 'B-1', online: true }])
    const site = await until(
      () => picture(world.frames()).get('B-1')?.values['4g-2/users'] && picture(world.frames()).get('B-1'),
    )
    expect(site).toMatchObject({ state: 'ok', values: { mains: true, '4g-1/rsrp_p50_dbm': -97.5 } })
  })

  it('answers a refused payload on the device topic and tells the operator, and keeps the good ones beside it', async () => {
    world = await createWorld([sensorSite('S-1')])
    await world.start()
    await until(() => world.frames().length > 0)
    await world.telemetry('sensor', 'S-1', [tide(now, 0.5), tide(now + 1, 55), tide(now + 2, 0.7)])
    const told = await until(() => world.heard.find(({ topic }) => topic === 'pq/v1/sensor/S-1/rejected'))
    expect(told.body).toMatchObject({
      topic: 'pq/v1/sensor/S-1/telemetry',
      reason: 'out-of-range',
      path: '[1].m.tide_m',
      message: { en: expect.stringContaining('-3 … 5 m') },
    })
    await until(() => world.heard.find(({ topic }) => topic === 'pq/v1/live/refusals'))
    await until(async () => (await stored(world.history, 'sensor')).length === 2)
    expect((await until(() => world.stats()['pq_ingest_refused_total_out_of_range'])) as number).toBe(1)
  })

  it('refuses what cannot be true of a site, its parts and its clock, each with its code', async () => {
    const sites: Site[] = ['U-1', 'C-1', 'C-2', 'C-3', 'C-4'].map((id) => sensorSite(id))
    sites.push(btsSite('B-1'), fibreSite('F-1'), fibreSite('F-2'), fibreSite('F-3'))
    world = await createWorld(sites, [span('elsewhere', 'F-2', 'F-3')])
    await world.start()
    await until(() => world.frames().length > 0)
    const cases = [
      ['unknown-site', 'sensor', 'NOBODY', tide(now, 1)],
      ['wrong-kind', 'service', 'U-1', { m: { reachable: true } }],
      ['unknown-part', 'bts', 'B-1', { sectors: { '5g-9': { users: 1 } } }],
      ['unknown-part', 'fibre', 'F-1', { links: { elsewhere: { link_up: true } } }],
      ['from-the-future', 'sensor', 'C-1', tide(now + 3_600_000, 1)],
      ['too-old', 'sensor', 'C-2', tide(now - 8 * 86_400_000, 1)],
      ['too-old', 'sensor', 'C-3', tide(Math.floor(now / 1000), 1)],
    ] as const
    for (const [, kind, siteId, payload] of cases) await world.telemetry(kind, siteId, payload)
    await world.append('status', 'sensor', 'C-4', 'asleep')
    const wanted = [...cases.map(([reason, kind, siteId]) => [reason, kind, siteId]), ['bad-status', 'sensor', 'C-4']]
    const told = await until(() => {
      const answers = world.heard.filter(({ topic }) => topic.endsWith('/rejected'))
      return answers.length === wanted.length && answers
    })
    expect(
      told.map(({ topic, body }) => [(body as { reason: string }).reason, ...topic.split('/').slice(2, 4)]),
    ).toEqual(wanted)
    expect(told.find(({ topic }) => topic.includes('C-3'))?.body).toMatchObject({
      message: { en: expect.stringContaining('milliseconds') },
    })
  })

  it('answers a flood of bad payloads a few times and counts them all', async () => {
    world = await createWorld([sensorSite('S-1')])
    await world.start()
    await until(() => world.frames().length > 0)
    const flood = Array.from({ length: 500 }, () => world.append('telemetry', 'sensor', 'S-1', '{"m":'))
    await Promise.all([...flood, world.telemetry('sensor', 'S-1', tide(now, 1))])
    await until(() => world.stats()['pq_ingest_refused_total_not_json'] === 500)
    const answers = world.heard.filter(({ topic }) => topic.endsWith('/rejected')).length
    expect(answers).toBeGreaterThan(0)
    expect(answers + (world.stats()['pq_ingest_unanswered_total'] ?? 0)).toBe(500)
    expect(answers).toBeLessThanOrEqual(30)
    expect(await stored(world.history, 'sensor')).toHaveLength(1)
  })

  it('knows a site that is added while it runs, from its first word on', async () => {
    world = await createWorld([sensorSite('S-1')])
    await world.start()
    await world.registry.putSite(sensorSite('S-2'))
    await world.telemetry('sensor', 'S-2', tide(now, 0.5))
    await until(async () => (await stored(world.history, 'sensor')).length === 1)
    expect(world.heard.filter(({ topic }) => topic.endsWith('/rejected'))).toEqual([])
  })

  it('validates and stores a metric that was added to the catalogue', async () => {
    const radon = {
      name: 'radon_bq_m3',
      kind: 'sensor',
      parts: ['site'],
      type: 'number',
      unit: 'Bq/m3',
      range: [0, 10_000],
      title: { vi: 'Radon', en: 'Radon' },
    } as const
    const catalogue = createCatalogue([...METRICS, radon])
    world = await createWorld([sensorSite('S-1')])
    await world.reopenHistory(catalogue)
    await world.start({ catalogue })
    await until(() => world.frames().length > 0)
    await world.telemetry('sensor', 'S-1', { ts: now, m: { radon_bq_m3: 148 } })
    await world.telemetry('sensor', 'S-1', { ts: now + 1, m: { radon_bq_m3: -1 } })
    const rows = await until(async () => {
      const found = await stored(world.history, 'sensor')
      return found.length > 0 && found
    })
    expect(rows.map(({ values }) => values)).toEqual([{ radon_bq_m3: 148 }])
    const told = await until(() => world.heard.find(({ topic }) => topic.endsWith('/rejected')))
    expect(told.body).toMatchObject({ reason: 'out-of-range', path: 'm.radon_bq_m3' })
    await until(() => picture(world.frames()).get('S-1')?.values['radon_bq_m3'] === 148)
  })
})

describe('stopping and going on', () => {
  it('resumes where the history ends, without doubles and without holes', async () => {
    world = await createWorld([sensorSite('S-1'), sensorSite('S-2')])
    const send = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, i) =>
          world.telemetry('sensor', (from + i) % 2 ? 'S-1' : 'S-2', { m: { tide_m: 1 } }, now + from + i),
        ),
      )
    const first = await world.start()
    const half = send(0, 3000)
    await until(async () => (await stored(world.history, 'sensor')).length > 0)
    await first.stop()
    await half
    const between = await world.history.committedOffset()
    expect(between).toBeGreaterThan(0)
    await send(3000, 4000)
    await world.start()
    await until(async () => (await stored(world.history, 'sensor')).length >= 4000)
    const rows = await stored(world.history, 'sensor')
    expect(rows).toHaveLength(4000)
    expect(new Set(rows.map(({ ts }) => ts)).size).toBe(4000)
    await until(async () => (await world.history.committedOffset()) === world.journal.durable)
  })

  it('drains what the journal holds before it stops', async () => {
    world = await createWorld([sensorSite('S-1')])
    const ingest = await world.start({ env: { PQ_COMMIT_INTERVAL_MS: '10000' } })
    await world.telemetry('sensor', 'S-1', tide(now, 1))
    await world.telemetry('sensor', 'S-1', tide(now + 1, 1.1))
    await ingest.stop()
    expect(await stored(world.history, 'sensor')).toHaveLength(2)
    expect(await world.history.committedOffset()).toBe(world.journal.durable)
  })

  it('says and counts a gap, and reads on where the journal begins', async () => {
    world = await createWorld([sensorSite('S-1')])
    await world.history.write({ readings: [], statuses: [], offset: 10_000_000 })
    await world.telemetry('sensor', 'S-1', tide(now, 1))
    await world.start()
    await until(async () => (await stored(world.history, 'sensor')).length === 1)
    await until(() => world.stats()['pq_ingest_gaps_total'] === 1)
    await until(async () => (await world.history.committedOffset()) === world.journal.durable)
  })

  it('shows current values again after a restart, and silence as silence', async () => {
    world = await createWorld([sensorSite('S-1'), sensorSite('S-2'), sensorSite('S-3')])
    const old = Date.now() - 3_600_000
    await world.history.write({
      readings: [
        { kind: 'sensor', siteId: 'S-1', part: '', ts: now, receivedAt: now, values: { tide_m: 1.5 } },
        { kind: 'sensor', siteId: 'S-2', part: '', ts: old, receivedAt: old, values: { tide_m: 2.5 } },
      ],
      statuses: [],
    })
    await world.start()
    await until(() => world.frames().some(({ snapshot }) => snapshot === 'last'))
    const sites = picture(world.frames())
    expect(sites.get('S-1')).toMatchObject({ state: 'ok', values: { tide_m: 1.5 } })
    expect(sites.get('S-2')).toMatchObject({ state: 'stale', at: old, since: old + 750_001, values: { tide_m: 2.5 } })
    expect(sites.get('S-3')).toMatchObject({ state: 'unknown', at: null, values: {} })
  })
})

describe('a history that fails', () => {
  const failing =
    (isDown: () => boolean) =>
    (real: History): History => ({
      ...real,
      write: (batch) => (isDown() ? Promise.reject(new Error('the disk is full')) : real.write(batch)),
    })

  it('loses nothing, and its failures are counted', async () => {
    let down = true
    world = await createWorld([sensorSite('S-1')])
    await world.start({ history: failing(() => down) })
    for (let i = 0; i < 50; i++) await world.telemetry('sensor', 'S-1', { m: { tide_m: 1 } }, now + i)
    await until(() => (world.stats()['pq_history_write_failures_total'] ?? 0) >= 2)
    expect(world.stats()['pq_history_lag_bytes']).toBeGreaterThan(0)
    down = false
    await until(async () => (await stored(world.history, 'sensor')).length === 50)
    await until(() => world.stats()['pq_history_lag_bytes'] === 0)
  })

  it('does not stop the live picture, however long it fails, and catches up from the journal', async () => {
    let down = true
    world = await createWorld([sensorSite('S-1')])
    await world.start({ history: failing(() => down), env: { PQ_HISTORY_BATCH_ROWS: '100' } })
    const send = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, i) =>
          world.telemetry('sensor', 'S-1', { m: { rain_mm: (from + i) / 10 } }, now + from + i),
        ),
      )
    await send(0, 1000)
    await until(() => world.stats()['pq_ingest_readings_total'] === 1000)
    await send(1000, 2000)
    await until(() => picture(world.frames()).get('S-1')?.values['rain_mm'] === 199.9)
    expect(await stored(world.history, 'sensor')).toEqual([])
    down = false
    await send(2000, 2500)
    await until(async () => (await stored(world.history, 'sensor')).length >= 2500)
    const rows = await stored(world.history, 'sensor')
    expect(rows.map(({ values }) => values['rain_mm'])).toEqual(Array.from({ length: 2500 }, (_, i) => i / 10))
    await until(async () => (await world.history.committedOffset()) === world.journal.durable)
    await until(() => world.stats()['pq_ingest_readings_total'] === 2500)
  })

  it('can be stopped, and what it missed comes with the next start', async () => {
    world = await createWorld([sensorSite('S-1')])
    const first = await world.start({ history: failing(() => true), env: { PQ_HISTORY_BATCH_ROWS: '100' } })
    for (let i = 0; i < 400; i++) await world.telemetry('sensor', 'S-1', { m: { tide_m: 1 } }, now + i)
    await until(() => world.stats()['pq_ingest_readings_total'] === 400)
    await first.stop()
    expect(await world.history.committedOffset()).toBe(0)
    await world.start()
    await until(async () => (await stored(world.history, 'sensor')).length === 400)
  })
})

describe('the live topics', () => {
  it('count frames from 1 without a gap, snapshot on request, and agree with what was sent', async () => {
    const sites = Array.from({ length: 1200 }, (_, i) => sensorSite(`S-${i}`))
    world = await createWorld(sites)
    await world.start()
    await until(() => world.frames().some(({ snapshot }) => snapshot === 'last'))
    for (const { id } of sites) void world.telemetry('sensor', id, tide(now, 1))
    await world.telemetry('sensor', 'S-7', tide(now + 1, 2))
    await until(() => picture(world.frames()).get('S-7')?.values['tide_m'] === 2)
    const before = world.frames().length
    await world.publish('pq/v1/control/snapshot', '{}')
    const snapshot = await until(() => {
      const parts = world
        .frames()
        .slice(before)
        .filter((frame) => frame.snapshot)
      return parts.at(-1)?.snapshot === 'last' && parts
    })
    expect(snapshot.map((frame) => frame.snapshot)).toEqual(['part', 'part', 'last'])
    expect(snapshot.map((frame) => frame.sites.length)).toEqual([500, 500, 200])
    expect(world.frames()[0]?.seq).toBe(1)
    const all = picture(world.frames())
    expect(all.size).toBe(1200)
    expect([...all.values()].filter(({ state }) => state === 'ok')).toHaveLength(1200)
    expect(new Map(snapshot.flatMap((frame) => frame.sites).map((site) => [site.id, site.values])).get('S-7')).toEqual({
      tide_m: 2,
    })
  })

  it('tell the first change after quiet at once and fold what follows', async () => {
    world = await createWorld([sensorSite('S-1')])
    await world.start({ env: { PQ_LIVE_INTERVAL_MS: '1000' } })
    await until(() => world.frames().some(({ snapshot }) => snapshot === 'last'))
    await delay(1050)
    const before = world.frames().length
    const sentAt = performance.now()
    await world.telemetry('sensor', 'S-1', tide(now, 0))
    await until(() => world.frames().length > before)
    expect(performance.now() - sentAt).toBeLessThan(600)
    for (let i = 1; i <= 20; i++) await world.telemetry('sensor', 'S-1', { ts: now + i, m: { rain_mm: i } })
    await until(() => world.frames().length > before + 1)
    const folded = world.frames()[before + 1]?.sites
    expect(folded).toHaveLength(1)
    expect(folded?.[0]?.values).toEqual({ rain_mm: 20 })
  })

  it('survive the loss of the broker: history goes on, and the picture is whole afterwards', async () => {
    world = await createWorld([sensorSite('S-1')])
    await world.start()
    await until(() => world.frames().length > 0)
    await world.stopBroker()
    await world.telemetry('sensor', 'S-1', tide(now, 1.25))
    await until(async () => (await stored(world.history, 'sensor')).length === 1)
    await world.restartBroker()
    await until(() => world.frames().some(({ sites }) => sites[0]?.values['tide_m'] === 1.25))
  })

  it('follow a span from up to down by the word of either end', async () => {
    world = await createWorld([fibreSite('F-1'), fibreSite('F-2')], [span('L-1', 'F-1', 'F-2')])
    await world.start()
    const state = () =>
      world
        .frames()
        .flatMap(({ links }) => links)
        .findLast(({ id }) => id === 'L-1')?.state
    await until(() => state() === 'unknown')
    await world.telemetry('fibre', 'F-1', { ts: now, links: { 'L-1': { link_up: true, rx_power_dbm: -5 } } })
    await until(() => state() === 'up')
    await world.telemetry('fibre', 'F-2', { ts: now, links: { 'L-1': { link_up: true, rx_power_dbm: -20 } } })
    await until(() => state() === 'degraded')
    await world.telemetry('fibre', 'F-2', { ts: now + 1, links: { 'L-1': { link_up: false } } })
    await until(() => state() === 'down')
  })

  it('call a site silent when its due time has passed, and down by its own word or its last will', async () => {
    let offset = 0
    const clock = { ...createClock(), now: () => Date.now() + offset }
    world = await createWorld([serviceSite('V-1')])
    await world.start({ clock })
    const state = () => picture(world.frames()).get('V-1')?.state
    await world.telemetry('service', 'V-1', { m: { reachable: true } }, Date.now())
    await until(() => state() === 'ok')
    offset = 200_000
    await until(() => state() === 'stale')
    await world.telemetry('service', 'V-1', { m: { reachable: false } }, Date.now() + offset)
    await until(() => state() === 'down')
    await world.append('status', 'service', 'V-1', 'offline', Date.now() + offset + 1)
    await world.telemetry('service', 'V-1', { m: { reachable: true } }, Date.now() + offset + 2)
    await until(() => state() === 'ok')
  })
})

describe('while ingest lags', () => {
  it('calls nobody silent for what still waits in the journal', async () => {
    let offset = 0
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const slow = (real: History): History => ({ ...real, write: (batch) => gate.then(() => real.write(batch)) })
    world = await createWorld([serviceSite('V-1'), sensorSite('S-1')])
    await world.start({
      clock: { ...createClock(), now: () => Date.now() + offset },
      history: slow,
      env: { PQ_HISTORY_BATCH_ROWS: '100' },
    })
    const state = () => picture(world.frames()).get('V-1')?.state
    await world.telemetry('service', 'V-1', { m: { reachable: true } }, Date.now())
    await until(() => state() === 'ok')
    const sensed = () => world.telemetry('sensor', 'S-1', { m: { tide_m: 1 } }, Date.now())
    await Promise.all(Array.from({ length: 300 }, sensed))
    await until(() => (world.stats()['pq_history_pending_rows'] ?? 0) > 100)
    await sensed()
    offset = 200_000
    try {
      await until(() => (world.stats()['pq_ingest_lag_ms'] ?? 0) > 190_000)
      await until(() => (world.stats()['pq_ingest_lag_ms'] ?? 0) > 201_500)
      expect(state()).toBe('ok')
    } finally {
      open()
    }
    await until(() => state() === 'stale')
  })
})

describe('backfill', () => {
  it('stores the past by its own clock, shows nothing of it, and counts what it refused', async () => {
    world = await createWorld([sensorSite('S-1')])
    const ingest = await world.start()
    await until(() => world.frames().some(({ snapshot }) => snapshot === 'last'))
    const at = now - 6 * 86_400_000
    const packet = (receivedAt: number, tide_m: number) => ({
      kind: 'sensor' as const,
      siteId: 'S-1',
      receivedAt,
      payload: Buffer.from(JSON.stringify({ ts: receivedAt, m: { tide_m } })),
    })
    const packets = Array.from({ length: 3000 }, (_, i) => packet(at + i, 1))
    const live = world.telemetry('sensor', 'S-1', tide(now, 4))
    const result = await ingest.backfill([...packets, packet(at + 5000, 99)])
    await live
    expect(result).toEqual({ stored: 3000, refused: 1 })
    await until(async () => (await stored(world.history, 'sensor')).length === 3001)
    await until(() => picture(world.frames()).get('S-1')?.values['tide_m'] === 4)
    expect(world.heard.filter(({ topic }) => topic.endsWith('/rejected'))).toEqual([])
  })
})
