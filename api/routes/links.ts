import type { FastifyRequest } from 'fastify'
import * as z from 'zod'
import { type Link, linkSchema } from '../../domain/inventory.ts'
import { LINK_STATES } from '../../domain/words.ts'
import { answers, GEOJSON, geoType, NOTHING } from '../answers.ts'
import { createTextCache, sendVersioned, tagOf } from '../caching.ts'
import type { App, Deps } from '../deps.ts'
import { linkFaults, mergePatch, refuseFaults } from '../editing.ts'
import { linkFeature } from '../geojson.ts'
import type { InventoryView } from '../inventory.ts'
import type { Latest } from '../latest.ts'
import { fieldProblem, noLink } from '../problem.ts'
import { bboxParameter, cursorParameter, enumParameter, idParams, limitParameter, page } from '../query.ts'
import { linkBody, linkCollectionSchema, linkFeatureSchema, patchBody } from '../schemas.ts'
import { inside } from '../search.ts'
import { InvalidInput } from '../validation.ts'

const linksQuery = z.strictObject({
  kind: enumParameter(['span', 'hop', 'served-by']).optional(),
  state: enumParameter(LINK_STATES).optional(),
  bbox: bboxParameter.optional(),
  limit: limitParameter,
  cursor: cursorParameter,
})
type LinksQuery = z.infer<typeof linksQuery>

function linksFor({ kind, state, bbox }: LinksQuery, view: InventoryView, latest: Latest): Link[] {
  const near = (link: Link) =>
    !bbox ||
    [link.a, link.b].some((end) => {
      const site = view.sites.get(end)
      return site !== undefined && inside(bbox, site.position)
    })
  return [...view.links.values()].filter(
    (link) =>
      (!kind || kind.includes(link.kind)) &&
      (!state || state.includes(latest.links.get(link.id)?.state ?? 'unknown')) &&
      near(link),
  )
}

/** `/links`: spans, hops and served-by with their state, and their editing. */
export function linkRoutes(app: App, deps: Deps): void {
  const list = createTextCache(4)
  app.get(
    '/links',
    {
      schema: {
        tags: ['links'],
        summary: 'Links with their state',
        querystring: linksQuery,
        response: answers({ 200: ['Links in order of id', geoType(linkCollectionSchema)] }),
      },
    },
    async (request, reply) => {
      const view = deps.inventory.current()
      const { latest } = deps.present
      const tag = tagOf('links', view.revision, latest.version, JSON.stringify(request.query))
      const body = () =>
        list(tag, () => {
          const { shown, next } = page(linksFor(request.query, view, latest), request.query.limit, request.query.cursor)
          return JSON.stringify({
            type: 'FeatureCollection',
            features: shown.map((link) => linkFeature(link, view, latest)),
            next,
          })
        })
      return sendVersioned(request, reply, { tag, type: GEOJSON, body })
    },
  )
  editRoutes(app, deps)
}

function editRoutes(app: App, { registry, inventory, present }: Deps): void {
  const store = async (link: Link) => {
    await inventory.refresh()
    refuseFaults(linkFaults(link, inventory.current()))
    await registry.putLink(link)
    await inventory.refresh()
    return JSON.stringify(linkFeature(link, inventory.current(), present.latest))
  }
  const known = async (id: string) => {
    await inventory.refresh()
    return inventory.current().links.get(id)
  }
  app.post(
    '/links',
    {
      schema: {
        tags: ['links'],
        summary: 'Add a link',
        body: linkBody,
        response: answers({ 201: ['The link', geoType(linkFeatureSchema)] }),
      },
    },
    async (request, reply) => {
      const link: Link = request.body
      if (await known(link.id)) {
        throw fieldProblem(
          'conflict',
          'id',
          `đã có tuyến ${link.id}; sửa bằng PATCH`,
          `link ${link.id} exists; change it with PATCH`,
        )
      }
      return reply
        .code(201)
        .type(GEOJSON)
        .send(await store(link))
    },
  )
  app.patch(
    '/links/:id',
    {
      schema: {
        tags: ['links'],
        summary: 'Change a link (merge patch: null removes a field)',
        params: idParams,
        body: patchBody,
        response: answers({ 200: ['The link', geoType(linkFeatureSchema)] }),
      },
    },
    async (request, reply) =>
      reply.type(GEOJSON).send(await store(patchedLink(request, await known(request.params.id)))),
  )
  removeRoute(app, { registry, inventory })
}

function removeRoute(app: App, { registry, inventory }: Pick<Deps, 'registry' | 'inventory'>): void {
  app.delete(
    '/links/:id',
    {
      schema: {
        tags: ['links'],
        summary: 'Remove a link',
        params: idParams,
        response: answers({ 204: ['Removed', NOTHING] }),
      },
    },
    async (request, reply) => {
      if (!(await registry.deleteLink(request.params.id))) throw noLink(request.params.id)
      await inventory.refresh()
      return reply.code(204).send()
    },
  )
}

function patchedLink(
  request: FastifyRequest & { params: { id: string }; body: Record<string, unknown> },
  link: Link | undefined,
): Link {
  if (!link) throw noLink(request.params.id)
  const merged = mergePatch(link, request.body) as Link
  if (merged.id !== link.id) {
    throw fieldProblem(
      'not-possible',
      'id',
      'không thể đổi; hãy xoá rồi tạo lại',
      'cannot be changed; remove the link and add it anew',
    )
  }
  const parsed = linkSchema.safeParse(merged)
  if (!parsed.success) throw new InvalidInput(linkSchema, merged)
  return parsed.data
}
