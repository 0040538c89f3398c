import type { AedesPublishPacket, Client, Subscription } from 'aedes'
import { CONTROL, LIVE } from '../domain/topic.ts'
import type { BrokerContext } from './context.ts'
import { matches } from './filter.ts'
import { report } from './live.ts'
import { mayReceive, maySubscribe } from './permission.ts'
import { SESSION_MARK } from './sessions.ts'
import type { SpeakingClient } from './speaker.ts'

/** What goes out: which subscriptions are granted, and which messages reach them. */

/** The library's `authorizeSubscribe`: a filter that is not granted answers 0x80 (3.9.3), the connection stays. */
export function grant(context: BrokerContext, client: SpeakingClient, filter: string): boolean {
  const { speaker } = client
  if (!speaker || filter === SESSION_MARK) return false
  client.granted ??= new Set()
  const fits = client.granted.size < context.config.PQ_MQTT_SUBSCRIPTIONS || client.granted.has(filter)
  if (fits && maySubscribe(speaker.rights, filter)) {
    if (mayHearTelemetry(client, filter) && !client.granted.has(filter)) context.listeners += 1
    client.granted.add(filter)
    return true
  }
  const detail = fits ? `subscription to ${filter}` : 'too many subscriptions'
  report(context, { code: 'forbidden-topic', topic: filter, detail, siteId: speaker.site?.siteId })
  return false
}

/** Subscriptions that are no more. */
export function giveUp(context: BrokerContext, client: SpeakingClient, filters: Iterable<string>): void {
  for (const filter of filters) {
    if (client.granted?.delete(filter) && mayHearTelemetry(client, filter)) context.listeners -= 1
  }
}

/** Could telemetry match it? Not what devices and most stages ask for. */
const mayHearTelemetry = (client: SpeakingClient, filter: string): boolean =>
  client.speaker?.site === null && !filter.startsWith(LIVE) && !filter.startsWith(CONTROL)

type LibraryPublish = (packet: AedesPublishPacket, client: SpeakingClient | null, done: (error?: Error) => void) => void

/**
 * Spares telemetry the library's way to subscribers where there is none: it is in the journal, which is where ingest
 * reads it. That way is half of what a publish costs.
 */
export function passOverUnheard(context: BrokerContext): void {
  const library = context.aedes as unknown as { publish: LibraryPublish }
  const publish = library.publish.bind(library)
  library.publish = (packet, client, done) => {
    const { topic } = packet
    const unheard = context.listeners === 0 && topic === client?.speaker?.site?.topics.telemetry
    if (unheard && !context.sessions.isAwaited(topic)) done()
    else publish(packet, client, done)
  }
}

/**
 * The library's `authorizeForward`, for live, retained and waiting messages alike. Checked again although the
 * subscription was granted: what waits for a session may be older than a change of its filters.
 */
export function forward(
  context: BrokerContext,
  client: SpeakingClient,
  packet: AedesPublishPacket,
): AedesPublishPacket | null {
  const { speaker } = client
  if (!speaker || !mayReceive(speaker.rights, packet.topic)) return null
  if (client.conn.writableLength > speaker.maxOutboxBytes / 2 && qosFor(client, packet) === 0) {
    context.counters.dropped += 1
    return null
  }
  // The library delivers QoS 2 also where a filter with wildcards was granted QoS 1 [MQTT-3.8.4-6].
  return packet.qos === 2 ? { ...packet, qos: qosFor(client, packet) } : packet
}

/** The QoS of a delivery: that of the message, at most the best that a matching filter was granted. */
function qosFor(client: SpeakingClient, packet: AedesPublishPacket): 0 | 1 | 2 {
  const { subscriptions } = client as Client as unknown as { subscriptions: Record<string, Subscription> }
  let best = 0
  for (const [filter, { qos }] of Object.entries(subscriptions)) {
    if (qos > best && matches(filter, packet.topic)) best = qos
  }
  return Math.min(best, packet.qos) as 0 | 1 | 2
}
