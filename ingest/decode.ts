import { isAscii, isUtf8 } from 'node:buffer'
import type { Catalogue } from '../domain/catalogue.ts'
import { MAX_READINGS, type Reading, type Values } from '../domain/reading.ts'
import { type Refusal, refuse } from '../domain/refusal.ts'
import type { Kind } from '../domain/words.ts'
import { compileChecks, type Element, isElement } from './check.ts'
import { createExplainer } from './explain.ts'

/** A telemetry packet as it left the wire. */
export interface Packet {
  kind: Kind
  siteId: string
  /** Epoch ms. */
  receivedAt: number
  payload: Uint8Array
}

/** What a packet said. */
export interface Decoded {
  readings: Reading[]
  /** For each reading the index of its element in the payload; empty when the payload is one reading. */
  elements: number[]
  /** One for each element that was refused. */
  refusals: Refusal[]
}

export type Decode = (packet: Packet) => Decoded

const notUtf8 = refuse(
  'not-utf8',
  'Nội dung không phải UTF-8 hợp lệ. Hãy gửi JSON mã hoá UTF-8.',
  'The payload is not valid UTF-8. Send JSON in UTF-8.',
)
const notJson = refuse(
  'not-json',
  'Nội dung không phải JSON. Ví dụ đúng: {"m": {"mains": true}}',
  'The payload is not JSON. A good one: {"m": {"mains": true}}',
)
const nothing = refuse('empty', 'Nội dung trống: không có bản tin nào.', 'The payload is empty: it holds no reading.')
const noValues = (path: string | undefined): Refusal =>
  refuse('empty', 'Bản tin không có giá trị nào.', 'The reading has no values.', path)
const tooMany = (count: number): Refusal =>
  refuse(
    'too-many',
    `Có ${count} bản tin; mỗi gói tối đa ${MAX_READINGS}. Hãy chia nhỏ.`,
    `There are ${count} readings; a packet takes at most ${MAX_READINGS}. Split them.`,
  )

const refused = (refusal: Refusal): Decoded => ({ readings: [], elements: [], refusals: [refusal] })

/** `[3]`, or nothing for a payload that is a single reading. */
export const elementPath = (index: number): string => (index < 0 ? '' : `[${index}]`)

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The text, or undefined when it is not UTF-8. Most payloads are ASCII, which is copied without decoding. */
function textOf(bytes: Uint8Array): string | undefined {
  const buffer = asBuffer(bytes)
  if (isAscii(buffer)) return buffer.toString('latin1')
  return isUtf8(buffer) ? buffer.toString() : undefined
}

function holdsAny(values: Values): boolean {
  for (const _ in values) return true
  return false
}

function keep(into: Decoded, packet: Packet, index: number, ts: number, part: string, values: Values): void {
  if (!holdsAny(values)) return
  const { kind, siteId, receivedAt } = packet
  into.readings.push({ kind, siteId, part, ts, receivedAt, values })
  if (index >= 0) into.elements.push(index)
}

function keepParts(
  into: Decoded,
  packet: Packet,
  index: number,
  ts: number,
  parts: Record<string, Values> | undefined,
): void {
  for (const id in parts) {
    const values = parts[id]
    if (values && id !== '__proto__') keep(into, packet, index, ts, id, values)
  }
}

/** Turns a well-formed element into readings; false when there was no value in it. */
function unfold(into: Decoded, packet: Packet, index: number, element: Element): boolean {
  const before = into.readings.length
  const sent = element.ts ?? packet.receivedAt
  const ts = typeof sent === 'number' ? sent : Date.parse(sent)
  if (element.m) keep(into, packet, index, ts, '', element.m)
  keepParts(into, packet, index, ts, element.sectors)
  keepParts(into, packet, index, ts, element.links)
  return into.readings.length > before
}

/**
 * A decoder for the packets of every kind in a catalogue. It never throws: what is wrong comes back as
 * refusals, and every element of an array stands alone. The values of a reading are the parsed objects
 * themselves, not copies.
 */
export function createDecoder(catalogue: Catalogue): Decode {
  const checks = compileChecks(catalogue)
  const explain = createExplainer(catalogue)

  function decodeElement(into: Decoded, packet: Packet, index: number, value: unknown): void {
    let refusal: Refusal | undefined
    if (!isElement(value, checks[packet.kind])) refusal = explain(packet.kind, value, elementPath(index))
    else if (!unfold(into, packet, index, value)) refusal = noValues(elementPath(index) || undefined)
    if (refusal) into.refusals.push(refusal)
  }

  function decodeArray(into: Decoded, packet: Packet, values: unknown[]): void {
    if (values.length === 0) into.refusals.push(nothing)
    else if (values.length > MAX_READINGS) into.refusals.push(tooMany(values.length))
    else for (let i = 0; i < values.length; i++) decodeElement(into, packet, i, values[i])
  }

  return (packet) => {
    if (packet.payload.length === 0) return refused(nothing)
    const text = textOf(packet.payload)
    if (text === undefined) return refused(notUtf8)
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return refused(notJson)
    }
    const decoded: Decoded = { readings: [], elements: [], refusals: [] }
    if (Array.isArray(value)) decodeArray(decoded, packet, value)
    else decodeElement(decoded, packet, -1, value)
    return decoded
  }
}
