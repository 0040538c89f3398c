import asyncApiSchema from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv, type AnySchema } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCatalogue } from '../../domain/catalogue.ts'
import { METRICS } from '../../domain/metrics.ts'
import { CONTROL_SCENARIO, CONTROL_SCENARIOS } from '../../domain/topic.ts'
import { until } from '../harness/until.ts'
import { type Bench, okChange, openBench } from './fixture.ts'

/** A quantity that no release knows. */
const salinity = {
  name: 'salinity_g_l',
  kind: 'sensor',
  parts: ['site'],
  type: 'number',
  unit: 'g/L',
  range: [0, 60],
  title: { vi: 'Độ mặn', en: 'Salinity' },
} as const

let bench: Bench
beforeAll(async () => {
  bench = await openBench({ catalogue: createCatalogue([...METRICS, salinity]) })
  await bench.ingest.change([okChange('bts-1', { dc_voltage_v: 53.5, '4g-1/users': 7 }), okChange('fn-1')])
  await until(async () => /"ok"/.test(await text('/api/v1/sites')), 'the first frame')
})
afterAll(() => bench.close())

const text = async (path: string) => (await fetch(bench.url + path)).text()
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely here
const json = async (path: string, init?: RequestInit): Promise<any> => (await fetch(bench.url + path, init)).json()

interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, { parameters?: { name: string }[]; responses: Record<string, unknown> }>>
}

describe('/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const document = await json('/openapi.json')
    expect(document.openapi).toMatch(/^3\.1\./)
    const result = await new Validator().validate(document)
    expect(result).toMatchObject({ valid: true })
  })

  it('describes every route and parameter', async () => {
    const { paths }: OpenApi = await json('/openapi.json')
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    expect(routes.sort()).toEqual([
      'delete /api/v1/devices/{siteId}/credential',
      'delete /api/v1/links/{id}',
      'delete /api/v1/sites/{id}',
      'get /api/v1/catalogue',
      'get /api/v1/devices',
      'get /api/v1/devices/{siteId}/refusals',
      'get /api/v1/links',
      'get /api/v1/scenarios',
      'get /api/v1/series',
      'get /api/v1/sites',
      'get /api/v1/sites/{id}',
      'get /api/v1/sites/{id}/series',
      'get /health',
      'get /metrics',
      'get /ready',
      'patch /api/v1/links/{id}',
      'patch /api/v1/sites/{id}',
      'post /api/v1/devices/{siteId}/credential',
      'post /api/v1/inventory/import',
      'post /api/v1/inventory/preview',
      'post /api/v1/links',
      'post /api/v1/scenarios/{name}/start',
      'post /api/v1/scenarios/{name}/stop',
      'post /api/v1/sites',
    ])
    const parameters = paths['/api/v1/sites']?.['get']?.parameters?.map(({ name }) => name)
    expect(parameters).toEqual(['kind', 'state', 'ward', 'bbox', 'q', 'limit', 'cursor'])
  })

  const ANSWERS = [
    ['/api/v1/sites', '/api/v1/sites', '200', 'application/geo+json'],
    ['/api/v1/sites?limit=2', '/api/v1/sites', '200', 'application/geo+json'],
    ['/api/v1/sites/bts-1', '/api/v1/sites/{id}', '200', 'application/geo+json'],
    ['/api/v1/sites/svc-1', '/api/v1/sites/{id}', '200', 'application/geo+json'],
    ['/api/v1/sites/fn-1', '/api/v1/sites/{id}', '200', 'application/geo+json'],
    ['/api/v1/links', '/api/v1/links', '200', 'application/geo+json'],
    ['/api/v1/catalogue', '/api/v1/catalogue', '200', 'application/json'],
    ['/api/v1/devices', '/api/v1/devices', '200', 'application/json'],
    ['/api/v1/devices/bts-1/refusals', '/api/v1/devices/{siteId}/refusals', '200', 'application/json'],
    ['/api/v1/scenarios', '/api/v1/scenarios', '200', 'application/json'],
    ['/api/v1/sites/bts-1/series?metric=users&part=4g-1', '/api/v1/sites/{id}/series', '200', 'application/json'],
    ['/api/v1/series?metric=dc_voltage_v&sites=bts-1', '/api/v1/series', '200', 'application/json'],
    ['/health', '/health', '200', 'application/json'],
    ['/api/v1/sites?kind=tower', '/api/v1/sites', '4XX', 'application/problem+json'],
    ['/api/v1/sites/nowhere', '/api/v1/sites/{id}', '4XX', 'application/problem+json'],
  ] as const

  it.each(ANSWERS)('%s answers as documented', async (url, path, status, type) => {
    const document = await json('/openapi.json')
    const { schema } = document.paths[path].get.responses[status].content[type]
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
    validate(await json(url))
    expect(validate.errors ?? []).toEqual([])
  })
})

