import type { AuthorizePublishHandler, PublishPacket } from 'aedes'
import { parseSiteTopic } from '../domain/topic.ts'
import type { EntryType } from '../store/journal/port.ts'
import type { BrokerContext } from './context.ts'
import { report } from './live.ts'
import { judgePublish, type Verdict } from './permission.ts'
import { isPresent } from './presence.ts'
import { REFUSED, take } from './rate.ts'
import { accountOf } from './sessions-state.ts'
import type { SiteRecord, Speaker, SpeakingClient } from './speaker.ts'

/**
 * The gate that every publish passes before it is acknowledged. Telemetry, `status` and Last Wills go to the journal
 * first; an error here ends the connection without an acknowledgement.
 *
 * Called for each message: no look-up, no regular expression, one entry and at most one closure a message.
 */

type Done = (error?: Error | null) => void

const FORBIDDEN = new Error('forbidden topic')
const TOO_FAST = new Error('too many messages')
const UNKNOWN = new Error('nobody has signed in')
const STOPPING = new Error('the broker is stopping')
const STILL_HERE = new Error('the site is connected otherwise')
const TOO_MANY_OPEN = new Error('too many QoS 2 messages without PUBREL')
const SENT_TWICE = new Error('a QoS 2 message came again while it was being stored')

/** Publishes on their way through: the library's, with what it says of Last Wills. */
type Packet = PublishPacket & { clientId?: string }

/** The library's `authorizePublish`. */
export function createGate(context: BrokerContext): AuthorizePublishHandler {
  return (client, packet, done) => {
    if (client === null) passOrphanWill(context, packet, done)
    else pass(context, client as SpeakingClient, packet, done)
  }
}

function pass(context: BrokerContext, client: SpeakingClient, packet: Packet, done: Done): void {
  const { speaker } = client
  if (speaker === undefined) {
    done(UNKNOWN)
    return
  }
  // The library would tell whose it is only after it has retained it.
  if (packet.retain) packet.clientId = client.id
  context.counters.messages += 1
  context.counters.bytes += packet.payload.length
  const verdict = judgePublish(speaker.rights, packet.topic)
  // A client that is closed has one thing left to say: its Last Will.
  if (client.closed) {
    if (context.stopping) done(STOPPING)
    else if (speaker.site && isPresent(context, speaker.site.siteId)) done(STILL_HERE)
    else deliver(context, client, speaker, verdict, packet, done)
    return
  }
  const holdMs = verdict === 'forbidden' ? 0 : hold(context, speaker)
  if (holdMs === 0) deliver(context, client, speaker, verdict, packet, done)
  else if (holdMs === REFUSED) refuseFast(context, speaker, packet, done)
  else deliver(context, client, speaker, verdict, packet, held(context, holdMs, done))
}

/** Ms by which this message must wait for its acknowledgement: that is what slows a device that keeps a window. */
const hold = (context: BrokerContext, { allowance }: Speaker): number =>
  allowance === null ? 0 : take(allowance.bucket, allowance.rate, context.clock.now())

function held(context: BrokerContext, holdMs: number, done: Done): Done {
  context.counters.heldBack += 1
  return (error) => {
    if (error) done(error)
    else context.clock.after(holdMs, done)
  }
}

function refuseFast(context: BrokerContext, speaker: Speaker, packet: Packet, done: Done): void {
  const detail = `${speaker.allowance?.rate.perSecond} messages a second, ${speaker.allowance?.rate.burst} at once`
  report(context, { code: 'too-fast', topic: packet.topic, detail, siteId: speaker.site?.siteId })
  done(TOO_FAST)
}

function deliver(
  context: BrokerContext,
  client: SpeakingClient,
  speaker: Speaker,
  verdict: Verdict,
  packet: Packet,
  done: Done,
): void {
  if (verdict === 'forbidden') {
    const siteId = speaker.site?.siteId
    report(context, { code: 'forbidden-topic', topic: packet.topic, detail: packet.topic, siteId })
    done(FORBIDDEN)
  } else if (packet.qos === 2 && !client.closed) {
    passOnce(context, client, speaker, verdict, packet, done)
  } else {
    write(context, speaker.site, verdict, packet, done)
  }
}

