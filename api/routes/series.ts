import type { FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { idSchema } from '../../domain/inventory.ts'
import { answers, tableTypes } from '../answers.ts'
import type { App, Deps } from '../deps.ts'
import { abortWithClient } from '../gate.ts'
import { noSite, Problem } from '../problem.ts'
import { bucketParameter, formatParameter, idListParameter, idParams, instantParameter } from '../query.ts'
import { type SeriesAnswer, seriesListSchema, seriesSchema } from '../schemas.ts'
import {
  type Asked,
  answerOf,
  ask,
  countingQuestions,
  refuseTooMany,
  type SeriesQuery,
  type Span,
  seriesTable,
  spanOf,
  tooMany,
  totalCount,
} from '../series.ts'
import { sendTable, type TableFormat, tableFormat } from '../table.ts'

/** Most sites in one question. */
const MAX_SITES = 500

const seriesQuery = {
  metric: z.string().min(1).max(64).meta({ description: 'A name from /catalogue' }),
  part: z.pipe(z.string(), idSchema).optional(),
  from: instantParameter('-24h'),
  to: instantParameter('now'),
  bucket: bucketParameter,
  format: formatParameter,
}
const oneQuery = z.strictObject(seriesQuery)
const manyQuery = z.strictObject({ ...seriesQuery, sites: idListParameter(MAX_SITES) })

/** Series of one site and of many. */
export function seriesRoutes(app: App, deps: Deps): void {
  app.get(
    '/sites/:id/series',
    {
      schema: {
        tags: ['series'],
        summary: 'One metric of one site over time',
        params: idParams,
        querystring: oneQuery,
        response: answers({ 200: ['Columns of equal length', tableTypes(seriesSchema)] }),
      },
    },
    async (request, reply) => {
      const [answer] = await answersFor(request, reply, deps, [request.params.id], request.query)
      return sendSeries(request, reply, request.query, [answer as SeriesAnswer], answer)
    },
  )
  app.get(
    '/series',
    {
      schema: {
        tags: ['series'],
        summary: 'One metric of many sites over time',
        querystring: manyQuery,
        response: answers({ 200: ['One series a site, in the order asked', tableTypes(seriesListSchema)] }),
      },
    },
    async (request, reply) => {
      const items = await answersFor(request, reply, deps, [...new Set(request.query.sites)], request.query)
      return sendSeries(request, reply, request.query, items, { items, next: null })
    },
  )
}

function sendSeries(
  request: FastifyRequest,
  reply: FastifyReply,
  query: { format?: TableFormat | undefined; metric: string },
  all: readonly SeriesAnswer[],
  json: unknown,
) {
  const format = tableFormat(request, query.format)
  reply.header('vary', 'Accept').header('cache-control', 'no-cache')
  if (format === 'json') return reply.type('application/json; charset=utf-8').send(JSON.stringify(json))
  return sendTable(reply, format, query.metric, seriesTable(all))
}

async function answersFor(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
  siteIds: readonly string[],
  query: SeriesQuery & { format?: TableFormat | undefined },
): Promise<SeriesAnswer[]> {
  tableFormat(request, query.format)
  const view = deps.inventory.current()
  const span = spanOf(query, deps.clock.now())
  const asked = siteIds.map((id) => {
    const site = view.sites.get(id)
    if (!site) throw noSite(id)
    return ask({ site, query, span, view, catalogue: deps.catalogue })
  })
  refuseTooMany(span, asked.length, deps.config.PQ_HTTP_MAX_POINTS)
  const limit = AbortSignal.timeout(deps.config.PQ_HTTP_QUERY_S * 1000)
  const signal = AbortSignal.any([abortWithClient(reply.raw), limit])
  const series = await deps.gate
    .run(signal, async () => {
      await refuseTooManyRaw(deps, asked, span, signal)
      return await deps.history.series(
        asked.map(({ question }) => question),
        signal,
      )
    })
    .catch((error: unknown) => {
      throw limit.aborted ? tookTooLong(deps.config.PQ_HTTP_QUERY_S) : error
    })
  return asked.map((one, at) => answerOf(one, series[at] ?? { t: [], mean: [], min: [], max: [], count: [] }))
}

const tookTooLong = (seconds: number): Problem =>
  new Problem('unavailable', {
    vi: `Câu hỏi lịch sử mất hơn ${seconds} giây; hãy thu hẹp from–to hay số trạm.`,
    en: `The history question took over ${seconds} s; ask for a shorter from–to or fewer sites.`,
  })

async function refuseTooManyRaw(deps: Deps, asked: readonly Asked[], span: Span, signal: AbortSignal): Promise<void> {
  if (span.bucket.kind !== 'raw') return
  const most = deps.config.PQ_HTTP_MAX_POINTS
  refuseTooMany({ ...span, bucket: { kind: 'fixed', widthMs: 86_400_000 } }, asked.length, most)
  const points = totalCount(await deps.history.series(countingQuestions(asked), signal))
  if (points > most) throw tooMany(span, asked.length, points, most)
}
