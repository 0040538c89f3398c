import compress from '@fastify/compress'
import cors from '@fastify/cors'
import { type FastifyBaseLogger, type FastifyPluginCallback, fastify, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { App, Deps } from './deps.ts'
import { serveOpenApi } from './docs/openapi.ts'
import { servePages } from './docs/pages.ts'
import { answerError, useProblems } from './errors.ts'
import { callerOf, foreignHost, foreignOrigin } from './guard.ts'
import { useSecurityHeaders } from './headers.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { deviceRoutes } from './routes/devices.ts'
import { inventoryRoutes } from './routes/inventory.ts'
import { linkRoutes } from './routes/links.ts'
import { runningRoutes } from './routes/running.ts'
import { scenarioRoutes } from './routes/scenarios.ts'
import { seriesRoutes } from './routes/series.ts'
import { siteRoutes } from './routes/sites.ts'
import { type ApiStats, createApiStats } from './stats.ts'
import { serializerCompiler, validatorCompiler } from './validation.ts'
import { serveWebPages } from './web-pages.ts'

/** Asked by machines under whatever name their network gives us; they hold nothing of people. */
const MACHINE_PATHS = new Set(['/health', '/ready', '/metrics'])
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
const PREFIX = '/api/v1'

/** Builds the whole HTTP application; it neither listens nor starts anything. */
export async function buildApp(deps: Deps, log: Logger): Promise<App> {
  const app: App = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    bodyLimit: deps.config.PQ_HTTP_BODY_KIB * 1024,
    routerOptions: { maxParamLength: 100 },
    return503OnClosing: true,
    forceCloseConnections: true,
    frameworkErrors: answerError,
  })
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  const stats = createApiStats(deps)
  useProblems(app)
  useSecurityHeaders(app)
  observe(app, stats)
  guardRequests(app, deps)
  if (deps.config.PQ_HTTP_ORIGINS.length > 0) {
    await app.register(cors, { origin: deps.config.PQ_HTTP_ORIGINS, credentials: true })
  }
  await app.register(compress, { threshold: 1024, customTypes: /ndjson|json$|^text\//, encodings: ['br', 'gzip'] })
  await serveOpenApi(app)
  servePages(app, deps.catalogue)
  for (const add of [addRoutes, inventoryRoutes]) await app.register(scoped(add, deps), { prefix: PREFIX })
  runningRoutes(app, deps, stats)
  await serveWebPages(app, deps.webRoot)
  return app
}

/** Routes with body parsers of their own, apart from those of others. */
const scoped =
  (add: (api: App, deps: Deps) => void, deps: Deps): FastifyPluginCallback =>
  (api, _options, done) => {
    add(api as unknown as App, deps)
    done()
  }

function addRoutes(api: App, deps: Deps): void {
  siteRoutes(api, deps)
  seriesRoutes(api, deps)
  linkRoutes(api, deps)
  deviceRoutes(api, deps)
  catalogueRoutes(api, deps)
  scenarioRoutes(api, deps)
}

function observe(app: App, stats: ApiStats): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    stats.request({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
  })
}

function guardRequests(app: App, { guard }: Deps): void {
  app.addHook('onRequest', async (request) => {
    if (MACHINE_PATHS.has(request.routeOptions.url ?? '')) return
    const caller = callerOf(request.headers)
    if (!guard.knowsHost(caller)) throw foreignHost(caller.host)
    if (!SAFE_METHODS.has(request.method) && !guard.knowsOrigin(caller)) throw foreignOrigin(caller.origin)
  })
}
