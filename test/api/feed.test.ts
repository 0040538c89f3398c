import { once } from 'node:events'
import { connect, type Socket as TcpSocket } from 'node:net'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Delta, FeedSite, Pulse, Snapshot } from '../../domain/live.ts'
import { until } from '../harness/until.ts'
import { type Bench, okChange, openBench, sensorOf, smallCity } from './fixture.ts'

let bench: Bench
const open: Socket[] = []

beforeAll(async () => {
  bench = await openBench()
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.disconnect()
})
afterAll(() => bench.close())

interface Viewer {
  socket: Socket
  deltas: (Delta & { gotMs: number })[]
  links: { id: string; seq: number; properties: { state: string } }[]
  resyncs: string[]
  pulses: Pulse[]
  watch(question?: object): Promise<Snapshot>
  /** What the viewer believes each site to be. */
  sites: Map<string, FeedSite>
}

async function view(url = bench.url, options: object = {}): Promise<Viewer> {
  const socket = io(url, { transports: ['websocket'], forceNew: true, ...options })
  open.push(socket)
  const viewer: Viewer = {
    socket,
    deltas: [],
    links: [],
    resyncs: [],
    pulses: [],
    sites: new Map(),
    async watch(question = {}) {
      const snapshot = (await socket.timeout(5000).emitWithAck('watch', question)) as Snapshot
      viewer.sites = new Map(snapshot.sites.map((site) => [site.id, site]))
      return snapshot
    },
  }
  socket.on('delta', (delta: Delta) => {
    viewer.deltas.push({ ...delta, gotMs: performance.now() })
    for (const site of delta.sites) {
      viewer.sites.set(site.id, { ...site, values: { ...viewer.sites.get(site.id)?.values, ...site.values } })
    }
  })
  socket.on('link', (link) => viewer.links.push(link))
  socket.on('resync', ({ reason }: { reason: string }) => viewer.resyncs.push(reason))
  socket.on('pulse', (pulse: Pulse) => viewer.pulses.push(pulse))
  await once(socket as never, 'connect')
  return viewer
}

const valueIn = (viewer: Viewer, id: string, key: string) => viewer.sites.get(id)?.values[key]