/** QoS 2: a packet that came before is not written again; the library repeats its PUBREC [MQTT-4.3.3-2]. */
function passOnce(
  context: BrokerContext,
  client: SpeakingClient,
  speaker: Speaker,
  verdict: Verdict,
  packet: Packet,
  done: Done,
): void {
  const messageId = packet.messageId as number
  switch (context.sessions.openIncoming(client, messageId)) {
    case 'stored':
      done()
      return
    case 'busy':
      done(SENT_TWICE)
      return
    case 'full':
      done(TOO_MANY_OPEN)
      return
    default:
      write(context, speaker.site, verdict, packet, (error) => {
        if (error) context.sessions.failIncoming(client, messageId)
        done(error)
      })
  }
}

function write(context: BrokerContext, site: SiteRecord | null, verdict: Verdict, packet: Packet, done: Done): void {
  if (site === null || verdict === 'forward') {
    done()
  } else if (verdict === 'telemetry') {
    // Only `status` is retained: a copy of each reading beside the journal would serve nobody.
    packet.retain = false
    append(context, site, 'telemetry', packet, done)
  } else {
    passStatus(context, site, packet, done)
  }
}

/**
 * `status` is retained however it was sent, once the journal has it; anything but its two words is evidence only.
 * What is retained is on disk as well before the acknowledgement.
 */
function passStatus(context: BrokerContext, site: SiteRecord, packet: Packet, done: Done): void {
  const { payload } = packet
  const word = payload.length <= 7 ? payload.toString() : ''
  // The library would retain it whatever the journal says.
  packet.retain = false
  if (word !== 'online' && word !== 'offline') {
    append(context, site, 'status', packet, done)
    return
  }
  put(context, site, 'status', packet, (error) => {
    if (!error) context.sessions.retainStatus({ ...packet, payload, cmd: 'publish', retain: true })
    if (packet.qos === 0) done()
    else if (error) done(error)
    else context.sessions.flushed().then(() => done(), done)
  })
}

/** QoS 0 does not wait for the journal. */
function append(context: BrokerContext, site: SiteRecord, type: EntryType, packet: Packet, done: Done): void {
  if (packet.qos > 0) {
    put(context, site, type, packet, done)
    return
  }
  put(context, site, type, packet, ignore)
  done()
}

const ignore = (): void => {}

function put(context: BrokerContext, site: SiteRecord, type: EntryType, packet: Packet, done: Done): void {
  const receivedAt = Math.max(context.clock.now(), site.lastReceivedAt + 1)
  site.lastReceivedAt = receivedAt
  const { kind, siteId } = site
  context.journal.append({ type, kind, siteId, receivedAt, payload: packet.payload as Buffer }, (error) => {
    if (error) countLoss(context, error)
    done(error)
  })
}

function countLoss(context: BrokerContext, error: Error): void {
  if (context.counters.journalErrors === 0) context.log.error({ err: error }, 'the journal takes no more')
  context.counters.journalErrors += 1
}

/** The Last Will of a device that was connected when an earlier broker died, and has not come back. */
function passOrphanWill(context: BrokerContext, packet: Packet, done: Done): void {
  const topic = parseSiteTopic(packet.topic)
  const site = topic?.channel === 'status' ? context.directory.sites.get(topic.siteId) : undefined
  if (site && isOwnWill(site, packet) && !isPresent(context, site.siteId)) {
    passStatus(context, site, packet, done)
  } else {
    packet.retain = packet.retain && !site
    done()
  }
}

/** The site's own, or the fleet's for it: what an integration writes is never evidence. */
function isOwnWill({ siteId }: SiteRecord, { clientId = '' }: Packet): boolean {
  return accountOf(clientId) === siteId || clientId === `fleet/${siteId}`
}
