import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { createJsonSchemaTransform } from 'fastify-type-provider-zod'
import type { App } from '../deps.ts'
import { documented } from '../query.ts'

/** Documents a parameter by what it accepts where its parser alone says less. */
const transform = createJsonSchemaTransform({
  zodToJsonConfig: {
    override({ zodSchema, jsonSchema }) {
      const known = documented.get(zodSchema)
      if (!known) return
      for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Record<string, unknown>)[key]
      Object.assign(jsonSchema, known)
    },
  },
})

const DESCRIPTION = `Sites, links, readings and devices of the city's telemetry platform.

Instants in resources are ISO 8601 UTC; in series, columns and feed deltas, epoch milliseconds. Errors are
[problem+json](/docs/problems), Vietnamese unless \`Accept-Language\` prefers English.
MQTT topics and the live feed: [AsyncAPI](/docs/asyncapi).`

/** Swagger UI sets styles inline and shows icons from its style sheet. */
const DOCS_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"

/** `/openapi.json`, and `/docs` to read it; both work without internet. To be called before the routes are added. */
export async function serveOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Phú Quốc telemetry',
        version: '1.0.0',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: ['sites', 'series', 'links', 'devices', 'catalogue', 'scenarios', 'inventory', 'running'].map((name) => ({
        name,
      })),
    },
    transform,
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    uiConfig: { validatorUrl: null, docExpansion: 'list', displayRequestDuration: true },
  })
  let text: string | undefined
  app.get('/openapi.json', { schema: { hide: true } as object }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger())
    return reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(text)
  })
}
