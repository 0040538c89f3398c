import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIVE_REFUSALS } from '../../domain/topic.ts'
import type { Account } from '../../store/registry/port.ts'
import { hashSecret, verifySecret } from '../../store/registry/secret.ts'
import { until } from '../harness/until.ts'
import { type Bench, base, okChange, openBench, sensorOf, span } from './fixture.ts'

let bench: Bench
const HOUR_MS = 3_600_000
const now = Date.now()
/** Readings at whole minutes of the last closed hour. */
const hourStart = Math.floor(now / HOUR_MS) * HOUR_MS - HOUR_MS

beforeAll(async () => {
  bench = await openBench({ config: { PQ_HTTP_MAX_POINTS: '1000' } })
  await bench.history.write({
    statuses: [],
    readings: Array.from({ length: 60 }, (_, minute) => ({
      kind: 'sensor' as const,
      siteId: 'sensor-1',
      part: '',
      ts: hourStart + minute * 60_000,
      receivedAt: hourStart + minute * 60_000,
      values: { noise_dba: 50 + (minute % 10) },
    })).concat({
      kind: 'bts' as never,
      siteId: 'bts-1',
      part: '4g-1',
      ts: hourStart,
      receivedAt: hourStart,
      values: { users: 7 } as never,
    }),
  })
  await bench.ingest.change(
    [
      { ...okChange('bts-1', { dc_voltage_v: 53.5, '4g-1/users': 7 }), times: { '4g-1/users': now - HOUR_MS } },
      { ...okChange('sensor-1', { noise_dba: 61 }), state: 'degraded' },
      okChange('fn-1', { 'span-1/link_up': true, rx_power_dbm: -12 }),
    ],
    [{ id: 'span-1', state: 'up', since: now }],
  )
  await until(async () => (await get('/sites/bts-1')).json.properties.state === 'ok', 'the first frame')
})
afterAll(() => bench.close())

interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely here
  json: any
}

