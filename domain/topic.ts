import { KINDS, type Kind } from './words.ts'

/** The MQTT topic grammar: `pq/v1/{kind}/{siteId}/{channel}`. */
export const CHANNELS = ['telemetry', 'status', 'rejected'] as const
export type Channel = (typeof CHANNELS)[number]

export interface SiteTopic {
  kind: Kind
  siteId: string
  channel: Channel
}

export const ROOT = 'pq/v1'
/** From ingest and broker to api: frames of change, counters, refusals. */
export const LIVE = `${ROOT}/live`
/** Requests between stages: a fresh snapshot, a scenario to start. */
export const CONTROL = `${ROOT}/control`

export const LIVE_SITES = `${LIVE}/sites`
export const LIVE_REFUSALS = `${LIVE}/refusals`
export const LIVE_STATS = `${LIVE}/stats`
export const CONTROL_SNAPSHOT = `${CONTROL}/snapshot`
/** To the city's fleet: `{"name", "action": "start" | "stop"}`. */
export const CONTROL_SCENARIO = `${CONTROL}/scenario`
/** From the city's fleet, retained: which scenarios it can play and which run. */
export const CONTROL_SCENARIOS = `${CONTROL}/scenarios`

/** Site, sector, link and group ids: letters, digits, `-`, `_` and `.`; no MQTT or path syntax. */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const SITE_TOPIC = new RegExp(`^pq/v1/(${KINDS.join('|')})/([A-Za-z0-9][A-Za-z0-9._-]{0,63})/(${CHANNELS.join('|')})$`)

/** The topic of one channel of one site. */
export const siteTopic = (kind: Kind, siteId: string, channel: Channel): string =>
  `${ROOT}/${kind}/${siteId}/${channel}`

/** Parses a site's topic; `undefined` for anything else, wildcards included. */
export function parseSiteTopic(topic: string): SiteTopic | undefined {
  const found = SITE_TOPIC.exec(topic)
  if (!found) return undefined
  return { kind: found[1] as Kind, siteId: found[2] as string, channel: found[3] as Channel }
}
