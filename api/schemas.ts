import * as z from 'zod'
import { linkSchema, sectorSchema, siteSchema } from '../domain/inventory.ts'
import { KINDS, LINK_STATES, PARTS, SITE_STATES, SYSTEMS, TECHNOLOGIES } from '../domain/words.ts'

/** What the routes answer. Instants in resources are ISO 8601 UTC; in columns, epoch ms. */

const iso = z.iso.datetime()
const value = z.union([z.number(), z.boolean(), z.string()])
const bilingual = z.strictObject({ vi: z.string(), en: z.string() })

export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string(),
})

const point = z.strictObject({ type: z.literal('Point'), coordinates: z.array(z.number()).length(2) })
const lineString = z.strictObject({ type: z.literal('LineString'), coordinates: z.array(z.array(z.number())) })

export const latestSchema = z.record(z.string(), z.strictObject({ value, at: iso, stale: z.boolean() }))
export type LatestValues = z.infer<typeof latestSchema>

const siteCore = {
  id: z.string(),
  kind: z.enum(KINDS),
  name: z.string(),
  name_en: z.string().optional(),
  ward: z.string().nullable(),
  state: z.enum(SITE_STATES),
  since: iso.nullable(),
  interval_s: z.number(),
  system: z.enum(SYSTEMS).optional(),
  demonstration: z.boolean().optional(),
}
const feature = <P extends z.ZodType, G extends z.ZodType>(properties: P, geometry: G) =>
  z.strictObject({ type: z.literal('Feature'), id: z.string(), geometry, properties })
const collection = <F extends z.ZodType>(features: F) =>
  z.strictObject({ type: z.literal('FeatureCollection'), features: z.array(features), next: z.string().nullable() })

export const siteFeatureSchema = feature(z.strictObject(siteCore), point)
export type SiteFeature = z.infer<typeof siteFeatureSchema>
export const siteCollectionSchema = collection(siteFeatureSchema)

export const linkFeatureSchema = feature(
  z.strictObject({
    ...z.object(linkSchema.shape).omit({ path: true }).shape,
    state: z.enum(LINK_STATES),
    since: iso.nullable(),
  }),
  lineString,
)
export type LinkFeature = z.infer<typeof linkFeatureSchema>
export const linkCollectionSchema = collection(linkFeatureSchema)

const siteLinkSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(['span', 'hop', 'served-by']),
  name: z.string().optional(),
  a: z.string(),
  b: z.string(),
  /** The site at the other end. */
  other: z.string(),
  state: z.enum(LINK_STATES),
  since: iso.nullable(),
  latest: latestSchema,
})

export const siteDetailSchema = feature(
  z.looseObject({
    ...siteCore,
    at: iso.nullable(),
    interval_s: z.number(),
    due_after_s: z.number(),
    sectors: z.array(z.strictObject({ ...sectorSchema.shape, latest: latestSchema })),
    links: z.array(siteLinkSchema),
    latest: latestSchema,
  }),
  point,
)
export type SiteDetail = z.infer<typeof siteDetailSchema>

const columns = {
  metric: z.string(),
  unit: z.string(),
  bucket: z.string(),
  level: z.enum(['raw', '1m', '1h', '1d']),
  t: z.array(z.number()),
  mean: z.array(z.number().nullable()),
  min: z.array(z.number().nullable()),
  max: z.array(z.number().nullable()),
  count: z.array(z.number()),
}
export const seriesSchema = z.strictObject({ site: z.string(), part: z.string(), ...columns })
export type SeriesAnswer = z.infer<typeof seriesSchema>
export const seriesListSchema = z.strictObject({ items: z.array(seriesSchema), next: z.null() })

export const metricSchema = z.strictObject({
  name: z.string(),
  kind: z.enum(KINDS),
  parts: z.array(z.enum(PARTS)),
  type: z.enum(['number', 'boolean', 'text']),
  unit: z.string(),
  range: z.tuple([z.number(), z.number()]).optional(),
  decimals: z.int().optional(),
  title: bilingual,
  technologies: z.array(z.enum(TECHNOLOGIES)).optional(),
  normal: z
    .strictObject({ min: z.number().optional(), max: z.number().optional(), is: z.boolean().optional() })
    .optional(),
  vital: z.boolean().optional(),
})
export const catalogueSchema = z.strictObject({ items: z.array(metricSchema), next: z.null() })

export const deviceSchema = z.strictObject({
  siteId: z.string(),
  kind: z.enum(KINDS),
  name: z.string(),
  topic: z.string(),
  credential: z.strictObject({ username: z.string(), createdAt: iso }).nullable(),
  state: z.enum(SITE_STATES),
  at: iso.nullable(),
  refusals: z.int(),
})
export const deviceListSchema = z.strictObject({ items: z.array(deviceSchema), next: z.string().nullable() })
export const credentialSchema = z.strictObject({
  siteId: z.string(),
  username: z.string(),
  password: z.string(),
  topic: z.string(),
})
export const refusalSchema = z.strictObject({
  siteId: z.string(),
  at: z.string(),
  topic: z.string(),
  reason: z.string(),
  path: z.string().optional(),
  message: bilingual,
})
export const refusalListSchema = z.strictObject({ items: z.array(refusalSchema), next: z.null() })

export const scenarioAnswerSchema = z.strictObject({
  name: z.string(),
  title: bilingual,
  running: z.boolean(),
  startedAt: iso.nullable(),
})
export type ScenarioAnswer = z.infer<typeof scenarioAnswerSchema>
export const scenarioListSchema = z.strictObject({ items: z.array(scenarioAnswerSchema), next: z.null() })

export const healthSchema = z.strictObject({ status: z.literal('ok'), at: iso })
const check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: bilingual.optional() })
export const readySchema = z.strictObject({
  ready: z.boolean(),
  at: iso,
  journal: z.strictObject({ lagMs: z.number().nullable(), lagBytes: z.number().nullable() }),
  checks: z.array(check),
})
export type Ready = z.infer<typeof readySchema>

/** What goes in, as the registry keeps it. */
export const siteBody = siteSchema
export const linkBody = linkSchema
/** A merge patch (RFC 7396): what it leads to is parsed as a whole. */
export const patchBody = z.record(z.string(), z.unknown())

export const inventoryPreviewSchema = z.strictObject({
  replace: z.boolean(),
  changes: z.array(
    z.strictObject({
      what: z.enum(['site', 'link', 'group']),
      id: z.string(),
      change: z.enum(['added', 'changed', 'removed']),
      fields: z.array(z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    }),
  ),
  unchanged: z.int(),
  errors: z.array(z.strictObject({ line: z.int(), id: z.string().nullable(), path: z.string(), message: z.string() })),
})
