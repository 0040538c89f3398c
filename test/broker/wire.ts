import net from 'node:net'

/** MQTT packets as bytes, right and wrong ones, for raw sockets. */

const u16 = (n: number) => Buffer.from([n >> 8, n & 255])
export const field = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([u16(bytes.length), bytes])
}

export function remaining(length: number): Buffer {
  const out: number[] = []
  do {
    const byte = length & 127
    length >>= 7
    out.push(length > 0 ? byte | 128 : byte)
  } while (length > 0)
  return Buffer.from(out)
}

export const packet = (first: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([first]), remaining(body.length), body])
}

export interface Connect {
  clientId?: string | Buffer
  username?: string | Buffer
  password?: string
  clean?: boolean
  keepalive?: number
  name?: string
  level?: number
  will?: { topic: string | Buffer; payload: string; qos?: number; retain?: boolean }
  /** Overrides the flags byte. */
  flags?: number
}

export function connect(o: Connect = {}): Buffer {
  let flags = o.clean === false ? 0 : 2
  const payload = [field(o.clientId ?? 'c1')]
  if (o.will) {
    flags |= 4 | ((o.will.qos ?? 0) << 3) | (o.will.retain ? 32 : 0)
    payload.push(field(o.will.topic), field(o.will.payload))
  }
  if (o.username !== undefined) {
    flags |= 128
    payload.push(field(o.username))
  }
  if (o.password !== undefined) {
    flags |= 64
    payload.push(field(o.password))
  }
  return packet(
    0x10,
    field(o.name ?? 'MQTT'),
    Buffer.from([o.level ?? 4, o.flags ?? flags]),
    u16(o.keepalive ?? 60),
    ...payload,
  )
}

export interface Publish {
  qos?: 0 | 1 | 2
  id?: number
  dup?: boolean
  retain?: boolean
}

export const publish = (topic: string | Buffer, payload: string | Buffer, o: Publish = {}): Buffer => {
  const qos = o.qos ?? 0
  const first = 0x30 | (o.dup ? 8 : 0) | (qos << 1) | (o.retain ? 1 : 0)
  return packet(first, field(topic), ...(qos > 0 ? [u16(o.id ?? 1)] : []), Buffer.from(payload as string))
}

export const subscribe = (id: number, ...filters: [string | Buffer, number][]): Buffer =>
  packet(0x82, u16(id), ...filters.flatMap(([filter, qos]) => [field(filter), Buffer.from([qos])]))

export const unsubscribe = (id: number, ...filters: (string | Buffer)[]): Buffer =>
  packet(0xa2, u16(id), ...filters.map(field))

export const puback = (id: number): Buffer => packet(0x40, u16(id))
export const pubrec = (id: number): Buffer => packet(0x50, u16(id))
export const pubrel = (id: number): Buffer => packet(0x62, u16(id))
export const pubcomp = (id: number): Buffer => packet(0x70, u16(id))
export const pingreq = packet(0xc0)
export const disconnect = packet(0xe0)

/** A packet as it came from the broker. */
export interface Received {
  type: number
  first: number
  body: Buffer
}

export interface Peer {
  send(bytes: Buffer): void
  /** The next packet; rejects when the connection ends before it comes. */
  next(): Promise<Received>
  /** Resolves once the broker has ended the connection. */
  ended: Promise<void>
  socket: net.Socket
  close(): void
}

/** A raw connection that understands just enough to read packets. */
export async function dial(port: number): Promise<Peer> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const packets: Received[] = []
  const waiting: { resolve: (p: Received) => void; reject: (e: Error) => void }[] = []
  let buffered = Buffer.alloc(0)
  let over = false
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk])
    for (;;) {
      const found = cut(buffered)
      if (!found) return
      buffered = buffered.subarray(found.end)
      const waiter = waiting.shift()
      if (waiter) waiter.resolve(found.packet)
      else packets.push(found.packet)
    }
  })
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      over = true
      for (const waiter of waiting.splice(0)) waiter.reject(new Error('the connection ended'))
      resolve()
    })
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('close', () => reject(new Error('refused')))
  })
  return {
    send: (bytes) => socket.write(bytes),
    next() {
      const ready = packets.shift()
      if (ready) return Promise.resolve(ready)
      if (over) return Promise.reject(new Error('the connection ended'))
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    ended,
    socket,
    close: () => socket.destroy(),
  }
}

function cut(bytes: Buffer): { packet: Received; end: number } | undefined {
  let length = 0
  for (let i = 1; i < bytes.length && i < 5; i++) {
    const byte = bytes[i] as number
    length += (byte & 127) << (7 * (i - 1))
    if (byte >= 128) continue
    const end = i + 1 + length
    if (bytes.length < end) return undefined
    const first = bytes[0] as number
    return { packet: { type: first >> 4, first, body: bytes.subarray(i + 1, end) }, end }
  }
  return undefined
}
