import * as z from 'zod/mini'
import type { Value } from './reading.ts'
import { KINDS, LINK_STATES, SITE_STATES } from './words.ts'

/** What travels live: from ingest to api on MQTT, and from api to the browser on Socket.IO. */

const value = z.union([z.number(), z.boolean(), z.string()]) satisfies z.ZodMiniType<Value>

/** Key of a value: the metric at site level, `{part}/{metric}` for a sector or a link. */
export const valueKey = (part: string, metric: string): string => (part === '' ? metric : `${part}/${metric}`)

const siteStates = z.enum(SITE_STATES)
const epochMs = z.number()

/** One site's change: its state, and the values that are new. */
export const siteChangeSchema = z.strictObject({
  id: z.string(),
  state: siteStates,
  /** Since when it is in this state. */
  since: epochMs,
  /** Newest receive time; null: never heard. */
  at: z.nullable(epochMs),
  values: z.record(z.string(), value),
  /** Time of each value where it is not `at`; keys as in `values`. */
  times: z.optional(z.record(z.string(), epochMs)),
})
export type SiteChange = z.infer<typeof siteChangeSchema>

export const linkChangeSchema = z.strictObject({ id: z.string(), state: z.enum(LINK_STATES), since: epochMs })
export type LinkChange = z.infer<typeof linkChangeSchema>

/**
 * A frame on `pq/v1/live/sites`. `epoch` names the life of the ingest that sent it and `seq` counts
 * its frames from 1, so that a missing one is noticed. A snapshot comes in parts; the last says so.
 */
export const liveFrameSchema = z.strictObject({
  epoch: z.string(),
  seq: z.number(),
  at: epochMs,
  snapshot: z.optional(z.enum(['part', 'last'])),
  sites: z.array(siteChangeSchema),
  links: z.array(linkChangeSchema),
})
export type LiveFrame = z.infer<typeof liveFrameSchema>

/** Counters of a stage on `pq/v1/live/stats/{stage}`, once a second: plain numbers by Prometheus name. */
export const stageStatsSchema = z.strictObject({ at: epochMs, values: z.record(z.string(), z.number()) })
export type StageStats = z.infer<typeof stageStatsSchema>

/** A refusal as the operator reads it on `pq/v1/live/refusals`. */
export const liveRefusalSchema = z.strictObject({
  siteId: z.string(),
  at: z.string(),
  topic: z.string(),
  reason: z.string(),
  path: z.optional(z.string()),
  message: z.strictObject({ vi: z.string(), en: z.string() }),
})
export type LiveRefusal = z.infer<typeof liveRefusalSchema>

/** `[west, south, east, north]` in degrees. */
export const bboxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()])
export type Bbox = z.infer<typeof bboxSchema>

/** What a viewer asks to see; all of it when a field is absent. */
export const watchSchema = z.strictObject({
  bbox: z.optional(bboxSchema),
  kinds: z.optional(z.array(z.enum(KINDS))),
  states: z.optional(z.array(siteStates)),
})
export type Watch = z.infer<typeof watchSchema>

/** A site as the browser gets it. */
export const feedSiteSchema = z.object({
  id: z.string(),
  state: siteStates,
  at: z.nullable(epochMs),
  values: z.record(z.string(), value),
  /** Time of each value where it is not `at`; keys as in `values`. */
  times: z.optional(z.record(z.string(), epochMs)),
})
export type FeedSite = z.infer<typeof feedSiteSchema>

/** The answer to `watch`. */
export const snapshotSchema = z.object({ seq: z.number(), at: epochMs, sites: z.array(feedSiteSchema) })
export type Snapshot = z.infer<typeof snapshotSchema>

/** At most four a second; `folded` counts the changes that were merged into newer ones for this viewer. */
export const deltaSchema = z.object({
  seq: z.number(),
  at: epochMs,
  folded: z.number(),
  sites: z.array(feedSiteSchema),
})
export type Delta = z.infer<typeof deltaSchema>

export const resyncSchema = z.object({ reason: z.string() })

/** Every second, so that a quiet map is known to be alive. */
export const pulseSchema = z.object({
  at: epochMs,
  lagMs: z.number(),
  ingestPerSecond: z.number(),
  journalBytes: z.number(),
  degraded: z.array(z.string()),
})
export type Pulse = z.infer<typeof pulseSchema>

/** What the city's fleet says of its scenarios on `pq/v1/control/scenarios`. */
export const scenarioSchema = z.strictObject({
  name: z.string(),
  title: z.strictObject({ vi: z.string(), en: z.string() }),
  running: z.boolean(),
  startedAt: z.nullable(epochMs),
})
export const scenariosSchema = z.array(scenarioSchema)
export type ScenarioStatus = z.infer<typeof scenarioSchema>
export const scenarioCommandSchema = z.strictObject({ name: z.string(), action: z.enum(['start', 'stop']) })
