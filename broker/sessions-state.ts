/** What is kept for clients, as the fold of its records: the same code live and at start. */

export type Qos = 0 | 1 | 2

/** A message as it is kept. */
export interface KeptPacket {
  cmd: 'publish' | 'pubrel'
  /** Which life of the broker took it, and its number there. */
  brokerId: string
  brokerCounter: number
  topic: string
  payload: Buffer
  qos: Qos
  retain: boolean
  dup: boolean
  messageId?: number
  clientId?: string
}

export interface Session {
  readonly id: string
  /** False: ends with its connection, never written down. */
  readonly kept: boolean
  readonly filters: Map<string, Qos>
  /** Waiting or unacknowledged messages by `keyOf`, in order. */
  readonly outgoing: Map<string, KeptPacket>
  readonly keyOfMessage: Map<number, string>
  /** Packet ids of QoS 2 publishes before their PUBREL; true: taken, false: on its way to the journal. */
  readonly incoming: Map<number, boolean>
}

export interface SessionsState {
  readonly sessions: Map<string, Session>
  /** Filters with QoS above 0 of kept sessions: client id to QoS. Those without wildcards are looked up. */
  readonly exact: Map<string, Map<string, Qos>>
  readonly wild: Map<string, Map<string, Qos>>
  readonly retained: Map<string, KeptPacket>
  readonly wills: Map<string, KeptPacket>
  /** Session ids of each account, the one unused longest first. */
  readonly ofAccount: Map<string, Set<string>>
  /** Of retained and waiting messages, in all and by the account that they wait for or that retained them. */
  payloadBytes: number
  readonly bytesOf: Map<string, number>
}

export type SessionRecord =
  | { type: 'session'; client: string }
  | { type: 'gone'; client: string }
  | { type: 'subscribe'; client: string; filter: string; qos: Qos }
  | { type: 'unsubscribe'; client: string; filter: string }
  | { type: 'queue'; client: string; packet: KeptPacket }
  | { type: 'sent'; client: string; key: string; messageId: number }
  | { type: 'release'; client: string; key: string }
  | { type: 'done'; client: string; key: string }
  | { type: 'open'; client: string; messageId: number }
  | { type: 'close'; client: string; messageId: number }
  | { type: 'retain'; packet: KeptPacket }
  | { type: 'forget'; topic: string }
  | { type: 'will'; client: string; packet: KeptPacket }
  | { type: 'no-will'; client: string }

export const keyOf = (packet: { brokerId: string; brokerCounter: number }): string =>
  `${packet.brokerId}:${packet.brokerCounter}`

/** Client ids are `{account}/{id}`: an account cannot touch another's session. */
export const accountOf = (clientId: string): string => clientId.slice(0, Math.max(0, clientId.indexOf('/')))

export const emptyState = (): SessionsState => ({
  sessions: new Map(),
  exact: new Map(),
  wild: new Map(),
  retained: new Map(),
  wills: new Map(),
  ofAccount: new Map(),
  payloadBytes: 0,
  bytesOf: new Map(),
})

const newSession = (id: string, kept: boolean): Session => ({
  id,
  kept,
  filters: new Map(),
  outgoing: new Map(),
  keyOfMessage: new Map(),
  incoming: new Map(),
})

/** The session of a client, begun if there is none. */
export function beginSession(state: SessionsState, id: string, kept: boolean): Session {
  const known = state.sessions.get(id)
  if (known) return known
  const session = newSession(id, kept)
  state.sessions.set(id, session)
  if (kept) touch(state, id)
  return session
}

/** Makes the session the one its account used last. */
export function touch(state: SessionsState, id: string): void {
  const account = accountOf(id)
  const ids = state.ofAccount.get(account) ?? new Set()
  ids.delete(id)
  state.ofAccount.set(account, ids.add(id))
}

function countBytes(state: SessionsState, clientId: string, bytes: number): void {
  state.payloadBytes += bytes
  const account = accountOf(clientId)
  const held = (state.bytesOf.get(account) ?? 0) + bytes
  if (held > 0) state.bytesOf.set(account, held)
  else state.bytesOf.delete(account)
}

const indexOf = (state: SessionsState, filter: string): Map<string, Map<string, Qos>> =>
  filter.includes('+') || filter.includes('#') ? state.wild : state.exact

function setFilter(state: SessionsState, session: Session, filter: string, qos: Qos): void {
  dropFilter(state, session, filter)
  session.filters.set(filter, qos)
  if (qos === 0) return
  const index = indexOf(state, filter)
  const clients = index.get(filter) ?? new Map<string, Qos>()
  index.set(filter, clients.set(session.id, qos))
}

function dropFilter(state: SessionsState, session: Session, filter: string): void {
  session.filters.delete(filter)
  const index = indexOf(state, filter)
  const clients = index.get(filter)
  if (clients?.delete(session.id) && clients.size === 0) index.delete(filter)
}

