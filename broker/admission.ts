import { randomUUID } from 'node:crypto'
import type { AuthenticateError, Client, ConnectPacket } from 'aedes'
import { forgive, recordFailure } from './attempts.ts'
import type { BrokerContext } from './context.ts'
import { type Answer, identify } from './identity.ts'
import { report } from './live.ts'
import { judgePublish } from './permission.ts'
import type { Door, Speaker, SpeakingClient } from './speaker.ts'

/** From CONNECT to CONNACK: who is it, and is there room? */

const BAD_CREDENTIALS = 4
const NOT_AUTHORIZED = 5
const SERVER_UNAVAILABLE = 3
/** How late the answer comes to an address that fails too often. */
const DELAY_MS = 2000

type Done = (error: AuthenticateError | null, success: boolean | null) => void

/**
 * Before the library reads the packet: client ids are put under their account, so that nobody can end or resume
 * another's session, and the keep-alive is bounded. "The Server is permitted to disconnect a Client that it determines
 * to be inactive at any time, regardless of the Keep Alive value" (3.1.2.10).
 */
export function prepareConnect(context: BrokerContext, client: Client, packet: ConnectPacket): void {
  const speaking = client as SpeakingClient
  const { username, clientId, will } = packet
  speaking.door = (client.conn as unknown as { door: Door }).door
  speaking.claim = { account: username, clientId, willTopic: will?.topic }
  packet.clientId = `${username ?? ''}/${clientId === '' ? `~${randomUUID()}` : clientId}`
  const limit = context.config.PQ_MQTT_KEEPALIVE_LIMIT_S
  if (!packet.keepalive || packet.keepalive > limit) packet.keepalive = limit
}

/** The library's `authenticate`. */
export function authenticate(
  context: BrokerContext,
  client: SpeakingClient,
  username: string | undefined,
  password: Buffer | undefined,
  done: Done,
): void {
  const answer = identify(context.directory, username, password, client.claim?.clientId ?? '')
  if (!(answer instanceof Promise)) {
    decide(context, client, answer, done)
    return
  }
  answer.then(
    (later) => decide(context, client, later, done),
    (error: unknown) => {
      context.log.error({ err: error }, 'the registry did not answer who is connecting')
      done(refusal(SERVER_UNAVAILABLE, 'the registry does not answer'), false)
    },
  )
}

const refusal = (returnCode: number, message: string): AuthenticateError =>
  Object.assign(new Error(message), { returnCode }) as AuthenticateError

function decide(context: BrokerContext, client: SpeakingClient, answer: Answer, done: Done): void {
  if (answer === 'bad-credentials') {
    refuseSecret(context, client, done)
  } else if (answer === 'not-authorized') {
    refuseSpeaking(context, client, 'bad-credentials', 'this account may not speak under this client id', done)
  } else if (!mayHaveWill(answer, client.claim?.willTopic)) {
    refuseSpeaking(context, client, 'forbidden-topic', 'the topic of the Last Will', done)
  } else {
    client.speaker = answer
    makeRoom(context, answer)
    done(null, true)
  }
}

function refuseSpeaking(
  context: BrokerContext,
  client: SpeakingClient,
  code: 'bad-credentials' | 'forbidden-topic',
  detail: string,
  done: Done,
): void {
  const { account = '', willTopic = '' } = client.claim ?? {}
  const site = context.directory.sites.get(account)
  report(context, { code, topic: willTopic, detail, siteId: site?.siteId })
  done(refusal(NOT_AUTHORIZED, detail), false)
}

function refuseSecret(context: BrokerContext, client: SpeakingClient, done: Done): void {
  const { account = '' } = client.claim ?? {}
  const { address } = client.door
  const site = context.directory.sites.get(account)
  const detail = `from ${address}`
  report(context, { code: 'bad-credentials', topic: site?.topics.telemetry ?? '', detail, siteId: site?.siteId })
  const answer = () => done(refusal(BAD_CREDENTIALS, 'wrong user name or secret'), false)
  const penalty = recordFailure(context.attempts, address, context.clock.now())
  if (penalty === 'hang-up') client.conn.destroy()
  else if (penalty === 'none') answer()
  else {
    context.clock.after(DELAY_MS, () => {
      forgive(context.attempts, address)
      answer()
    })
  }
}

function mayHaveWill(speaker: Speaker, topic: string | undefined): boolean {
  if (topic === undefined) return true
  const verdict = judgePublish(speaker.rights, topic)
  return verdict === 'status' || verdict === 'forward'
}

/**
 * The newest connection wins: a device that comes back on a new address must not wait until its old, dead connections
 * time out.
 */
function makeRoom(context: BrokerContext, speaker: Speaker): void {
  const present = context.byAccount.get(speaker.account)
  if (!present || present.size < speaker.maxConnections) return
  const [oldest] = present
  if (!oldest) return
  context.counters.crowdedOut += 1
  oldest.cause = 'gave way to a newer connection of its account'
  oldest.close()
}
