import { connect } from 'mqtt'
import type { Logger } from 'pino'
import {
  type LiveFrame,
  type LiveRefusal,
  liveFrameSchema,
  liveRefusalSchema,
  type ScenarioStatus,
  type StageStats,
  scenariosSchema,
  stageStatsSchema,
} from '../domain/live.ts'
import {
  CONTROL_SCENARIO,
  CONTROL_SCENARIOS,
  CONTROL_SNAPSHOT,
  LIVE,
  LIVE_REFUSALS,
  LIVE_SITES,
  LIVE_STATS,
} from '../domain/topic.ts'

/** What the other stages tell. */
export interface LiveEvents {
  connected(): void
  disconnected(): void
  frame(frame: LiveFrame): void
  stats(stage: string, stats: StageStats): void
  refusal(refusal: LiveRefusal): void
  /** Empty when the fleet has gone. */
  scenarios(list: ScenarioStatus[]): void
  /** A message that its schema refused. */
  malformed(topic: string): void
}

export interface Live {
  requestSnapshot(): void
  /** @throws Error when the broker cannot be reached. */
  commandScenario(name: string, action: 'start' | 'stop'): Promise<void>
  stop(): Promise<void>
}

export interface MqttLogin {
  url: string
  username: string
  password: string
}

type Door = (payload: Buffer, topic: string) => void

/** Every topic's door: bytes are parsed by the topic's schema, or counted and dropped. */
function doors(events: LiveEvents): { exact: Map<string, Door>; stats: Door } {
  const json = (payload: Buffer): unknown => JSON.parse(payload.toString('utf8'))
  return {
    exact: new Map<string, Door>([
      [LIVE_SITES, (payload) => events.frame(liveFrameSchema.parse(json(payload)))],
      [LIVE_REFUSALS, (payload) => events.refusal(liveRefusalSchema.parse(json(payload)))],
      [
        CONTROL_SCENARIOS,
        (payload) => events.scenarios(payload.length === 0 ? [] : scenariosSchema.parse(json(payload))),
      ],
    ]),
    stats: (payload, topic) => events.stats(topic.slice(LIVE_STATS.length + 1), stageStatsSchema.parse(json(payload))),
  }
}

/** Connects to the broker in the background and stays connected until stopped. */
export function connectLive(o: { mqtt: MqttLogin; events: LiveEvents; log: Logger }): Live {
  const { events, log } = o
  const client = connect(o.mqtt.url, {
    username: o.mqtt.username,
    password: o.mqtt.password,
    clientId: `api-${crypto.randomUUID()}`,
    clean: true,
    reconnectPeriod: 500,
    connectTimeout: 5000,
    resubscribe: false,
    // Requests are worth something now or not at all: nothing is queued while away.
    queueQoSZero: false,
  })
  const { exact, stats } = doors(events)
  client.on('connect', () => {
    client.subscribe([`${LIVE}/#`, CONTROL_SCENARIOS], { qos: 0 }, (error) => {
      if (error) log.error({ err: error }, 'the broker refused the live topics')
      else events.connected()
    })
  })
  client.on('close', () => events.disconnected())
  client.on('error', (error) => log.warn({ err: error }, 'no live connection to the broker'))
  client.on('message', (topic, payload) => {
    const door = exact.get(topic) ?? (topic.startsWith(`${LIVE_STATS}/`) ? stats : undefined)
    if (!door) return
    try {
      door(payload, topic)
    } catch (error) {
      events.malformed(topic)
      log.error({ err: error, topic }, 'a live message was not what its topic promises')
    }
  })
  return {
    requestSnapshot() {
      if (client.connected) client.publish(CONTROL_SNAPSHOT, '{"from":"api"}')
    },
    async commandScenario(name, action) {
      if (!client.connected) throw new Error('no connection to the broker')
      await client.publishAsync(CONTROL_SCENARIO, JSON.stringify({ name, action }), { qos: 1 })
    },
    stop: () => client.endAsync(true),
  }
}
