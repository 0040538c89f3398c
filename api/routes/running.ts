import * as z from 'zod'
import type { Bilingual } from '../../domain/words.ts'
import { answers } from '../answers.ts'
import type { App, Deps } from '../deps.ts'
import { isoOf } from '../geojson.ts'
import { healthSchema, type Ready, readySchema } from '../schemas.ts'
import type { ApiStats } from '../stats.ts'

/** A store that has not answered by then counts as out of reach. */
const REACH_MS = 2000

/** `/health`, `/ready`, `/metrics`: for whoever runs the platform. */
export function runningRoutes(app: App, deps: Deps, stats: ApiStats): void {
  app.get(
    '/health',
    {
      schema: {
        tags: ['running'],
        summary: 'The process answers',
        response: answers({ 200: ['It does', healthSchema] }),
      },
    },
    async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ status: 'ok' as const, at: isoOf(deps.clock.now()) }),
  )
  app.get(
    '/ready',
    {
      schema: {
        tags: ['running'],
        summary: 'Everything this stage needs is there, and ingest keeps up',
        response: answers({ 200: ['Ready', readySchema], 503: ['Not ready; the checks say why', readySchema] }),
      },
    },
    async (_request, reply) => {
      const ready = await readiness(deps)
      return reply
        .code(ready.ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(ready)
    },
  )
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['running'],
        summary: 'Figures of all stages for Prometheus',
        response: answers({ 200: ['Text format', { 'text/plain': z.string() }] }),
      },
    },
    async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type(stats.contentType)
        .send(await stats.text()),
  )
}

async function reachable(wall: Deps['wall'], question: () => Promise<unknown>): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const cancel = wall.after(REACH_MS, () => resolve(false))
    question().then(
      () => {
        cancel()
        resolve(true)
      },
      () => {
        cancel()
        resolve(false)
      },
    )
  })
}

type Check = Ready['checks'][number]
const check = (name: string, ok: boolean, detail: Bilingual): Check => (ok ? { name, ok } : { name, ok, detail })

async function readiness({ history, registry, present, clock, wall, config }: Deps): Promise<Ready> {
  const [historyOk, registryOk] = await Promise.all([
    reachable(wall, () => history.committedOffset()),
    reachable(wall, () => registry.revisions()),
  ])
  const figures = present.statsOf('ingest')?.values
  const lagMs = figures?.['pq_ingest_lag_ms'] ?? null
  const down = present.degraded()
  const checks = [
    check('history', historyOk, { vi: 'kho lịch sử không trả lời', en: 'the history does not answer' }),
    check('registry', registryOk, { vi: 'sổ đăng ký không trả lời', en: 'the registry does not answer' }),
    check('live', present.linked(), { vi: 'mất kết nối với broker', en: 'no connection to the broker' }),
    check('ingest', !down.includes('ingest'), {
      vi: 'ingest im lặng hơn 5 giây',
      en: 'ingest has been silent for over 5 s',
    }),
    check('lag', (lagMs ?? 0) <= config.PQ_READY_LAG_S * 1000, {
      vi: `ingest chậm hơn ${config.PQ_READY_LAG_S} giây so với nhật ký`,
      en: `ingest is over ${config.PQ_READY_LAG_S} s behind the journal`,
    }),
  ]
  return {
    ready: checks.every(({ ok }) => ok),
    at: isoOf(clock.now()),
    journal: { lagMs, lagBytes: figures?.['pq_ingest_lag_bytes'] ?? null },
    checks,
  }
}
