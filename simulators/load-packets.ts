/** MQTT 3.1.1 packets as bytes, laid out once and patched in place. */

/** One PUBLISH, and where in it its packet id and the digits of its `ts` stand. */
export interface PublishTemplate {
  bytes: Buffer
  /** -1 for QoS 0. */
  idAt: number
  /** -1 when the payload carries no `"ts":` of 13 digits. */
  tsAt: number
}

const field = (text: string | Buffer): Buffer => {
  const body = Buffer.from(text as string)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(body.length)
  return Buffer.concat([length, body])
}

/** Remaining length, MQTT 3.1.1 §2.2.3. */
function remainingLength(length: number): Buffer {
  const bytes: number[] = []
  let left = length
  do {
    const low = left % 128
    left = Math.floor(left / 128)
    bytes.push(left > 0 ? low | 128 : low)
  } while (left > 0)
  return Buffer.from(bytes)
}

const packet = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type]), remainingLength(body.length), body])

/** CONNECT with a clean session and no keep-alive, §3.1. */
export function connectPacket(o: {
  clientId: string
  username?: string | undefined
  password?: string | undefined
}): Buffer {
  const flags = 0x02 | (o.username === undefined ? 0 : 0x80) | (o.password === undefined ? 0 : 0x40)
  const parts = [field('MQTT'), Buffer.from([4, flags, 0, 0]), field(o.clientId)]
  if (o.username !== undefined) parts.push(field(o.username))
  if (o.password !== undefined) parts.push(field(o.password))
  return packet(0x10, Buffer.concat(parts))
}

export const DISCONNECT_PACKET = Buffer.from([0xe0, 0])

/** PUBLISH, §3.3. */
export function publishTemplate(topic: string, payload: string, qos: 0 | 1): PublishTemplate {
  const head = qos === 0 ? field(topic) : Buffer.concat([field(topic), Buffer.alloc(2)])
  const body = Buffer.from(payload)
  const bytes = packet(0x30 | (qos << 1), Buffer.concat([head, body]))
  const bodyAt = bytes.length - body.length
  const found = /"ts":\d{13}(?!\d)/.exec(payload)
  const tsAt = found ? bodyAt + Buffer.byteLength(payload.slice(0, found.index)) + '"ts":'.length : -1
  return { bytes, idAt: qos === 0 ? -1 : bodyAt - 2, tsAt }
}
