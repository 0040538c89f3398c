import { Readable } from 'node:stream'
import type { Aedes, Client } from 'aedes'
import { matches } from './filter.ts'
import { readSessionsLog, SessionsLog } from './sessions-log.ts'
import {
  accountOf,
  apply,
  beginSession,
  emptyState,
  type KeptPacket,
  keyOf,
  type Qos,
  type Session,
  type SessionRecord,
  type SessionsState,
  snapshot,
  touch,
} from './sessions-state.ts'

export interface SessionsOptions {
  dir: string
  /** Messages that wait for one session. */
  maxMessages: number
  /** Payload bytes of all retained and waiting messages. */
  maxPayloadBytes: number
  /** Kept sessions of an account; Infinity where an account speaks for many. */
  maxSessionsOf: (account: string) => number
  /** QoS 2 messages of one session before their PUBREL. */
  maxIncoming: number
  /** May the client keep this subscription? The library asks to keep refused ones too. */
  mayKeep: (client: Client, filter: string) => boolean
  onProblem: (problem: Error) => void
}

interface WirePacket {
  cmd?: string
  brokerId?: string
  brokerCounter?: number
  topic: string
  payload: Buffer | string
  qos: Qos
  retain: boolean
  messageId?: number
  clientId?: string
}
type ClientRef = Pick<Client, 'id'>
type Subscribed = { clientId: string; topic: string; qos: Qos }

/**
 * Stands for a session that has no subscriptions, so that the library, which asks for those, knows that there is one
 * [MQTT-3.2.2-2]. No permission grants it.
 */
export const SESSION_MARK = '$session'

/** Of all payload bytes, what one account may hold: none can take the others' room. */
const ACCOUNT_SHARE = 1 / 4

const NOBODY: Promise<readonly Subscribed[]> = Promise.resolve([])
const DONE = Promise.resolve()

const keep = (packet: WirePacket, qos: Qos): KeptPacket => ({
  cmd: 'publish',
  brokerId: packet.brokerId ?? '',
  brokerCounter: packet.brokerCounter ?? 0,
  topic: packet.topic,
  // A copy: the original is a window on a whole chunk from the socket.
  payload: Buffer.from(packet.payload as Buffer),
  qos,
  retain: packet.retain,
  dup: false,
  ...(packet.clientId === undefined ? {} : { clientId: packet.clientId }),
})

const toLine = (record: SessionRecord): object =>
  'packet' in record
    ? { ...record, packet: { ...record.packet, payload: record.packet.payload.toString('base64') } }
    : record

function* linesOf(state: SessionsState): Generator<object> {
  for (const record of snapshot(state)) yield toLine(record)
}

function fromLine(line: object): SessionRecord {
  const record = line as SessionRecord
  if ('packet' in record) record.packet.payload = Buffer.from(record.packet.payload as unknown as string, 'base64')
  return record
}

/**
 * The library's persistence: kept sessions, what waits for them, retained messages and Last Wills, in memory and in a
 * log on disk. Subscriptions and QoS 2 packet ids are on disk before they are acknowledged.
 */
export class Sessions {
  /** Messages that a full queue or a full store did not take. */
  dropped = 0
  readonly #options: SessionsOptions
  readonly #state: SessionsState
  /** Client ids whose Last Wills an earlier life left, by topic. */
  readonly #orphans = new Map<string, string[]>()
  #log!: SessionsLog
  #broker: Aedes | null = null
  #frozen = false

  private constructor(options: SessionsOptions, state: SessionsState) {
    this.#options = options
    this.#state = state
    for (const [client, { topic }] of state.wills) {
      this.#orphans.set(topic, [...(this.#orphans.get(topic) ?? []), client])
    }
  }