describe('watch', () => {
  it('answers a snapshot of all sites, heard or not, with their values', async () => {
    await bench.ingest.change([okChange('bts-1', { dc_voltage_v: 53.5, '4g-1/users': 7 }, 1_790_000_000_000)])
    const viewer = await view()
    await until(async () => (await viewer.watch()).sites.some(({ state }) => state === 'ok'), 'the first frame')
    const snapshot = await viewer.watch()
    expect(snapshot.seq).toBeGreaterThan(0)
    expect(snapshot.sites).toHaveLength(smallCity().sites.length)
    expect(viewer.sites.get('bts-1')).toEqual({
      id: 'bts-1',
      state: 'ok',
      at: 1_790_000_000_000,
      values: { dc_voltage_v: 53.5, '4g-1/users': 7 },
    })
    expect(viewer.sites.get('svc-1')).toEqual({ id: 'svc-1', state: 'unknown', at: null, values: {} })
  })

  it('says how old a value is that is older than the newest message, in snapshots and in folded changes', async () => {
    const at = 1_790_000_000_000
    const heard = (values: FeedSite['values'], atMs: number, times?: Record<string, number>) =>
      bench.ingest.change([{ ...okChange('fn-2', values, atMs), ...(times && { times }) }])
    await heard({ temp_c: 31, mains: true }, at, { temp_c: at - 86_400_000 })
    const viewer = await view()
    await until(async () => (await viewer.watch()).sites.some(({ id, at }) => id === 'fn-2' && at), 'the first frame')
    expect(viewer.sites.get('fn-2')).toEqual({
      id: 'fn-2',
      state: 'ok',
      at,
      values: { temp_c: 31, mains: true },
      times: { temp_c: at - 86_400_000 },
    })
    await heard({ rx_power_dbm: -9 }, at + 1)
    await heard({ temp_c: 20, dc_voltage_v: 53 }, at + 2, { temp_c: at - 500 })
    await heard({ mains: false }, at + 3)
    await until(() => valueIn(viewer, 'fn-2', 'mains') === false, 'the last change')
    const told: [string, number][] = viewer.deltas.flatMap(({ sites }) =>
      sites.flatMap((site) =>
        Object.keys(site.values).map((key): [string, number] => [key, site.times?.[key] ?? site.at ?? 0]),
      ),
    )
    expect(viewer.deltas.some(({ folded }) => folded > 0)).toBe(true)
    expect(Object.fromEntries(told)).toEqual({
      rx_power_dbm: at + 1,
      temp_c: at - 500,
      dc_voltage_v: at + 2,
      mains: at + 3,
    })
  })

  it.each([
    [{ kinds: ['fibre'] }, ['fn-1', 'fn-2']],
    [{ bbox: [103.9, 10.2, 104, 10.25] }, ['bts-1', 'fn-1', 'sensor-2']],
    [{ bbox: [103.9, 10.2, 104, 10.25], kinds: ['bts'] }, ['bts-1']],
    [{ states: ['unknown'], kinds: ['service'] }, ['svc-1']],
    [{ states: ['down'] }, []],
  ])('shows only what is asked for: %j', async (question, ids) => {
    const viewer = await view()
    expect((await viewer.watch(question)).sites.map(({ id }) => id)).toEqual(ids)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'all'],
    ['an array', []],
    ['an unknown field', { colour: 'red' }],
    ['an unknown kind', { kinds: ['tower'] }],
    ['half a box', { bbox: [1, 2] }],
    ['a box upside down', { bbox: [0, 20, 1, 10] }],
    ['a box off the world', { bbox: [0, 0, 1e9, 1] }],
    ['not a number', { bbox: [Number.NaN, 0, 1, 1] }],
    ['bytes', Buffer.from([1, 2, 3])],
  ])('refuses %s with a reason and stays connected', async (_, payload) => {
    const viewer = await view()
    const answer = await viewer.socket.timeout(3000).emitWithAck('watch', payload)
    expect(answer.error.message).toBeTruthy()
    expect((await viewer.watch()).sites.length).toBeGreaterThan(0)
  })

  it('survives hostile events, and cuts off messages that are too large', async () => {
    const viewer = await view()
    viewer.socket.emit('watch')
    viewer.socket.emit('watch', {}, 'not a function')
    viewer.socket.emit('delta', { sites: [] })
    viewer.socket.emit('__proto__', { polluted: true })
    expect((await viewer.watch()).sites.length).toBeGreaterThan(0)
    const gone = once(viewer.socket as never, 'disconnect')
    viewer.socket.io.opts.reconnection = false
    viewer.socket.emit('watch', { states: ['x'.repeat(100_000)] })
    await gone
    const next = await view()
    expect((await next.watch()).sites.length).toBeGreaterThan(0)
  })

  it('refuses a flood of watches', async () => {
    const viewer = await view()
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => viewer.socket.timeout(5000).emitWithAck('watch', {})),
    )
    const refused = answers.filter(({ error }) => /too many/.test(error?.message ?? ''))
    expect(refused.length).toBeGreaterThan(20)
    expect(answers.some(({ sites }) => sites)).toBe(true)
  })

  it('turns away pages of other origins', async () => {
    const socket = io(bench.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: { origin: 'https://evil.example' },
    })
    open.push(socket)
    const [error] = await once(socket as never, 'connect_error')
    expect(error).toBeInstanceOf(Error)
  })
})

