import { isUtf8 } from 'node:buffer'

/**
 * What MQTT 3.1.1 forbids in a packet from a client, judged on the bytes. The broker library parses
 * more leniently, so a packet comes past here first. Pure; no allocation unless something is wrong.
 */

export interface Fault {
  code: 'too-large' | 'protocol'
  /** In English, for the log; the clause where there is one. */
  detail: string
  /** CONNACK return code that the standard asks for before the connection ends. */
  returnCode?: 1 | 2
}

const broken = (detail: string): Fault => ({ code: 'protocol', detail })

export const CONNECT = 1
const PUBLISH = 3
const PUBACK = 4
const PUBREC = 5
const PUBREL = 6
const PUBCOMP = 7
const SUBSCRIBE = 8
const UNSUBSCRIBE = 10
const PINGREQ = 12
const DISCONNECT = 14

const FAULTS = {
  type: broken('a packet type that no client may send'),
  flags: broken('reserved flag bits [MQTT-2.2.2-1]'),
  qos3: broken('PUBLISH with both QoS bits set [MQTT-3.3.1-4]'),
  dup0: broken('PUBLISH with DUP and QoS 0 [MQTT-3.3.1-2]'),
  id0: broken('packet identifier 0 [MQTT-2.3.1-1]'),
  length: broken('a remaining length that does not fit its packet'),
  text: broken('a string that is cut short, not UTF-8 or holds U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2]'),
  topic: broken('an empty topic or one with wildcards [MQTT-4.7.3-1] [MQTT-3.3.2-2]'),
  filter: broken('a malformed topic filter [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1]'),
  noFilter: broken('SUBSCRIBE or UNSUBSCRIBE without a filter [MQTT-3.8.3-3] [MQTT-3.10.3-2]'),
  filterQos: broken('SUBSCRIBE with reserved bits or QoS 3 [MQTT-3-8.3-4]'),
  name: broken('an unknown protocol name [MQTT-3.1.2-1]'),
  connectFlags: broken('CONNECT flags that contradict one another [MQTT-3.1.2-3] [MQTT-3.1.2-11..15] [MQTT-3.1.2-22]'),
  level: { code: 'protocol', detail: 'a protocol level other than 3.1 and 3.1.1 [MQTT-3.1.2-2]', returnCode: 1 },
  clientId: {
    code: 'protocol',
    detail: 'a client identifier that is empty with a kept session, or too long for MQTT 3.1 [MQTT-3.1.3-8]',
    returnCode: 2,
  },
} satisfies Record<string, Fault>

/** Flag bits that each packet type must carry [MQTT-2.2.2-1]; -1: no client may send it. PUBLISH has its own. */
const FLAGS = [-1, 0, -1, 0, 0, 0, 2, 0, 2, -1, 2, -1, 0, -1, 0, -1]

/** Judges the first byte of a packet. */
export function checkHeader(first: number): Fault | null {
  const type = first >> 4
  if (type === PUBLISH) {
    const qos = (first >> 1) & 3
    if (qos === 3) return FAULTS.qos3
    return qos === 0 && (first & 8) !== 0 ? FAULTS.dup0 : null
  }
  const flags = FLAGS[type] as number
  if (flags < 0) return FAULTS.type
  return (first & 15) === flags ? null : FAULTS.flags
}

/** Judges what follows the fixed header of a whole packet, from `at` to `end`. */
export function checkBody(bytes: Buffer, first: number, at: number, end: number): Fault | null {
  switch (first >> 4) {
    case PUBLISH:
      return checkPublish(bytes, first, at, end)
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      return end - at === 2 ? checkId(bytes, at) : FAULTS.length
    case SUBSCRIBE:
      return checkFilters(bytes, at, end, true)
    case UNSUBSCRIBE:
      return checkFilters(bytes, at, end, false)
    case PINGREQ:
    case DISCONNECT:
      return at === end ? null : FAULTS.length
    default:
      return checkConnect(bytes, at, end)
  }
}

const checkId = (bytes: Buffer, at: number): Fault | null =>
  bytes[at] === 0 && bytes[at + 1] === 0 ? FAULTS.id0 : null