  /** Reads what an earlier life left. What a crash tore off at the end was never acknowledged. */
  static async open(options: SessionsOptions): Promise<Sessions> {
    const state = emptyState()
    const lostBytes = await readSessionsLog(options.dir, (line) => apply(state, fromLine(line)))
    if (lostBytes > 0) options.onProblem(new Error(`${lostBytes} bytes at the end of the session log were torn off`))
    const sessions = new Sessions(options, state)
    sessions.#log = await SessionsLog.open({
      dir: options.dir,
      snapshot: () => linesOf(state),
      onProblem: options.onProblem,
    })
    return sessions
  }

  counts(): { sessions: number; retained: number; payloadBytes: number } {
    const { sessions, retained, payloadBytes } = this.#state
    return { sessions: sessions.size, retained: retained.size, payloadBytes }
  }

  /** Called by the library, which insists on an async function. */
  async setup(broker: Aedes): Promise<void> {
    this.#broker = broker
  }

  /** Keeps Last Wills from now on: the end of the broker is not the end of a device. */
  freezeWills(): void {
    this.#frozen = true
  }

  close(): Promise<void> {
    return this.#log.close()
  }

  /** Resolves once all that was kept so far is on disk; rejects when the disk does not take it. */
  flushed(): Promise<void> {
    return this.#log.flushed()
  }

  #record(record: SessionRecord): void {
    apply(this.#state, record)
    this.#log.append(toLine(record))
  }

  // Retained messages

  storeRetained(packet: WirePacket): Promise<void> {
    const { topic, payload, clientId = '' } = packet
    if (payload.length === 0) {
      if (this.#state.retained.has(topic)) this.#record({ type: 'forget', topic })
    } else if (!this.#isRetained(packet) && this.#hasRoom(accountOf(clientId), payload.length)) {
      this.#record({ type: 'retain', packet: keep(packet, packet.qos) })
    }
    return DONE
  }

  /** Retains a site's status: one word a site always has room. */
  retainStatus(packet: WirePacket): void {
    if (!this.#isRetained(packet)) this.#record({ type: 'retain', packet: keep(packet, packet.qos) })
  }

  #isRetained({ topic, qos, payload }: WirePacket): boolean {
    const known = this.#state.retained.get(topic)
    return known !== undefined && known.qos === qos && known.payload.equals(payload as Buffer)
  }

  createRetainedStreamCombi(filters: string[]): Readable {
    return Readable.from(filters.flatMap((filter) => this.#retainedOf(filter)))
  }

  #retainedOf(filter: string): KeptPacket[] {
    const { retained } = this.#state
    const exact = retained.get(filter)
    if (exact) return [exact]
    if (!filter.includes('+') && !filter.includes('#')) return []
    return [...retained.values()].filter((packet) => matches(filter, packet.topic))
  }

  // Subscriptions

  async addSubscriptions(client: Client, subscriptions: { topic: string; qos: Qos }[]): Promise<void> {
    const session = this.#begin(client.id)
    for (const { topic, qos } of subscriptions) {
      if (session.filters.get(topic) === qos || !this.#options.mayKeep(client, topic)) continue
      this.#record({ type: 'subscribe', client: client.id, filter: topic, qos })
    }
    // Also when it is known already: its first time may have failed.
    await this.flushed()
  }

  async removeSubscriptions(client: ClientRef, filters: string[]): Promise<void> {
    const session = this.#state.sessions.get(client.id)
    for (const filter of filters) {
      if (session?.filters.has(filter)) this.#record({ type: 'unsubscribe', client: client.id, filter })
    }
    if (session) await this.flushed()
  }

  /** Asked once at each CONNECT that wants to keep its session: that is when one begins. */
  async subscriptionsByClient(client: ClientRef): Promise<{ topic: string; qos: Qos }[]> {
    const known = this.#state.sessions.has(client.id)
    const session = this.#begin(client.id)
    if (!known) return []
    touch(this.#state, client.id)
    if (session.filters.size === 0) return [{ topic: SESSION_MARK, qos: 0 }]
    return Array.from(session.filters, ([topic, qos]) => ({ topic, qos }))
  }

  /** Kept sessions that want this topic, each once. */
  subscriptionsByTopic(topic: string): Promise<readonly Subscribed[]> {
    const exact = this.#state.exact.get(topic)
    if (exact === undefined && this.#state.wild.size === 0) return NOBODY
    const best = new Map<string, Qos>(exact)
    for (const [filter, clients] of this.#state.wild) {
      if (!matches(filter, topic)) continue
      for (const [client, qos] of clients) best.set(client, Math.max(qos, best.get(client) ?? 0) as Qos)
    }
    if (best.size === 0) return NOBODY
    return Promise.resolve(Array.from(best, ([clientId, qos]) => ({ clientId, topic, qos })))
  }

  /** Does any kept session subscribe to this topic? */
  isAwaited(topic: string): boolean {
    if (this.#state.exact.has(topic)) return true
    for (const filter of this.#state.wild.keys()) if (matches(filter, topic)) return true
    return false
  }

  /** A CONNECT with a clean session ends whatever was kept [MQTT-3.1.2-6]. */
  async cleanSubscriptions(client: ClientRef): Promise<void> {
    if (this.#state.sessions.has(client.id)) this.#record({ type: 'gone', client: client.id })
  }

  /** Ends all sessions of an account that is no more. */
  forget(account: string): void {
    for (const client of [...(this.#state.ofAccount.get(account) ?? [])]) this.#record({ type: 'gone', client })
  }

  #begin(id: string): Session {
    const known = this.#state.sessions.get(id)
    if (known?.kept) return known
    if (known) this.#record({ type: 'gone', client: id })
    this.#record({ type: 'session', client: id })
    this.#trim(accountOf(id), id)
    return this.#state.sessions.get(id) as Session
  }

  #trim(account: string, newest: string): void {
    const ids = this.#state.ofAccount.get(account)
    const limit = this.#options.maxSessionsOf(account)
    for (const client of [...(ids ?? [])]) {
      if ((ids?.size ?? 0) <= limit) return
      if (client !== newest && !this.#clientOf(client)) this.#record({ type: 'gone', client })
    }
  }

  #clientOf(id: string): Client | undefined {
    return (this.#broker as unknown as { clients: Record<string, Client | undefined> } | null)?.clients[id]
  }

  // Messages to clients

  #hasRoom(account: string, bytes: number): boolean {
    const { payloadBytes, bytesOf } = this.#state
    const { maxPayloadBytes } = this.#options
    const held = bytesOf.get(account) ?? 0
    const fits = payloadBytes + bytes <= maxPayloadBytes && held + bytes <= maxPayloadBytes * ACCOUNT_SHARE
    if (!fits) this.dropped += 1
    return fits
  }

  async outgoingEnqueue(subscribed: Pick<Subscribed, 'clientId'> & { qos?: Qos }, packet: WirePacket): Promise<void> {
    const session = this.#state.sessions.get(subscribed.clientId)
    if (!session?.kept || !this.#hasRoom(accountOf(session.id), packet.payload.length)) return
    if (session.outgoing.size >= this.#options.maxMessages) {
      this.dropped += 1
      return
    }
    // Never above what was granted [MQTT-3.8.4-6].
    const qos = Math.min(packet.qos, subscribed.qos ?? packet.qos) as Qos
    this.#record({ type: 'queue', client: session.id, packet: keep(packet, qos) })
  }

  outgoingEnqueueCombi(subscribed: readonly Subscribed[], packet: WirePacket): Promise<unknown> {
    if (subscribed.length === 0) return DONE
    return Promise.all(subscribed.map((one) => this.outgoingEnqueue(one, packet)))
  }

  /** The packet got its id, or its PUBREC came. One that is not kept is only delivered. */
  async outgoingUpdate(client: ClientRef, packet: WirePacket): Promise<void> {
    const session = this.#state.sessions.get(client.id)
    if (!session?.kept || packet.messageId === undefined) return
    if (packet.cmd === 'pubrel') {
      const key = session.keyOfMessage.get(packet.messageId)
      if (key !== undefined && session.outgoing.get(key)?.cmd !== 'pubrel') {
        this.#record({ type: 'release', client: client.id, key })
      }
      return
    }
    const key = keyOf(packet as KeptPacket)
    const kept = session.outgoing.get(key)
    if (!kept || kept.messageId === packet.messageId) return
    this.#record({ type: 'sent', client: client.id, key, messageId: packet.messageId })
  }

  async outgoingClearMessageId(client: ClientRef, packet: { messageId?: number }): Promise<KeptPacket | undefined> {
    const session = this.#state.sessions.get(client.id)
    if (!session || packet.messageId === undefined) return undefined
    const key = session.keyOfMessage.get(packet.messageId)
    if (key === undefined) return undefined
    const kept = session.outgoing.get(key)
    this.#record({ type: 'done', client: client.id, key })
    return kept
  }

  /** What waits, in order; what went out before is marked as sent again [MQTT-3.3.1-1]. PUBREL has no such mark. */
  outgoingStream(client: ClientRef): Readable {
    const waiting = this.#state.sessions.get(client.id)?.outgoing.values() ?? []
    const again = (packet: KeptPacket) => packet.cmd === 'publish' && packet.messageId !== undefined
    return Readable.from(Array.from(waiting, (packet) => ({ ...packet, dup: again(packet) })))
  }

  // QoS 2 from clients [MQTT-4.3.3-2]

  /**
   * Asks before a QoS 2 publish goes to the journal: `new` and now on its way, `stored` before, `busy` on its way
   * already, or one too many.
   */
  openIncoming(client: Client, messageId: number): 'new' | 'stored' | 'busy' | 'full' {
    const session = beginSession(this.#state, client.id, !client.clean)
    const known = session.incoming.get(messageId)
    if (known !== undefined) return known ? 'stored' : 'busy'
    if (session.incoming.size >= this.#options.maxIncoming) return 'full'
    session.incoming.set(messageId, false)
    return 'new'
  }

  /** The journal did not take it: the id is free again. */
  failIncoming(client: ClientRef, messageId: number): void {
    this.#state.sessions.get(client.id)?.incoming.delete(messageId)
  }

  async incomingStorePacket(client: Client, packet: { messageId?: number }): Promise<void> {
    const session = this.#state.sessions.get(client.id)
    if (!session || packet.messageId === undefined) return
    const record = { type: 'open', client: client.id, messageId: packet.messageId } as const
    if (!session.kept) {
      apply(this.#state, record)
      return
    }
    this.#record(record)
    await this.flushed()
  }

  async incomingGetPacket(client: ClientRef, packet: { messageId?: number }): Promise<{ messageId: number }> {
    const { messageId } = packet
    const session = this.#state.sessions.get(client.id)
    if (messageId === undefined || !session?.incoming.get(messageId)) throw new Error('no such packet')
    if (session.kept) await this.flushed()
    return { messageId }
  }

  async incomingDelPacket(client: ClientRef, packet: { messageId?: number }): Promise<void> {
    const session = this.#state.sessions.get(client.id)
    if (!session || packet.messageId === undefined) return
    const record = { type: 'close', client: client.id, messageId: packet.messageId } as const
    if (session.kept) this.#record(record)
    else apply(this.#state, record)
  }

  /** Ends a clean session, unless its id is another connection's by now. */
  async cleanIncoming(client: Client): Promise<void> {
    const holder = this.#clientOf(client.id)
    if (holder !== undefined && holder !== client) return
    const session = this.#state.sessions.get(client.id)
    if (session && !session.kept) apply(this.#state, { type: 'gone', client: client.id })
  }

  // Last Wills

  async putWill(client: Client, packet: WirePacket): Promise<void> {
    packet.brokerId = this.#broker?.id ?? ''
    packet.clientId = client.id
    this.#record({ type: 'will', client: client.id, packet: keep(packet, packet.qos) })
  }

  async delWill(client: ClientRef): Promise<void> {
    if (!this.#frozen && this.#state.wills.has(client.id)) this.#record({ type: 'no-will', client: client.id })
  }

  /** Forgets the Last Wills on a topic that an earlier life left: who would speak there is connected again. */
  dropOrphanWills(topic: string): void {
    for (const client of this.#orphans.get(topic) ?? []) {
      const will = this.#state.wills.get(client)
      if (will && will.brokerId !== this.#broker?.id) this.#record({ type: 'no-will', client })
    }
    this.#orphans.delete(topic)
  }

  /** Wills of clients that a broker other than the given ones left behind. */
  streamWill(brokers: Record<string, unknown> = {}): Readable {
    return Readable.from([...this.#state.wills.values()].filter((will) => !(will.brokerId in brokers)))
  }
}