async function call(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(bench.url + path, init)
  const text = await answer.text()
  const isJson =
    /json/.test(answer.headers.get('content-type') ?? '') && !/ndjson/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, headers: answer.headers, text, json: isJson && text ? JSON.parse(text) : undefined }
}
const get = (path: string, headers: Record<string, string> = {}) => call(`/api/v1${path}`, { headers })
const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  call(`/api/v1${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  })
const idsOf = ({ json }: Answer): string[] => json.features.map((feature: { id: string }) => feature.id)

describe('GET /sites', () => {
  it('answers a FeatureCollection of every site with its state', async () => {
    const answer = await get('/sites')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('application/geo+json')
    expect(idsOf(answer)).toEqual(['bts-1', 'fn-1', 'fn-2', 'sensor-1', 'sensor-2', 'svc-1'])
    expect(answer.json.next).toBeNull()
    expect(answer.json.features[0]).toEqual({
      type: 'Feature',
      id: 'bts-1',
      geometry: { type: 'Point', coordinates: [103.96, 10.22] },
      properties: {
        id: 'bts-1',
        kind: 'bts',
        interval_s: 60,
        name: 'Trạm Dương Đông',
        ward: 'duong-dong',
        state: 'ok',
        since: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    })
    expect(answer.json.features[5].properties).toMatchObject({ system: 'health', state: 'unknown', since: null })
  })

  it.each([
    ['kind=fibre', ['fn-1', 'fn-2']],
    ['kind=fibre,bts', ['bts-1', 'fn-1', 'fn-2']],
    ['kind=fibre&kind=bts', ['bts-1', 'fn-1', 'fn-2']],
    ['state=degraded', ['sensor-1']],
    ['state=unknown&kind=sensor', ['sensor-2']],
    ['ward=an-thoi', ['sensor-1']],
    ['bbox=103.9,10.2,104,10.25', ['bts-1', 'fn-1', 'sensor-2']],
    ['q=duong%20dong', ['bts-1']],
    ['q=D%C6%AF%C6%A0NG', ['bts-1']],
    ['q=y%20te%20cua', ['svc-1']],
    ['q=SENSOR-2', ['sensor-2']],
    ['q=nothing-like-it', []],
  ])('filters by %s', async (query, ids) => {
    expect(idsOf(await get(`/sites?${query}`))).toEqual(ids)
  })

  it('pages through all sites by limit and cursor', async () => {
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const answer: Answer = await get(`/sites?limit=4${next && `&cursor=${next}`}`)
      seen.push(...idsOf(answer))
      next = answer.json.next
    }
    expect(seen).toEqual(['bts-1', 'fn-1', 'fn-2', 'sensor-1', 'sensor-2', 'svc-1'])
  })

  it('answers 304 until a state or the inventory changes', async () => {
    const first = await get('/sites')
    const tag = first.headers.get('etag') as string
    expect((await get('/sites', { 'if-none-match': tag })).status).toBe(304)
    expect((await get('/sites', { 'if-none-match': `"other", ${tag}` })).status).toBe(304)
    expect((await get('/sites?kind=bts', { 'if-none-match': tag })).status).toBe(200)
    await bench.ingest.change([{ ...okChange('svc-1', { reachable: true }) }])
    await until(async () => (await get('/sites', { 'if-none-match': tag })).status === 200, 'a new version')
  })

  it('is compressed for those who ask', async () => {
    const body = await new Promise<string | undefined>((resolve, reject) => {
      httpRequest(`${bench.url}/api/v1/sites`, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
        response.resume().on('end', () => resolve(response.headers['content-encoding']))
      })
        .on('error', reject)
        .end()
    })
    expect(body).toBe('gzip')
  })
})

describe('GET /sites/{id}', () => {
  it('has sectors with their latest values, and says which are stale', async () => {
    const { json } = await get('/sites/bts-1')
    expect(json.properties).toMatchObject({ interval_s: 60, due_after_s: 150, at: expect.stringContaining('Z') })
    expect(json.properties.latest).toEqual({
      dc_voltage_v: { value: 53.5, at: expect.stringContaining('Z'), stale: false },
    })
    expect(json.properties.sectors[0]).toMatchObject({
      id: '4g-1',
      azimuth_deg: 120,
      latest: { users: { value: 7, at: new Date(now - HOUR_MS).toISOString(), stale: true } },
    })
    expect(json.properties.sectors[1].latest).toEqual({})
  })

  it('has links with state, other end and latest values', async () => {
    const { json } = await get('/sites/fn-1')
    expect(json.properties.links).toEqual([
      {
        id: 'span-1',
        kind: 'span',
        a: 'fn-1',
        b: 'fn-2',
        other: 'fn-2',
        state: 'up',
        since: new Date(now).toISOString(),
        latest: { link_up: { value: true, at: expect.any(String), stale: false } },
      },
    ])
    expect(Object.keys(json.properties.latest)).toEqual(['rx_power_dbm'])
  })
})

describe('series', () => {
  const range = `from=${hourStart}&to=${hourStart + HOUR_MS}`

  it('answers buckets in columns', async () => {
    const { json, status } = await get(`/sites/sensor-1/series?metric=noise_dba&${range}&bucket=10m`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ site: 'sensor-1', metric: 'noise_dba', unit: 'dB[SPL]', bucket: '10m', level: 'raw' })
    expect(json.t).toEqual([0, 1, 2, 3, 4, 5].map((n) => hourStart + n * 600_000))
    expect(json.count).toEqual([10, 10, 10, 10, 10, 10])
    expect([json.mean[0], json.min[0], json.max[0]]).toEqual([54.5, 50, 59])
  })

  it('answers every reading, and only those inside the span', async () => {
    const { json } = await get(
      `/sites/sensor-1/series?metric=noise_dba&from=${hourStart}&to=${hourStart + 120_000}&bucket=raw`,
    )
    expect(json.t).toEqual([hourStart, hourStart + 60_000])
    expect(json.mean).toEqual([50, 51])
  })

  it('answers a sector by part', async () => {
    const { json } = await get(`/sites/bts-1/series?metric=users&part=4g-1&${range}&bucket=1h`)
    expect(json).toMatchObject({ part: '4g-1', mean: [7], count: [1] })
  })

  it('has null values and a count of 0 where nothing was said', async () => {
    const { json } = await get(`/sites/sensor-2/series?metric=noise_dba&${range}&bucket=30m`)
    expect(json).toMatchObject({ mean: [null, null], min: [null, null], max: [null, null], count: [0, 0] })
  })

  it('takes a day in some 300 points when nothing is said', async () => {
    const { json } = await get('/sites/sensor-1/series?metric=noise_dba')
    expect(json.bucket).toBe('5m')
    expect(json.t.length).toBeGreaterThanOrEqual(288)
    expect(json.t.length).toBeLessThanOrEqual(290)
  })

  it('answers many sites in the order asked', async () => {
    const { json } = await get(`/series?metric=noise_dba&sites=sensor-2,sensor-1&${range}&bucket=1h`)
    expect(json.items.map((one: { site: string; count: number[] }) => [one.site, one.count])).toEqual([
      ['sensor-2', [0]],
      ['sensor-1', [60]],
    ])
    expect(json.next).toBeNull()
  })

  it.each([
    ['?format=csv', `&format=csv`, {}, 'text/csv'],
    ['Accept', '', { accept: 'text/csv;q=0.9, application/json;q=0.1' }, 'text/csv'],
  ])('streams CSV by %s', async (_, more, headers, type) => {
    const answer = await get(`/sites/sensor-1/series?metric=noise_dba&${range}&bucket=30m${more}`, headers)
    expect(answer.headers.get('content-type')).toContain(type)
    expect(answer.text).toBe(
      'site,part,metric,unit,t,mean,min,max,count\r\n' +
        `sensor-1,,noise_dba,dB[SPL],${hourStart},54.5,50,59,30\r\n` +
        `sensor-1,,noise_dba,dB[SPL],${hourStart + 1_800_000},54.5,50,59,30\r\n`,
    )
  })

  it('streams NDJSON, one point a line', async () => {
    const answer = await get(`/series?metric=noise_dba&sites=sensor-1&${range}&bucket=30m`, {
      accept: 'application/x-ndjson',
    })
    const lines = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toEqual({
      site: 'sensor-1',
      part: '',
      metric: 'noise_dba',
      unit: 'dB[SPL]',
      t: hourStart,
      mean: 54.5,
      min: 50,
      max: 59,
      count: 30,
    })
  })
})

describe('problems', () => {
  it.each([
    ['/sites?kind=tower', 400, 'kind', /bts.*service/],
    ['/sites?bbox=1,2,3', 400, 'bbox', /tây,nam,đông,bắc/],
    ['/sites?bbox=1,9,3,2', 400, 'bbox', /tây,nam,đông,bắc/],
    ['/sites?limit=0', 400, 'limit', />=1/],
    ['/sites?limit=many', 400, 'limit', /số/],
    ['/sites?cursor=%2B%2B', 400, 'cursor', /next/],
    ['/sites?colour=red', 400, 'colour', /Khóa không được nhận dạng/],
    ['/sites/nowhere', 404, 'id', /nowhere/],
    ['/sites/a%20b', 400, 'id', /chữ, số/],
    ['/sites/sensor-1/series', 400, 'metric', /bắt buộc/],
    ['/sites/nowhere/series?metric=noise_dba', 404, 'id', /nowhere/],
    ['/sites/sensor-1/series?metric=colour', 422, 'metric', /noise_dba/],
    ['/sites/bts-1/series?metric=users', 422, 'part', /4g-1, 5g-1/],
    ['/sites/bts-1/series?metric=users&part=9g-9', 422, 'part', /4g-1, 5g-1/],
    ['/sites/sensor-1/series?metric=noise_dba&part=x', 422, 'part', /bỏ "part"/],
    ['/sites/sensor-1/series?metric=noise_dba&bucket=5x', 400, 'bucket', /raw, auto/],
    ['/sites/sensor-1/series?metric=noise_dba&from=yesterday', 400, 'from', /ISO 8601/],
    ['/sites/sensor-1/series?metric=noise_dba&from=999999999999999999', 400, 'from', /ISO 8601/],
    ['/sites/sensor-1/series?metric=noise_dba&from=now&to=-1h', 400, 'to', /sau "from"/],
    ['/sites/sensor-1/series?metric=noise_dba&from=-1d&bucket=1s', 422, 'bucket', /bucket=5m/],
    ['/sites/sensor-1/series?metric=noise_dba&format=parquet', 400, 'format', /csv/],
    ['/series?metric=noise_dba', 400, 'sites', /bắt buộc/],
    ['/series?metric=noise_dba&sites=sensor-1,ghost', 404, 'id', /ghost/],
    ['/series?metric=noise_dba&sites=a%2Fb', 400, 'sites', /chữ, số/],
    ['/links?state=broken', 400, 'state', /degraded/],
    ['/devices?kind=x', 400, 'kind', /sensor/],
    ['/devices/nowhere/refusals', 404, 'id', /nowhere/],
  ])('GET %s is refused with %i naming %s', async (path, status, field, words) => {
    const { json, status: got, headers } = await get(path)
    expect(got).toBe(status)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(headers.get('content-language')).toBe('vi')
    expect(json).toMatchObject({
      type: expect.stringMatching(/^\/docs\/problems#/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      requestId: headers.get('x-request-id'),
    })
    const fault = json.errors.find((one: { path: string }) => one.path === field)
    expect(fault?.message).toMatch(words)
  })

  it('speaks English to those who prefer it', async () => {
    const { json } = await get('/sites?kind=tower', { 'accept-language': 'en-GB, vi;q=0.4' })
    expect(json.title).toBe('Invalid request')
    expect(json.errors[0].message).toContain('expected one of')
  })

  it('answers 406 when nothing offered is acceptable', async () => {
    const { json, status } = await get('/sites/sensor-1/series?metric=noise_dba', {
      accept: 'application/vnd.apache.parquet',
    })
    expect(status).toBe(406)
    expect(json.detail).toContain('text/csv')
  })

  it.each([
    ['GET', '/api/v1/nothing'],
    ['GET', '/api/v1/alarms'],
    ['DELETE', '/api/v1/sites'],
    ['GET', '/no-such-page'],
    ['GET', '/%E0%A4%A'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/assets/../../registry.db'],
    ['GET', '/assets/..%2f..%2fregistry.db'],
  ])('%s %s is a problem too', async (method, path) => {
    const answer = await new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const { hostname, port } = new URL(bench.url)
      httpRequest({ hostname, port, method, path }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
        )
      })
        .on('error', reject)
        .end()
    })
    expect([400, 403, 404]).toContain(answer.status)
    expect(answer.type).toContain('application/problem+json')
    expect(JSON.parse(answer.text)).toMatchObject({ title: expect.any(String), requestId: expect.any(String) })
    expect(answer.text).not.toMatch(/\bat .*\.(js|ts):|node_modules|SQLite/)
  })

  it('never shows what went wrong inside', async () => {
    const failing = await openBench({
      history: { series: () => Promise.reject(new Error('IO Error: /data/history.duckdb: no space left')) },
    })
    try {
      const answer = await fetch(`${failing.url}/api/v1/sites/sensor-1/series?metric=noise_dba`)
      const text = await answer.text()
      expect(answer.status).toBe(500)
      expect(JSON.parse(text)).toMatchObject({
        type: '/docs/problems#internal',
        requestId: answer.headers.get('x-request-id'),
      })
      expect(text).not.toMatch(/stack|duckdb|\.ts|IO Error/i)
    } finally {
      await failing.close()
    }
  })

  it('stops a history question when its client goes away or it takes too long', async () => {
    const signals: AbortSignal[] = []
    const slow = await openBench({
      config: { PQ_HTTP_QUERY_S: '1' },
      history: {
        series: (_questions, signal) => {
          if (signal) signals.push(signal)
          return new Promise(() => {})
        },
      },
    })
    try {
      const url = `${slow.url}/api/v1/sites/sensor-1/series?metric=noise_dba`
      const leaving = new AbortController()
      const left = fetch(url, { signal: leaving.signal }).catch((error: Error) => error.name)
      await until(() => signals.length === 1, 'the question')
      leaving.abort()
      expect(await left).toBe('AbortError')
      await until(() => signals[0]?.aborted, 'the abort', 900)
      const answer = await fetch(url, { headers: { 'accept-language': 'en' } })
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('shorter from–to') })
      expect(signals[1]?.aborted).toBe(true)
    } finally {
      await slow.close()
    }
  })

  it('refuses a history question when too many wait already', async () => {
    let answerAll: (() => void) | undefined
    const held = new Promise<void>((resolve) => {
      answerAll = resolve
    })
    const full = await openBench({
      config: { PQ_HTTP_QUERIES: '1' },
      history: {
        series: (questions) => held.then(() => questions.map(() => ({ t: [], mean: [], min: [], max: [], count: [] }))),
      },
    })
    try {
      let refused = 0
      const statuses = Array.from({ length: 20 }, async () => {
        const { status } = await fetch(`${full.url}/api/v1/sites/sensor-1/series?metric=noise_dba`)
        if (status === 503) refused += 1
        return status
      })
      // One runs, sixteen wait.
      await until(() => refused === 3, 'the refusals')
      answerAll?.()
      expect((await Promise.all(statuses)).filter((status) => status === 200)).toHaveLength(17)
    } finally {
      await full.close()
    }
  })
})

describe('editing', () => {
  const extra = sensorOf('sensor-new')

  it('adds, changes and removes a site, at once to be seen', async () => {
    const made = await send('POST', '/sites', extra)
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe('/api/v1/sites/sensor-new')
    expect(idsOf(await get('/sites?q=sensor-new'))).toEqual(['sensor-new'])
    expect((await send('POST', '/sites', extra)).status).toBe(409)

    const changed = await send('PATCH', '/sites/sensor-new', {
      name: 'Cảm biến mới',
      position: { lat: 10.05 },
      address: 'Bãi Trường',
    })
    expect(changed.json.properties).toMatchObject({ name: 'Cảm biến mới', address: 'Bãi Trường' })
    expect(changed.json.geometry.coordinates).toEqual([104.02, 10.05])
    const bare = await send('PATCH', '/sites/sensor-new', { address: null })
    expect(bare.json.properties.address).toBeUndefined()
    expect(await bench.registry.site('sensor-new')).toMatchObject({ name: 'Cảm biến mới', position: { lat: 10.05 } })

    expect((await send('DELETE', '/sites/sensor-new')).status).toBe(204)
    expect((await send('DELETE', '/sites/sensor-new')).status).toBe(404)
    expect((await get('/sites/sensor-new')).status).toBe(404)
  })

  it.each([
    ['POST', '/sites', 400, 'interval_s', { ...extra, interval_s: 0 }],
    ['POST', '/sites', 400, 'id', { ...extra, id: 'a/b' }],
    ['POST', '/sites', 400, 'colour', { ...extra, colour: 'red' }],
    ['POST', '/sites', 400, 'kind', { ...extra, kind: 'tower' }],
    ['POST', '/sites', 400, 'position.lon', { ...extra, position: { lon: 999, lat: 10 } }],
    [
      'POST',
      '/sites',
      400,
      'sectors[0].azimuth_deg',
      { ...base, id: 'b2', sectors: [{ ...base.sectors[0], azimuth_deg: 900 }] },
    ],
    ['POST', '/sites', 422, 'sectors[1].id', { ...base, id: 'b2', sectors: [base.sectors[0], base.sectors[0]] }],
    ['POST', '/sites', 422, 'measures[0]', { ...extra, measures: ['colour'] }],
    ['POST', '/sites', 422, 'id', { ...extra, id: 'ingest' }],
    ['POST', '/sites', 422, 'id', { ...extra, id: 'api' }],
    ['POST', '/sites', 422, 'id', { ...extra, id: 'fleet' }],
    ['PATCH', '/sites/sensor-1', 422, 'id', { id: 'other' }],
    ['PATCH', '/sites/sensor-1', 422, 'kind', { kind: 'bts' }],
    ['PATCH', '/sites/sensor-1', 400, 'name', { name: '' }],
    ['PATCH', '/sites/sensor-1', 400, 'name', { name: null }],
    ['PATCH', '/sites/nowhere', 404, 'id', { name: 'x' }],
    ['POST', '/links', 422, 'b', { ...span, id: 'l2', b: 'ghost' }],
    ['POST', '/links', 422, 'b', { ...span, id: 'l2', b: 'fn-1' }],
    ['POST', '/links', 400, 'kind', { ...span, id: 'l2', kind: 'rope' }],
    ['POST', '/links', 409, 'id', span],
    ['PATCH', '/links/ghost', 404, 'id', { name: 'x' }],
    ['PATCH', '/links/span-1', 422, 'id', { id: 'x' }],
    ['DELETE', '/links/ghost', 404, 'id', undefined],
    ['DELETE', '/sites/ghost', 404, 'id', undefined],
    ['POST', '/devices/ghost/credential', 404, 'id', undefined],
  ])('%s %s: refused with %i naming %s', async (method, path, status, field, body) => {
    const { json, status: got } = await send(method, path, body)
    expect([got, json.errors?.map((one: { path: string }) => one.path)]).toEqual([status, [field]])
  })

  it.each([
    ['{"id":', 'application/json', 400],
    ['', 'application/json', 400],
    ['[]', 'application/json', 400],
    ['"text"', 'application/json', 400],
    ['id=1', 'application/x-www-form-urlencoded', 415],
    ['{"id":"x"}', 'text/plain', 415],
    ['{"__proto__":{"polluted":true}}', 'application/json', 400],
  ])('a body such as %j as %s answers %i', async (body, type, status) => {
    const answer = await call('/api/v1/sites', { method: 'POST', body, headers: { 'content-type': type } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('refuses a body above the limit', async () => {
    const { status, json } = await send('POST', '/sites', { ...extra, name: 'x'.repeat(300_000) })
    expect(status).toBe(413)
    expect(json.detail).toContain('PQ_HTTP_BODY_KIB')
  })

  it('adds, changes and removes a link', async () => {
    expect((await send('POST', '/links', { ...span, id: 'span-2' })).status).toBe(201)
    const changed = await send('PATCH', '/links/span-2', { length_km: 12.5, path: null })
    expect(changed.json.properties).toMatchObject({ length_km: 12.5, state: 'unknown' })
    expect(changed.json.geometry.coordinates).toEqual([
      [103.99, 10.2],
      [103.99, 10.1],
    ])
    expect(idsOf(await get('/links'))).toEqual(['span-1', 'span-2'])
    expect((await send('DELETE', '/links/span-2')).status).toBe(204)
    expect(idsOf(await get('/links'))).toEqual(['span-1'])
  })

  it('sees what another process wrote to the registry', async () => {
    await bench.registry.putSite(sensorOf('sensor-shell'))
    await until(async () => (await get('/sites/sensor-shell')).status === 200, 'the poll of the registry', 3000)
    await bench.registry.deleteSite('sensor-shell')
    await until(async () => (await get('/sites/sensor-shell')).status === 404, 'the poll of the registry', 3000)
  })
})

describe('GET /links', () => {
  it('answers lines with state, along their route', async () => {
    const { json } = await get('/links?state=up')
    expect(json.features).toEqual([
      {
        type: 'Feature',
        id: 'span-1',
        geometry: {
          type: 'LineString',
          coordinates: [
            [103.99, 10.2],
            [103.995, 10.15],
            [103.99, 10.1],
          ],
        },
        properties: {
          id: 'span-1',
          kind: 'span',
          a: 'fn-1',
          b: 'fn-2',
          optic_class: 'LR',
          state: 'up',
          since: new Date(now).toISOString(),
        },
      },
    ])
    expect(idsOf(await get('/links?state=down'))).toEqual([])
    expect(idsOf(await get('/links?bbox=100,0,101,1'))).toEqual([])
  })

  it('answers 304 while nothing changed', async () => {
    const tag = (await get('/links')).headers.get('etag') as string
    expect((await get('/links', { 'if-none-match': tag })).status).toBe(304)
  })
})

describe('devices', () => {
  it('gives a new secret once, replaces the old, and revokes', async () => {
    const first = await send('POST', '/devices/sensor-1/credential')
    expect(first.status).toBe(201)
    expect(first.headers.get('cache-control')).toBe('no-store')
    expect(first.json).toMatchObject({
      siteId: 'sensor-1',
      username: 'sensor-1',
      topic: 'pq/v1/sensor/sensor-1/telemetry',
    })
    expect(Buffer.from(first.json.password, 'base64url').length).toBeGreaterThanOrEqual(16)
    const second = await send('POST', '/devices/sensor-1/credential')
    const account = await bench.registry.account('sensor-1')
    expect(account && verifySecret(account, second.json.password)).toBe(true)
    expect(account && verifySecret(account, first.json.password)).toBe(false)

    const listed = await get('/devices?credential=true')
    expect(listed.json.items).toMatchObject([{ siteId: 'sensor-1', credential: { username: 'sensor-1' } }])
    expect(listed.text).not.toContain(account?.secretHash)
    expect((await send('DELETE', '/devices/sensor-1/credential')).status).toBe(204)
    expect((await send('DELETE', '/devices/sensor-1/credential')).status).toBe(404)
    expect(await bench.registry.account('sensor-1')).toBeUndefined()
  })

  it('leaves the account of an integration alone that bears the name of a site', async () => {
    const flows: Account = {
      username: 'node-red',
      role: 'integration',
      ...hashSecret('of the integration'),
      readFilters: ['pq/v1/#'],
      writeFilters: [],
      createdAt: 1,
    }
    await bench.registry.putAccount(flows)
    expect((await send('POST', '/sites', sensorOf('node-red'))).status).toBe(201)
    for (const method of ['POST', 'DELETE']) {
      const { status, json } = await send(method, '/devices/node-red/credential')
      expect([status, json.errors?.[0]?.path]).toEqual([409, 'siteId'])
    }
    const { items } = (await get('/devices?q=node-red')).json
    expect(items).toMatchObject([{ siteId: 'node-red', credential: null }])
    expect((await send('DELETE', '/sites/node-red')).status).toBe(204)
    expect(await bench.registry.account('node-red')).toEqual(flows)
  })

  it('lists devices as a table that a spreadsheet cannot be tricked by', async () => {
    await send('POST', '/sites', sensorOf('sensor-evil', { name: '=HYPERLINK("http://x","y")' }))
    const { text } = await get('/devices?kind=sensor&q=evil&format=csv')
    expect(text.split('\r\n')[1]).toContain(`"'=HYPERLINK(""http://x"",""y"")"`)
    await send('DELETE', '/sites/sensor-evil')
  })

  it('keeps the last 20 refusals of a known site', async () => {
    for (let n = 0; n < 25; n++) {
      const refusal = {
        siteId: 'sensor-2',
        at: new Date(now + n).toISOString(),
        topic: 'pq/v1/sensor/sensor-2/telemetry',
        reason: 'out-of-range',
        path: 'm.noise_dba',
        message: { vi: 'ngoài khoảng', en: 'out of range' },
      }
      await bench.ingest.client.publishAsync(LIVE_REFUSALS, JSON.stringify(refusal))
    }
    await bench.ingest.client.publishAsync(LIVE_REFUSALS, '{"not":"a refusal"}')
    const items = await until(async () => {
      const { json } = await get('/devices/sensor-2/refusals')
      return json.items[0]?.at === new Date(now + 24).toISOString() && json.items
    }, 'the last refusal')
    expect(items).toHaveLength(20)
    expect(items[19].at).toBe(new Date(now + 5).toISOString())
  })
})

describe('callers', () => {
  const raw = (path: string, method: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(bench.url)
      httpRequest({ hostname, port, method, path, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
        .on('error', reject)
        .end()
    })

  it.each([
    ['a rebound name', 'GET', '/api/v1/sites', { host: 'evil.example' }, 403],
    ['localhost', 'GET', '/api/v1/sites', { host: 'localhost:8080' }, 200],
    ['a rebound name at the health check', 'GET', '/health', { host: 'evil.example' }, 200],
    ['another site’s page', 'DELETE', '/api/v1/sites/ghost', { origin: 'https://evil.example' }, 403],
    ['another site’s form', 'DELETE', '/api/v1/sites/ghost', { 'sec-fetch-site': 'cross-site' }, 403],
    ['the page itself', 'DELETE', '/api/v1/sites/ghost', { host: 'localhost:9', origin: 'http://localhost:9' }, 404],
    [
      'a page of another port',
      'DELETE',
      '/api/v1/sites/ghost',
      { host: 'localhost:9', origin: 'http://localhost:8' },
      403,
    ],
  ])('%s: %s %s', async (_, method, path, headers, status) => {
    expect(await raw(path, method, headers)).toBe(status)
  })
})