const lengthAt = (bytes: Buffer, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

/** End of the binary field at `at`, or -1 when it is cut short. */
function fieldEnd(bytes: Buffer, at: number, end: number): number {
  if (at + 2 > end) return -1
  const stop = at + 2 + lengthAt(bytes, at)
  return stop > end ? -1 : stop
}

/** End of the string at `at`, or -1 when it is cut short, not UTF-8 or holds U+0000. */
function textEnd(bytes: Buffer, at: number, end: number): number {
  const stop = fieldEnd(bytes, at, end)
  let ascii = true
  for (let i = at + 2; i < stop; i++) {
    const byte = bytes[i] as number
    if (byte === 0) return -1
    if (byte > 127) ascii = false
  }
  return ascii || isUtf8(bytes.subarray(at + 2, stop)) ? stop : -1
}

/** Is the text between the offsets a topic name: not empty, no `+` and no `#`? */
function isTopic(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] === 35 || bytes[i] === 43) return false
  return to > from
}

/** Is the text between the offsets a topic filter? `#` stands alone in the last level, `+` alone in any. */
function isFilterText(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    if (byte !== 35 && byte !== 43) continue
    if (i > from && bytes[i - 1] !== 47) return false
    if (byte === 35 ? i !== to - 1 : i !== to - 1 && bytes[i + 1] !== 47) return false
  }
  return to > from
}

function checkPublish(bytes: Buffer, first: number, at: number, end: number): Fault | null {
  const topicEnd = textEnd(bytes, at, end)
  if (topicEnd < 0) return FAULTS.text
  if (!isTopic(bytes, at + 2, topicEnd)) return FAULTS.topic
  if ((first & 6) === 0) return null
  return topicEnd + 2 > end ? FAULTS.length : checkId(bytes, topicEnd)
}

function checkFilters(bytes: Buffer, at: number, end: number, withQos: boolean): Fault | null {
  if (end - at < 2) return FAULTS.length
  if (checkId(bytes, at)) return FAULTS.id0
  if (end - at === 2) return FAULTS.noFilter
  for (let next = at + 2; next < end; ) {
    const stop = textEnd(bytes, next, end)
    if (stop < 0) return FAULTS.text
    if (!isFilterText(bytes, next + 2, stop)) return FAULTS.filter
    next = stop
    if (!withQos) continue
    if (next >= end) return FAULTS.length
    if ((bytes[next] as number) > 2) return FAULTS.filterQos
    next += 1
  }
  return null
}

function checkConnect(bytes: Buffer, at: number, end: number): Fault | null {
  const nameEnd = textEnd(bytes, at, end)
  if (nameEnd < 0) return FAULTS.text
  const name = bytes.toString('latin1', at + 2, nameEnd)
  if (name !== 'MQTT' && name !== 'MQIsdp') return FAULTS.name
  const level = bytes[nameEnd]
  // Before anything else of the packet is read: a later level lays it out differently.
  if (level !== (name === 'MQTT' ? 4 : 3)) return FAULTS.level
  if (nameEnd + 4 > end) return FAULTS.length
  const flags = bytes[nameEnd + 1] as number
  if (!flagsAgree(flags)) return FAULTS.connectFlags
  return checkConnectPayload(bytes, nameEnd + 4, end, flags, level)
}

function flagsAgree(flags: number): boolean {
  if ((flags & 1) !== 0) return false
  const willQos = (flags >> 3) & 3
  if ((flags & 4) === 0 ? willQos !== 0 || (flags & 32) !== 0 : willQos === 3) return false
  return (flags & 128) !== 0 || (flags & 64) === 0
}

function checkConnectPayload(bytes: Buffer, at: number, end: number, flags: number, level: number): Fault | null {
  const idEnd = textEnd(bytes, at, end)
  if (idEnd < 0) return FAULTS.text
  const idBytes = idEnd - at - 2
  if (level === 3 ? idBytes === 0 || idBytes > 23 : idBytes === 0 && (flags & 2) === 0) return FAULTS.clientId
  if ((flags & 4) === 0) return checkCredentials(bytes, idEnd, end, flags)
  const topicEnd = textEnd(bytes, idEnd, end)
  if (topicEnd < 0) return FAULTS.text
  if (!isTopic(bytes, idEnd + 2, topicEnd)) return FAULTS.topic
  const willEnd = fieldEnd(bytes, topicEnd, end)
  return willEnd < 0 ? FAULTS.length : checkCredentials(bytes, willEnd, end, flags)
}

function checkCredentials(bytes: Buffer, at: number, end: number, flags: number): Fault | null {
  let next = at
  if ((flags & 128) !== 0) next = textEnd(bytes, next, end)
  if (next < 0) return FAULTS.text
  if ((flags & 64) !== 0) next = fieldEnd(bytes, next, end)
  return next === end ? null : FAULTS.length
}
