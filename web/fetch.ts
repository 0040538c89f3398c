import * as z from 'zod/mini'
import { KINDS, LINK_STATES, SITE_STATES, SYSTEMS } from '../domain/words.ts'

/** The only place that asks the API over HTTP. Answers are parsed here and trusted elsewhere. */

const TIMEOUT_MS = 10_000

/** Why an answer did not come: in the API's own words where it had any. */
export class RequestError extends Error {
  readonly status: number
  readonly requestId: string | undefined
  constructor(status: number, message: string, requestId?: string) {
    super(message)
    this.status = status
    this.requestId = requestId
  }
}

const problemSchema = z.object({ title: z.optional(z.string()), detail: z.optional(z.string()) })

async function refusal(response: Response): Promise<RequestError> {
  const problem = problemSchema.safeParse(await response.json().catch(() => null))
  const words = problem.success ? (problem.data.detail ?? problem.data.title) : undefined
  return new RequestError(
    response.status,
    words ?? response.statusText,
    response.headers.get('x-request-id') ?? undefined,
  )
}

async function get<T>(path: string, schema: z.ZodMiniType<T>, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(path, {
    headers: { accept: 'application/geo+json, application/json', 'accept-language': document.documentElement.lang },
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  })
  if (!response.ok) throw await refusal(response)
  return schema.parse(await response.json())
}

/** ISO 8601 or epoch ms, as epoch ms. */
const instant = z.pipe(
  z.union([z.number(), z.string()]),
  z.transform((at) => (typeof at === 'number' ? at : Date.parse(at))),
)
const point = z.object({ coordinates: z.array(z.number()) })
const value = z.union([z.number(), z.boolean(), z.string()])

const siteProperties = {
  id: z.string(),
  kind: z.enum(KINDS),
  name: z.string(),
  name_en: z.optional(z.nullable(z.string())),
  ward: z.nullish(z.string()),
  state: z.enum(SITE_STATES),
  since: z.nullish(instant),
  system: z.nullish(z.enum(SYSTEMS)),
  interval_s: z.nullish(z.number()),
}
const siteSchema = z.object({ geometry: point, properties: z.object(siteProperties) })
const sitesSchema = z.object({ features: z.array(siteSchema) })
export type SiteFeature = z.infer<typeof siteSchema>

/** Every site of the network with its state. */
export const fetchSites = (signal?: AbortSignal): Promise<SiteFeature[]> =>
  get('/api/v1/sites', sitesSchema, signal).then((answer) => answer.features)

const latestSchema = z.record(z.string(), z.object({ value, at: instant }))
/** The newest values of a site or a part of it, by metric. */
export type Latest = z.infer<typeof latestSchema>
export type LatestValue = Latest[string]

const sectorSchema = z.object({
  id: z.string(),
  technology: z.string(),
  direction: z.number(),
  band: z.string(),
  azimuth_deg: z.number(),
  height_m: z.number(),
  latest: latestSchema,
})

const siteLinkSchema = z.object({
  id: z.string(),
  kind: z.enum(['span', 'hop', 'served-by']),
  name: z.optional(z.string()),
  a: z.string(),
  b: z.string(),
  other: z.string(),
  state: z.enum(LINK_STATES),
  latest: latestSchema,
})
export type SiteLink = z.infer<typeof siteLinkSchema>

const detailSchema = z.object({
  geometry: point,
  properties: z.object({
    ...siteProperties,
    at: z.nullable(instant),
    due_after_s: z.number(),
    operator: z.optional(z.string()),
    address: z.optional(z.string()),
    demonstration: z.optional(z.boolean()),
    battery_autonomy_h: z.optional(z.number()),
    mast_height_m: z.optional(z.number()),
    role: z.optional(z.string()),
    measures: z.optional(z.array(z.string())),
    sectors: z.array(sectorSchema),
    links: z.array(siteLinkSchema),
    latest: latestSchema,
  }),
})
export type SiteDetail = z.infer<typeof detailSchema>['properties'] & { position: readonly number[] }

/** One site with its parts and newest values. */
export const fetchSite = (id: string, signal?: AbortSignal): Promise<SiteDetail> =>
  get(`/api/v1/sites/${encodeURIComponent(id)}`, detailSchema, signal).then((answer) => ({
    ...answer.properties,
    position: answer.geometry.coordinates,
  }))

const column = z.array(z.nullable(z.number()))
const seriesSchema = z.object({
  metric: z.string(),
  unit: z.string(),
  bucket: z.string(),
  t: z.array(z.number()),
  mean: column,
  min: column,
  max: column,
  count: z.array(z.number()),
})
export type SeriesAnswer = z.infer<typeof seriesSchema>

export interface SeriesRequest {
  siteId: string
  metric: string
  part: string
  from: string
  to: string
}

/** One metric in buckets of the API's choice. */
export function fetchSeries(asked: SeriesRequest, signal?: AbortSignal): Promise<SeriesAnswer> {
  const query = new URLSearchParams({ metric: asked.metric, from: asked.from, to: asked.to, bucket: 'auto' })
  if (asked.part !== '') query.set('part', asked.part)
  return get(`/api/v1/sites/${encodeURIComponent(asked.siteId)}/series?${query}`, seriesSchema, signal)
}

export const linkFeatureSchema = z.object({
  geometry: z.object({ type: z.string(), coordinates: z.array(z.array(z.number())) }),
  properties: z.object({
    id: z.string(),
    kind: z.enum(['span', 'hop', 'served-by']),
    a: z.string(),
    b: z.string(),
    state: z.enum(LINK_STATES),
    name: z.nullish(z.string()),
    route: z.nullish(z.string()),
    length_km: z.nullish(z.number()),
  }),
})
export type LinkFeature = z.infer<typeof linkFeatureSchema>
const linksSchema = z.object({ features: z.array(linkFeatureSchema) })

/** Spans, hops and served-by links with their states. */
export const fetchLinks = (signal?: AbortSignal): Promise<LinkFeature[]> =>
  get('/api/v1/links', linksSchema, signal).then((answer) => answer.features)

const layerSchema = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(
    z.object({
      type: z.literal('Feature'),
      properties: z.record(z.string(), z.unknown()),
      geometry: z.object({ type: z.string(), coordinates: z.array(z.any()) }),
    }),
  ),
})
export type LayerAnswer = z.infer<typeof layerSchema>

/** A base layer of the map, from the page's own files. */
export const fetchLayer = (name: 'coast' | 'wards' | 'roads' | 'places', signal?: AbortSignal): Promise<LayerAnswer> =>
  get(`/geo/${name}.geojson`, layerSchema, signal)
