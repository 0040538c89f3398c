import * as z from 'zod'
import type { Catalogue } from '../../domain/catalogue.ts'
import {
  deltaSchema,
  liveFrameSchema,
  liveRefusalSchema,
  pulseSchema,
  resyncSchema,
  scenarioCommandSchema,
  scenariosSchema,
  snapshotSchema,
  stageStatsSchema,
  watchSchema,
} from '../../domain/live.ts'
import { payloadSchema } from '../../domain/reading.ts'
import {
  CONTROL_SCENARIO,
  CONTROL_SCENARIOS,
  CONTROL_SNAPSHOT,
  LIVE_REFUSALS,
  LIVE_SITES,
  LIVE_STATS,
  ROOT,
} from '../../domain/topic.ts'
import { KINDS } from '../../domain/words.ts'
import { linkFeatureSchema } from '../schemas.ts'

/** MQTT topics and feed events as AsyncAPI 3, from the schemas that parse them. */

/** As seen from the platform: it receives what clients send. */
type Action = 'send' | 'receive'

interface Entry {
  id: string
  server: 'mqtt' | 'feed'
  address: string
  action: Action
  summary: string
  payload: z.core.$ZodType
  /** The acknowledgement of a feed event. */
  reply?: z.core.$ZodType
}

const rejectedSchema = z.object(liveRefusalSchema.shape).omit({ siteId: true })

function mqttEntries(catalogue: Catalogue): Entry[] {
  const mqtt = (id: string, address: string, action: Action, payload: z.core.$ZodType, summary: string): Entry => ({
    id,
    server: 'mqtt',
    address,
    action,
    payload,
    summary,
  })
  return [
    ...KINDS.map((kind) =>
      mqtt(
        `telemetry-${kind}`,
        `${ROOT}/${kind}/{siteId}/telemetry`,
        'receive',
        payloadSchema(catalogue, kind),
        `Readings of a ${kind} site, one or an array; QoS 0, 1 or 2`,
      ),
    ),
    mqtt(
      'status',
      `${ROOT}/{kind}/{siteId}/status`,
      'receive',
      z.enum(['online', 'offline']),
      'Retained; also the Last Will',
    ),
    mqtt(
      'rejected',
      `${ROOT}/{kind}/{siteId}/rejected`,
      'send',
      rejectedSchema,
      'Why a message was refused, to its device alone',
    ),
    mqtt('live-sites', LIVE_SITES, 'send', liveFrameSchema, 'Changes from ingest; closed to devices'),
    mqtt('live-refusals', LIVE_REFUSALS, 'send', liveRefusalSchema, 'Every refusal; closed to devices'),
    mqtt('live-stats', `${LIVE_STATS}/{stage}`, 'send', stageStatsSchema, 'Counters of a stage, once a second'),
    mqtt(
      'control-snapshot',
      CONTROL_SNAPSHOT,
      'receive',
      z.object({ from: z.string() }),
      'Asks ingest for the full state',
    ),
    mqtt('control-scenario', CONTROL_SCENARIO, 'receive', scenarioCommandSchema, 'Steers the simulated fleet'),
    mqtt('control-scenarios', CONTROL_SCENARIOS, 'send', scenariosSchema, 'What the fleet can play; retained'),
  ]
}

const feed = (id: string, action: Action, payload: z.core.$ZodType, summary: string): Entry => ({
  id,
  server: 'feed',
  address: id,
  action,
  payload,
  summary,
})

const ackSchema = z.union([
  z.object(snapshotSchema.shape),
  z.object({ error: z.object({ message: z.string(), path: z.string().optional() }) }),
])

const FEED_ENTRIES: readonly Entry[] = [
  {
    ...feed('watch', 'receive', watchSchema, 'What the viewer wants to see; acknowledged by a snapshot'),
    reply: ackSchema,
  },
  feed('delta', 'send', deltaSchema, 'Changes, at most four a second; `folded` were merged into newer ones'),
  feed(
    'link',
    'send',
    z.object({ ...linkFeatureSchema.shape, seq: z.number() }),
    'A link that changed, as REST gives it',
  ),
  feed('resync', 'send', resyncSchema, 'The list may be wrong: watch again'),
  feed('pulse', 'send', pulseSchema, 'Every second, so that a quiet map is known to be alive'),
]

const jsonSchemaOf = (schema: z.core.$ZodType): Record<string, unknown> => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
  return json
}

const message = (name: string, payload: z.core.$ZodType) => ({
  name,
  contentType: 'application/json',
  payload: jsonSchemaOf(payload),
})

const parametersOf = (address: string) =>
  Object.fromEntries([...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, PARAMETERS[name] ?? {}]))

const PARAMETERS: Readonly<Record<string, object>> = {
  siteId: { description: 'The site; also the user name that the device signs in with' },
  kind: { enum: [...KINDS], description: 'Kind of the site' },
  stage: { enum: ['broker', 'ingest'], description: 'Who tells' },
}

function channelOf({ id, server, address, summary, payload, reply }: Entry) {
  const parameters = parametersOf(address)
  return {
    address,
    summary,
    servers: [{ $ref: `#/servers/${server}` }],
    ...(Object.keys(parameters).length > 0 && { parameters }),
    messages: { [id]: message(id, payload), ...(reply && { [`${id}-ack`]: message(`${id}-ack`, reply) }) },
  }
}

function operationOf({ id, action, summary, reply }: Entry) {
  const channel = { $ref: `#/channels/${id}` }
  return {
    action,
    channel,
    summary,
    messages: [{ $ref: `#/channels/${id}/messages/${id}` }],
    ...(reply && { reply: { channel, messages: [{ $ref: `#/channels/${id}/messages/${id}-ack` }] } }),
  }
}

/** The whole document. */
export function asyncApiDocument(catalogue: Catalogue) {
  const entries = [...mqttEntries(catalogue), ...FEED_ENTRIES]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Phú Quốc telemetry: topics and live feed',
      version: '1.0.0',
      description: 'What devices publish over MQTT, and what viewers get over Socket.IO. Actions are the platform’s.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      mqtt: {
        host: 'localhost:1883',
        protocol: 'mqtt',
        protocolVersion: '3.1.1',
        description: 'The broker; also over WebSocket and TLS',
      },
      feed: { host: 'localhost:8080', pathname: '/socket.io', protocol: 'ws', description: 'Socket.IO 4' },
    },
    channels: Object.fromEntries(entries.map((entry) => [entry.id, channelOf(entry)])),
    operations: Object.fromEntries(entries.map((entry) => [entry.id, operationOf(entry)])),
  }
}
export type AsyncApiDocument = ReturnType<typeof asyncApiDocument>