function dropPacket(state: SessionsState, session: Session, key: string): void {
  const packet = session.outgoing.get(key)
  if (!packet) return
  session.outgoing.delete(key)
  if (packet.messageId !== undefined) session.keyOfMessage.delete(packet.messageId)
  countBytes(state, session.id, -packet.payload.length)
}

function dropSession(state: SessionsState, session: Session): void {
  for (const filter of [...session.filters.keys()]) dropFilter(state, session, filter)
  for (const key of [...session.outgoing.keys()]) dropPacket(state, session, key)
  state.sessions.delete(session.id)
  const ids = state.ofAccount.get(accountOf(session.id))
  if (ids?.delete(session.id) && ids.size === 0) state.ofAccount.delete(accountOf(session.id))
}

/** In its place where it is there already. */
function queue(state: SessionsState, session: Session, packet: KeptPacket): void {
  const key = keyOf(packet)
  const known = session.outgoing.get(key)
  if (known?.messageId !== undefined) session.keyOfMessage.delete(known.messageId)
  countBytes(state, session.id, packet.payload.length - (known?.payload.length ?? 0))
  session.outgoing.set(key, packet)
}

function dropRetained(state: SessionsState, topic: string): void {
  const packet = state.retained.get(topic)
  if (!packet) return
  countBytes(state, packet.clientId ?? '', -packet.payload.length)
  state.retained.delete(topic)
}

function setSent(session: Session, key: string, messageId: number): void {
  const packet = session.outgoing.get(key)
  if (!packet) return
  if (packet.messageId !== undefined) session.keyOfMessage.delete(packet.messageId)
  packet.messageId = messageId
  session.keyOfMessage.set(messageId, key)
}

function release(state: SessionsState, session: Session, key: string): void {
  const packet = session.outgoing.get(key)
  if (!packet) return
  countBytes(state, session.id, -packet.payload.length)
  session.outgoing.set(key, { ...packet, cmd: 'pubrel', payload: Buffer.alloc(0) })
}

function applyToSession(state: SessionsState, session: Session, record: SessionRecord): void {
  switch (record.type) {
    case 'gone':
      dropSession(state, session)
      return
    case 'subscribe':
      setFilter(state, session, record.filter, record.qos)
      return
    case 'unsubscribe':
      dropFilter(state, session, record.filter)
      return
    case 'queue':
      queue(state, session, record.packet)
      return
    case 'sent':
      setSent(session, record.key, record.messageId)
      return
    case 'release':
      release(state, session, record.key)
      return
    case 'done':
      dropPacket(state, session, record.key)
      return
    case 'open':
      session.incoming.set(record.messageId, true)
      return
    case 'close':
      session.incoming.delete(record.messageId)
  }
}

/** Folds one record in. A record of a session that is gone changes nothing. */
export function apply(state: SessionsState, record: SessionRecord): void {
  switch (record.type) {
    case 'session':
      beginSession(state, record.client, true)
      return
    case 'retain':
      dropRetained(state, record.packet.topic)
      countBytes(state, record.packet.clientId ?? '', record.packet.payload.length)
      state.retained.set(record.packet.topic, record.packet)
      return
    case 'forget':
      dropRetained(state, record.topic)
      return
    case 'will':
      state.wills.set(record.client, record.packet)
      return
    case 'no-will':
      state.wills.delete(record.client)
      return
    default: {
      const session = state.sessions.get(record.client)
      if (session) applyToSession(state, session, record)
    }
  }
}

/**
 * The shortest list of records whose fold is this state; clean sessions are not in it. May be taken while the state
 * changes: followed by every record since it was begun, it folds to the state as it is then.
 */
export function* snapshot(state: SessionsState): Generator<SessionRecord> {
  // Of the names as they are now: an entry that is set anew moves to the end of its map, and would be met for ever.
  for (const topic of [...state.retained.keys()]) {
    const packet = state.retained.get(topic)
    if (packet) yield { type: 'retain', packet }
  }
  for (const client of [...state.wills.keys()]) {
    const packet = state.wills.get(client)
    if (packet) yield { type: 'will', client, packet }
  }
  for (const id of [...state.sessions.keys()]) {
    const session = state.sessions.get(id)
    if (session?.kept) yield* recordsOf(session)
  }
}

function recordsOf(session: Session): SessionRecord[] {
  const client = session.id
  const records: SessionRecord[] = [{ type: 'session', client }]
  for (const [filter, qos] of session.filters) records.push({ type: 'subscribe', client, filter, qos })
  for (const [key, packet] of session.outgoing) {
    records.push({ type: 'queue', client, packet })
    if (packet.messageId !== undefined) records.push({ type: 'sent', client, key, messageId: packet.messageId })
  }
  for (const [messageId, taken] of session.incoming) if (taken) records.push({ type: 'open', client, messageId })
  return records
}