describe('/asyncapi.json', () => {
  it('is a valid AsyncAPI 3 document', async () => {
    const document = await json('/asyncapi.json')
    const schema = asyncApiSchema as AnySchema
    const validate = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false }).compile(
      schema,
    )
    validate(document)
    expect(validate.errors ?? []).toEqual([])
  })

  it('describes topics and feed events by the schemas that parse them', async () => {
    const { channels } = await json('/asyncapi.json')
    expect(Object.keys(channels)).toEqual(
      expect.arrayContaining([
        'telemetry-bts',
        'telemetry-sensor',
        'status',
        'rejected',
        'live-sites',
        'watch',
        'delta',
        'link',
        'resync',
        'pulse',
      ]),
    )
    const payload = channels['telemetry-sensor'].messages['telemetry-sensor'].payload
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(payload)
    expect(validate({ m: { noise_dba: 61 } })).toBe(true)
    expect(validate({ m: { noise_dba: 900 } })).toBe(false)
    expect(validate({ m: { colour: 1 } })).toBe(false)
  })
})

describe('a metric that is added at run time', () => {
  it('is listed, documented, and can be asked for', async () => {
    const { items } = await json('/api/v1/catalogue')
    expect(items).toHaveLength(METRICS.length + 1)
    expect(items.at(-1)).toEqual(salinity)
    const { channels } = await json('/asyncapi.json')
    expect(JSON.stringify(channels['telemetry-sensor'])).toContain('salinity_g_l')
    const at = Date.now() - 60_000
    await bench.history.write({
      statuses: [],
      readings: [
        { kind: 'sensor', siteId: 'sensor-1', part: '', ts: at, receivedAt: at, values: { salinity_g_l: 31.5 } },
      ],
    })
    const series = await json('/api/v1/sites/sensor-1/series?metric=salinity_g_l&from=-1h&bucket=raw')
    expect(series).toMatchObject({ unit: 'g/L', t: [at], mean: [31.5] })
  })

  it('answers 304 for the catalogue that is known already', async () => {
    const first = await fetch(`${bench.url}/api/v1/catalogue`)
    const again = await fetch(`${bench.url}/api/v1/catalogue`, {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(304)
  })
})

describe('pages', () => {
  it.each(['/docs', '/docs/asyncapi', '/docs/problems'])(
    '%s is browsable and asks nothing of the internet',
    async (path) => {
      const answer = await fetch(bench.url + path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toContain('text/html')
      expect(answer.headers.get('content-security-policy')).toBeTruthy()
      const html = await answer.text()
      expect(html).not.toMatch(/(src|href)="(https?:)?\/\//)
      for (const [, link = ''] of html.matchAll(/(?:src|href)="(\.?\/[^"#]+)"/g)) {
        const url = new URL(link, `${bench.url}${path}`)
        expect([link, (await fetch(url)).status]).toEqual([link, 200])
      }
    },
  )

  it.each(['/', '/alarms', '/planner', '/replay?at=-1h', '/wallboard', '/admin', '/sign-in'])(
    '%s is the web page',
    async (path) => {
      const answer = await fetch(bench.url + path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      const policy = answer.headers.get('content-security-policy') ?? ''
      // The digest of `let theme`, the page's inline script.
      expect(policy).toMatch(/script-src 'self' 'sha256-[^']+'/)
      expect(policy).not.toContain("script-src 'self' 'unsafe-inline'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(await answer.text()).toContain('/assets/a-1234.js')
    },
  )

  it('keeps hashed files for ever, and others not', async () => {
    const hashed = await fetch(`${bench.url}/assets/a-1234.js`)
    expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(hashed.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await fetch(`${bench.url}/favicon.svg`)).headers.get('cache-control')).toBe('no-cache')
  })
})

describe('running it', () => {
  it('is healthy, and ready once ingest speaks', async () => {
    expect(await json('/health')).toMatchObject({ status: 'ok' })
    await bench.ingest.stats({ pq_ingest_lag_ms: 12, pq_ingest_lag_bytes: 345 })
    await until(async () => (await json('/ready')).journal.lagMs === 12, 'the figures of ingest')
    const ready = await fetch(`${bench.url}/ready`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ ready: true, journal: { lagMs: 12, lagBytes: 345 } })
    await bench.ingest.stats({ pq_ingest_lag_ms: 999_000 })
    await until(async () => (await json('/ready')).journal.lagMs === 999_000, 'the figures of ingest')
    const late = await fetch(`${bench.url}/ready`)
    expect(late.status).toBe(503)
    expect(await late.json()).toMatchObject({
      ready: false,
      checks: expect.arrayContaining([expect.objectContaining({ name: 'lag', ok: false, detail: expect.anything() })]),
    })
  })

  it('shows the figures of all stages to Prometheus', async () => {
    await bench.ingest.stats({ pq_ingest_readings_total: 41, 'bad name': 1 })
    await bench.ingest.stats({ pq_broker_connections: 3 }, 'broker')
    const figures = await until(async () => {
      const body = await text('/metrics')
      return body.includes('pq_broker_connections') && body
    }, 'the figures of the broker')
    expect(figures).toContain('# TYPE pq_ingest_readings_total counter\npq_ingest_readings_total{stage="ingest"} 41')
    expect(figures).toContain('# TYPE pq_broker_connections gauge\npq_broker_connections{stage="broker"} 3')
    expect(figures).toContain('pq_feed_viewers 0')
    expect(figures).toMatch(/pq_http_request_seconds_count\{method="GET",route="\/health",status="200"\} \d/)
    expect(figures).not.toContain('bad name')
  })
})

describe('scenarios', () => {
  it('says that no fleet is there, then steers the one that comes', async () => {
    const start = (name: string, action = 'start') => json(`/api/v1/scenarios/${name}/${action}`, { method: 'POST' })
    expect(await json('/api/v1/scenarios')).toEqual({ items: [], next: null })
    expect(await start('fibre-cut')).toMatchObject({ status: 503, detail: expect.stringContaining('PQ_SIMULATE') })

    const fleet = bench.ingest.client
    const tell = (running: boolean) =>
      fleet.publishAsync(
        CONTROL_SCENARIOS,
        JSON.stringify([
          {
            name: 'fibre-cut',
            title: { vi: 'Đứt cáp', en: 'Fibre cut' },
            running,
            startedAt: running ? 1_790_000_000_000 : null,
          },
        ]),
        { retain: true },
      )
    fleet.on('message', (topic, payload) => {
      if (topic === CONTROL_SCENARIO)
        void tell((JSON.parse(payload.toString()) as { action: string }).action === 'start')
    })
    await fleet.subscribeAsync(CONTROL_SCENARIO)
    await tell(false)
    await until(async () => (await json('/api/v1/scenarios')).items.length === 1, 'the fleet')

    expect(await start('fibre-cut')).toMatchObject({ running: true, startedAt: '2026-09-21T14:13:20.000Z' })
    expect(await start('fibre-cut')).toMatchObject({ status: 409 })
    expect(await start('volcano')).toMatchObject({ status: 404, detail: expect.stringContaining('fibre-cut') })
    expect(await start('fibre-cut', 'stop')).toMatchObject({ running: false, startedAt: null })
    expect(await start('fibre-cut', 'stop')).toMatchObject({ status: 409 })

    await fleet.publishAsync(CONTROL_SCENARIOS, '', { retain: true })
    await until(async () => (await json('/api/v1/scenarios')).items.length === 0, 'the fleet to leave')
  })
})

describe('starting', () => {
  it('says which variable to change when the port is taken', async () => {
    await expect(openBench({ config: { PQ_HTTP_PORT: String(bench.api.port) } })).rejects.toThrow(/PQ_HTTP_PORT/)
  })
})
