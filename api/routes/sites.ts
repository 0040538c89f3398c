import type { FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { idSchema, type Site, siteSchema } from '../../domain/inventory.ts'
import { KINDS, SITE_STATES } from '../../domain/words.ts'
import { answers, GEOJSON, geoType, NOTHING } from '../answers.ts'
import { createTextCache, sendVersioned, tagOf } from '../caching.ts'
import type { App, Deps } from '../deps.ts'
import { mergePatch, refuseFaults, siteFaults } from '../editing.ts'
import { siteDetail, siteFeature } from '../geojson.ts'
import type { InventoryView } from '../inventory.ts'
import type { Latest } from '../latest.ts'
import { fieldProblem, noSite } from '../problem.ts'
import {
  bboxParameter,
  cursorParameter,
  enumParameter,
  idListParameter,
  idParams,
  limitParameter,
  page,
} from '../query.ts'
import { patchBody, siteBody, siteCollectionSchema, siteDetailSchema } from '../schemas.ts'
import { fold, inside, matches } from '../search.ts'
import { InvalidInput } from '../validation.ts'

const sitesQuery = z.strictObject({
  kind: enumParameter(KINDS).optional(),
  state: enumParameter(SITE_STATES).optional(),
  ward: idListParameter(50).optional(),
  bbox: bboxParameter.optional(),
  q: z.string().max(100).optional().meta({ description: 'Words of id or name, without regard to diacritics' }),
  limit: limitParameter,
  cursor: cursorParameter,
})
type SitesQuery = z.infer<typeof sitesQuery>

/** The sites that a question is about, in order of id. Pure. */
function sitesFor(query: SitesQuery, view: InventoryView, latest: Latest): Site[] {
  const words = fold(query.q ?? '')
    .split(' ')
    .filter(Boolean)
  const stateOf = (id: string) => latest.sites.get(id)?.state ?? 'unknown'
  return [...view.sites.values()].filter(
    (site) =>
      (!query.kind || query.kind.includes(site.kind)) &&
      (!query.ward || (site.ward !== null && query.ward.includes(site.ward))) &&
      (!query.bbox || inside(query.bbox, site.position)) &&
      (!query.state || query.state.includes(stateOf(site.id))) &&
      matches(view.textOf(site.id), words),
  )
}

/** `/sites`: the list as GeoJSON, one site in full, and its editing. */
export function siteRoutes(app: App, deps: Deps): void {
  const { present } = deps
  const list = createTextCache(8)
  app.get(
    '/sites',
    {
      schema: {
        tags: ['sites'],
        summary: 'Sites with their state',
        querystring: sitesQuery,
        response: answers({
          200: ['Sites in order of id; all of them without `limit`', geoType(siteCollectionSchema)],
        }),
      },
    },
    async (request, reply) => {
      const view = deps.inventory.current()
      const { latest } = present
      const tag = tagOf('sites', view.revision, latest.version, JSON.stringify(request.query))
      const body = () =>
        list(tag, () => {
          const { shown, next } = page(sitesFor(request.query, view, latest), request.query.limit, request.query.cursor)
          const features = shown.map((site) => siteFeature(site, latest.sites.get(site.id)))
          return JSON.stringify({ type: 'FeatureCollection', features, next })
        })
      return sendVersioned(request, reply, { tag, type: GEOJSON, body })
    },
  )
  app.get(
    '/sites/:id',
    {
      schema: {
        tags: ['sites'],
        summary: 'One site with its parts and latest values',
        params: idParams,
        response: answers({ 200: ['The site', geoType(siteDetailSchema)] }),
      },
    },
    async (request, reply) => sendSite(reply, deps, request.params.id),
  )
  editRoutes(app, deps)
}

/** Values age by themselves, so that no copy of this answer is good for long. */
function sendSite(reply: FastifyReply, { inventory, present, clock }: Deps, id: string) {
  const view = inventory.current()
  const site = view.sites.get(id)
  if (!site) throw noSite(id)
  const detail = siteDetail(site, view, present.latest, clock.now())
  return reply.header('cache-control', 'no-cache').type(GEOJSON).send(JSON.stringify(detail))
}

function editRoutes(app: App, deps: Deps): void {
  const { registry, inventory, catalogue } = deps
  const store = async (site: Site) => {
    refuseFaults(siteFaults(site, catalogue))
    await registry.putSite(site)
    await inventory.refresh()
  }
  app.post(
    '/sites',
    {
      schema: {
        tags: ['sites'],
        summary: 'Add a site',
        body: siteBody,
        response: answers({ 201: ['The site', geoType(siteDetailSchema)] }),
      },
    },
    async (request, reply) => {
      const site: Site = request.body
      if (await registry.site(site.id)) {
        throw fieldProblem(
          'conflict',
          'id',
          `đã có trạm ${site.id}; sửa bằng PATCH`,
          `site ${site.id} exists; change it with PATCH`,
        )
      }
      await store(site)
      return sendSite(reply.code(201).header('location', `/api/v1/sites/${site.id}`), deps, site.id)
    },
  )
  app.patch(
    '/sites/:id',
    {
      schema: {
        tags: ['sites'],
        summary: 'Change a site (merge patch: null removes a field)',
        params: idParams,
        body: patchBody,
        response: answers({ 200: ['The site', geoType(siteDetailSchema)] }),
      },
    },
    async (request, reply) => {
      await store(await patchedSite(request, deps))
      return sendSite(reply, deps, request.params.id)
    },
  )
  app.delete(
    '/sites/:id',
    {
      schema: {
        tags: ['sites'],
        summary: 'Remove a site with its links, group memberships and credential',
        params: z.strictObject({ id: idSchema }),
        response: answers({ 204: ['Removed', NOTHING] }),
      },
    },
    async (request, reply) => {
      if (!(await registry.deleteSite(request.params.id))) throw noSite(request.params.id)
      await inventory.refresh()
      return reply.code(204).send()
    },
  )
}

async function patchedSite(
  request: FastifyRequest & { params: { id: string }; body: Record<string, unknown> },
  { registry }: Deps,
): Promise<Site> {
  const { id } = request.params
  const site = await registry.site(id)
  if (!site) throw noSite(id)
  const merged = mergePatch(site, request.body) as Site
  for (const fixed of ['id', 'kind'] as const) {
    if (merged[fixed] !== site[fixed]) {
      throw fieldProblem(
        'not-possible',
        fixed,
        'không thể đổi; hãy xoá rồi tạo lại',
        'cannot be changed; remove the site and add it anew',
      )
    }
  }
  const parsed = siteSchema.safeParse(merged)
  if (!parsed.success) throw new InvalidInput(siteSchema, merged)
  return parsed.data
}