describe('delta', () => {
  it('brings the first change after quiet at once, and then at most four a second, newest last', async () => {
    const viewer = await view()
    await viewer.watch()
    const sentMs = performance.now()
    await bench.ingest.change([okChange('sensor-1', { noise_dba: 40 })])
    await until(() => viewer.deltas.length === 1, 'the first delta')
    expect((viewer.deltas[0]?.gotMs ?? 0) - sentMs).toBeLessThan(150)

    const until1500 = performance.now() + 1500
    let n = 0
    while (performance.now() < until1500) {
      await bench.ingest.change([okChange('sensor-1', { noise_dba: 41 + n })])
      n += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await until(() => valueIn(viewer, 'sensor-1', 'noise_dba') === 40 + n, 'the last value')
    const gaps = viewer.deltas.slice(1).map(({ gotMs }, at) => gotMs - (viewer.deltas[at]?.gotMs ?? 0))
    // Arrival jitters; sending does not fall below the spacing.
    expect(Math.min(...gaps)).toBeGreaterThan(150)
    expect(viewer.deltas.length).toBeLessThanOrEqual(9)
    const folded = viewer.deltas.reduce((sum, delta) => sum + delta.folded, 0)
    expect(folded + viewer.deltas.length).toBe(n + 1)
    const numbers = viewer.deltas.map(({ seq }) => seq)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }, 15_000)

  it('holds only what is new of a site, and merges the values of several changes', async () => {
    const viewer = await view()
    await viewer.watch()
    await bench.ingest.change([okChange('fn-1', { temp_c: 30 })])
    await until(() => viewer.deltas.length === 1, 'the first delta')
    await bench.ingest.change([okChange('fn-1', { temp_c: 31 })])
    await bench.ingest.change([okChange('fn-1', { 'span-1/link_up': true })])
    await until(() => viewer.deltas.length === 2, 'the second delta')
    expect(viewer.deltas[0]?.sites[0]?.values).toEqual({ temp_c: 30 })
    expect(viewer.deltas[1]).toMatchObject({ folded: 1, sites: [{ values: { temp_c: 31, 'span-1/link_up': true } }] })
  })

  it('keeps to the viewport', async () => {
    const north = await view()
    const south = await view()
    await north.watch({ bbox: [103.8, 10.15, 104.1, 10.4] })
    await south.watch({ bbox: [103.8, 9.9, 104.1, 10.15] })
    await bench.ingest.change([okChange('sensor-1', { noise_dba: 77 }), okChange('sensor-2', { noise_dba: 88 })])
    await until(() => north.deltas.length > 0 && south.deltas.length > 0, 'both deltas')
    expect(north.deltas.flatMap(({ sites }) => sites.map(({ id }) => id))).toEqual(['sensor-2'])
    expect(south.deltas.flatMap(({ sites }) => sites.map(({ id }) => id))).toEqual(['sensor-1'])
  })

  it('tells a filter by state who enters, with all values, and who leaves', async () => {
    await bench.ingest.change([okChange('svc-1', { latency_ms: 20, reachable: true })])
    const viewer = await view()
    await until(
      async () => (await viewer.watch()).sites.some(({ id, state }) => id === 'svc-1' && state === 'ok'),
      'svc-1',
    )
    await viewer.watch({ states: ['down'] })
    await bench.ingest.change([{ ...okChange('svc-1', { reachable: false }), state: 'down' }])
    await until(() => viewer.deltas.length === 1, 'the entry')
    expect(viewer.deltas[0]?.sites[0]).toMatchObject({ state: 'down', values: { latency_ms: 20, reachable: false } })
    await bench.ingest.change([okChange('svc-1', { reachable: true })])
    await until(() => viewer.deltas.length === 2, 'the leaving')
    await bench.ingest.change([okChange('svc-1', { latency_ms: 21 })])
    await bench.ingest.change([{ ...okChange('sensor-1', {}), state: 'down' }])
    await until(() => viewer.deltas.length === 3, 'the next entry')
    expect(viewer.deltas[2]?.sites.map(({ id }) => id)).toEqual(['sensor-1'])
    await bench.ingest.change([okChange('sensor-1')])
  })

  it('ignores a value that is older than the one it has', async () => {
    const viewer = await view()
    await viewer.watch()
    const at = Date.now() + 1000
    await bench.ingest.change([okChange('sensor-1', { noise_dba: 55 }, at)])
    await until(() => valueIn(viewer, 'sensor-1', 'noise_dba') === 55, 'the value')
    await bench.ingest.change([
      { ...okChange('sensor-1', { noise_dba: 33, battery_pct: 90 }, at + 1), times: { noise_dba: at - 60_000 } },
    ])
    await until(() => valueIn(viewer, 'sensor-1', 'battery_pct') === 90, 'the battery')
    expect(valueIn(viewer, 'sensor-1', 'noise_dba')).toBe(55)
  })
})

describe('link', () => {
  it('comes as REST gives it, with seq', async () => {
    const viewer = await view()
    await viewer.watch()
    await bench.ingest.change([], [{ id: 'span-1', state: 'down', since: 1_790_000_000_000 }])
    await until(() => viewer.links.length === 1, 'the link')
    const { features } = (await (await fetch(`${bench.url}/api/v1/links`)).json()) as { features: object[] }
    expect(viewer.links[0]).toEqual({ ...features[0], seq: expect.any(Number) })
    expect(viewer.links[0]?.properties.state).toBe('down')
  })
})

describe('pulse', () => {
  it('comes every second with the figures of ingest, and says who is silent', async () => {
    const viewer = await view()
    await bench.ingest.stats({ pq_ingest_readings_total: 1000, pq_ingest_lag_ms: 7 })
    await bench.ingest.client.publishAsync(
      'pq/v1/live/stats/ingest',
      JSON.stringify({ at: Date.now() + 1000, values: { pq_ingest_readings_total: 1500, pq_ingest_lag_ms: 9 } }),
    )
    await bench.ingest.stats({ pq_journal_bytes: 900, pq_journal_limit_bytes: 1000 }, 'broker')
    await until(() => viewer.pulses.some(({ lagMs }) => lagMs === 9), 'a pulse')
    const pulse = viewer.pulses.at(-1)
    expect(pulse?.ingestPerSecond).toBeGreaterThan(400)
    expect(pulse).toMatchObject({ journalBytes: 900, degraded: ['journal'] })
    const from = viewer.pulses.length
    await until(
      () => viewer.pulses.some(({ degraded }) => degraded.includes('ingest') && degraded.includes('broker')),
      'silence',
      9000,
    )
    const spread = (viewer.pulses.at(-1)?.at ?? 0) - (viewer.pulses[from - 1]?.at ?? 0)
    expect(spread / (viewer.pulses.length - from)).toBeGreaterThan(850)
    expect(spread / (viewer.pulses.length - from)).toBeLessThan(1200)
  }, 15_000)

  it('turns overdue sites stale when ingest says nothing any more', async () => {
    const viewer = await view()
    await viewer.watch()
    await bench.ingest.change([okChange('bts-1', { dc_voltage_v: 50 }, Date.now() - 147_000)])
    await until(() => viewer.sites.get('bts-1')?.state === 'ok', 'the change')
    await until(() => viewer.sites.get('bts-1')?.state === 'stale', 'its due time', 12_000)
  }, 20_000)
})

describe('resync', () => {
  it('follows a lost frame, once the full state is there', async () => {
    const viewer = await view()
    await viewer.watch()
    const asked = bench.ingest.snapshots
    bench.ingest.lose([okChange('sensor-1', { noise_dba: 99 })])
    await bench.ingest.change([okChange('sensor-2', { noise_dba: 44 })])
    await until(() => viewer.resyncs.length > 0, 'the resync')
    expect(viewer.resyncs).toEqual(['gap'])
    expect(bench.ingest.snapshots).toBeGreaterThan(asked)
    await viewer.watch()
    expect(valueIn(viewer, 'sensor-1', 'noise_dba')).toBe(99)
  })

  it('follows a new life of ingest', async () => {
    const viewer = await view()
    await viewer.watch()
    bench.ingest.restart()
    await bench.ingest.change([okChange('sensor-1', { noise_dba: 50 })])
    await until(() => viewer.resyncs.includes('new-epoch'), 'the resync')
  })

  it('follows a change of the inventory, whoever made it', async () => {
    const viewer = await view()
    await viewer.watch()
    await bench.registry.putSite(sensorOf('sensor-late'))
    await until(() => viewer.resyncs.includes('inventory'), 'the resync')
    expect((await viewer.watch()).sites.map(({ id }) => id)).toContain('sensor-late')
    await bench.registry.deleteSite('sensor-late')
    await until(() => viewer.resyncs.length === 2, 'the resync')
  })

  it('asks anew after the connection to the broker was cut, and misses nothing', async () => {
    const viewer = await view()
    await viewer.watch()
    const connections = Object.values(
      (bench.aedes as unknown as { clients: Record<string, { id: string; conn: TcpSocket }> }).clients,
    )
    const asked = bench.ingest.snapshots
    for (const { id, conn } of connections) if (id.startsWith('api-')) conn.destroy()
    await bench.ingest.change([okChange('sensor-1', { noise_dba: 66 })])
    await until(() => bench.ingest.snapshots > asked, 'the question', 5000)
    await until(() => viewer.resyncs.length > 0, 'the resync')
    await viewer.watch()
    expect(valueIn(viewer, 'sensor-1', 'noise_dba')).toBe(66)
  })

  it('leaves a viewer that reconnects again and again without a gap', async () => {
    const viewer = await view()
    viewer.socket.io.on('reconnect', () => {
      viewer.watch().catch(() => undefined)
    })
    await viewer.watch()
    for (let n = 1; n <= 120; n++) {
      await bench.ingest.change([
        okChange('sensor-1', { noise_dba: 20 + n }),
        okChange('sensor-2', { noise_dba: 20 + n }),
      ])
      if (n % 40 === 0) viewer.socket.io.engine.close()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await until(
      () => valueIn(viewer, 'sensor-1', 'noise_dba') === 140 && valueIn(viewer, 'sensor-2', 'noise_dba') === 140,
      'the end',
      8000,
    )
  }, 20_000)
})

describe('a slow viewer', () => {
  /** Sites with enough to say that a paused connection fills up. */
  const sites = Array.from({ length: 400 }, (_, n) => sensorOf(`s-${n}`, { measures: ['noise_dba'] }))

  it('is owed only the newest of each site, and never more', async () => {
    const many = await openBench({ inventory: { sites, links: [], groups: [] } })
    try {
      const slow = await view(many.url)
      await slow.watch()
      const tcp = (slow.socket.io.engine.transport as unknown as { ws: { _socket: TcpSocket } }).ws._socket
      const quick = await view(many.url)
      await quick.watch()
      tcp.pause()
      // Texts make the deltas long enough to fill the buffers between the two ends.
      const filler = 'x'.repeat(2000)
      let n = 0
      const behind = async () => /pq_feed_behind (\d+)/.exec(await (await fetch(`${many.url}/metrics`)).text())?.[1]
      await until(
        async () => {
          n += 1
          await many.ingest.change(sites.map(({ id }) => okChange(id, { noise_dba: n, note: filler })))
          return (await behind()) === '1'
        },
        'the slow viewer to fall behind',
        20_000,
      )
      const rounds = 20
      for (let round = 0; round < rounds; round++) {
        n += 1
        await many.ingest.change(sites.map(({ id }) => okChange(id, { noise_dba: n, note: filler })))
      }
      await until(() => valueIn(quick, 's-399', 'noise_dba') === n, 'the quick viewer')
      expect(valueIn(slow, 's-399', 'noise_dba')).not.toBe(n)

      tcp.resume()
      await until(() => valueIn(slow, 's-399', 'noise_dba') === n, 'the slow viewer to catch up')
      const last = slow.deltas.at(-1)
      expect(last?.sites).toHaveLength(400)
      expect(last?.folded).toBeGreaterThanOrEqual((rounds - 1) * 400)
      expect([...slow.sites.values()].every(({ values }) => values['noise_dba'] === n)).toBe(true)
      await until(async () => (await behind()) === '0', 'nobody behind')
    } finally {
      for (const socket of open.splice(0)) socket.disconnect()
      await many.close()
    }
  }, 40_000)
})

describe('the socket', () => {
  it('closes a connection that speaks no protocol', async () => {
    const { hostname, port } = new URL(bench.url)
    const raw = connect(Number(port), hostname)
    await once(raw, 'connect')
    raw.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99\r\n\r\n',
    )
    raw.resume()
    await once(raw, 'close')
    const viewer = await view()
    expect((await viewer.watch()).sites.length).toBeGreaterThan(0)
  })
})
