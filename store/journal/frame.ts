import { crc32 } from 'node:zlib'
import type { Kind } from '../../domain/words.ts'
import type { EntryType, JournalEntry, ReadEntry } from './port.ts'

/**
 * The journal on disk.
 *
 * An offset is a byte position in the whole log, a number that only rises. A journal folder holds:
 *
 * - `{offset of its first byte, 16 digits}.segment`: frames end to end, nothing else. A segment ends where the next
 *   one starts: bytes beyond that were never acknowledged and mean nothing (they follow a failed write). A segment
 *   that ends before the next one starts was followed by a loss; readers say so.
 * - `durable`: the offset up to which fsync has returned, see durable-end.ts.
 * - `consumer-{name}`: the offset that a consumer has committed, in decimal.
 * - `lock`: who writes, see lock.ts.
 *
 * A frame, little endian:
 *
 * | at | bytes | |
 * | --- | --- | --- |
 * | 0 | 4 | CRC-32 of all that follows in the frame |
 * | 4 | 4 | length of what follows this field |
 * | 8 | 1 | type: 1 telemetry, 2 status, 3 connection |
 * | 9 | 1 | kind of site: 1 bts, 2 fibre, 3 sensor, 4 service |
 * | 10 | 8 | receive time, float64, epoch ms |
 * | 18 | 1 | length of the site id |
 * | 19 | | the site id in ASCII, then the payload |
 *
 * The checksum covers the length, so neither a zeroed block nor a length cut in half passes for a frame.
 */
const PREFIX_BYTES = 8
const HEADER_BYTES = 19
/** Larger than any packet a broker should take; a length beyond it is taken for damage. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

const TYPE_CODES: Readonly<Record<EntryType, number>> = { telemetry: 1, status: 2, connection: 3 }
const KIND_CODES: Readonly<Record<Kind, number>> = { bts: 1, fibre: 2, sensor: 3, service: 4 }
const TYPES = invert(TYPE_CODES)
const KINDS = invert(KIND_CODES)

function invert<T extends string>(codes: Readonly<Record<T, number>>): readonly (T | undefined)[] {
  const words: (T | undefined)[] = []
  for (const word of Object.keys(codes) as T[]) words[codes[word]] = word
  return words
}

/** Bytes that an entry takes in the log. */
export const frameBytes = (entry: JournalEntry): number => HEADER_BYTES + entry.siteId.length + entry.payload.byteLength

/** Why an entry cannot become a frame; undefined when it can. */
export function frameProblem(entry: JournalEntry): string | undefined {
  const { siteId } = entry
  if (siteId.length > 255) return `a site id has at most 255 characters, not ${siteId.length}`
  for (let i = 0; i < siteId.length; i++) if (siteId.charCodeAt(i) > 0x7f) return `site id ${siteId} is not ASCII`
  const bytes = frameBytes(entry)
  return bytes > MAX_FRAME_BYTES ? `an entry of ${bytes} bytes exceeds ${MAX_FRAME_BYTES}` : undefined
}

/** Writes an entry at a position of a buffer that has room for it; `view` is over the same bytes. */
export function writeFrame(bytes: Uint8Array, view: DataView, at: number, entry: JournalEntry): number {
  const { siteId, payload } = entry
  const payloadAt = at + HEADER_BYTES + siteId.length
  const end = payloadAt + payload.byteLength
  view.setUint32(at + 4, end - at - PREFIX_BYTES, true)
  bytes[at + 8] = TYPE_CODES[entry.type]
  bytes[at + 9] = KIND_CODES[entry.kind]
  view.setFloat64(at + 10, entry.receivedAt, true)
  bytes[at + 18] = siteId.length
  for (let i = 0; i < siteId.length; i++) bytes[at + HEADER_BYTES + i] = siteId.charCodeAt(i)
  bytes.set(payload, payloadAt)
  view.setUint32(at, crc32(bytes.subarray(at + 4, end)), true)
  return end
}

/** The block ends inside the frame; how many bytes the frame has in all is told by `wantedBytes`. */
const INCOMPLETE = -1
const BAD = -2

/** Position after the frame that starts at `at`, or INCOMPLETE or BAD. */
function checkFrame(block: Buffer, at: number): number {
  if (at + PREFIX_BYTES > block.length) return INCOMPLETE
  const length = block.readUInt32LE(at + 4)
  if (length < HEADER_BYTES - PREFIX_BYTES || length > MAX_FRAME_BYTES - PREFIX_BYTES) return BAD
  const end = at + PREFIX_BYTES + length
  if (end > block.length) return INCOMPLETE
  return crc32(block.subarray(at + 4, end)) === block.readUInt32LE(at) ? end : BAD
}

/** How far a block can be read. */
export interface Scan {
  /** Position after the last whole frame. */
  end: number
  /** Does a damaged frame follow, rather than the end of the block? */
  bad: boolean
  /** Bytes of the frame that follows as far as known, so that a larger block can be read. */
  wantedBytes: number
}

function scanEnd(block: Buffer, end: number, bad: boolean): Scan {
  const known = !bad && end + PREFIX_BYTES <= block.length
  return { end, bad, wantedBytes: known ? PREFIX_BYTES + block.readUInt32LE(end + 4) : PREFIX_BYTES }
}

/** Finds the end of the whole, undamaged frames at the start of a block. */
export function scanFrames(block: Buffer): Scan {
  let at = 0
  for (;;) {
    const next = checkFrame(block, at)
    if (next < 0) return scanEnd(block, at, next === BAD)
    at = next
  }
}

/** Adds the entries of a block to `entries`; their payloads are views of the block. */
export function readFrames(block: Buffer, blockOffset: number, entries: ReadEntry[]): Scan {
  let at = 0
  for (;;) {
    const next = checkFrame(block, at)
    if (next < 0) return scanEnd(block, at, next === BAD)
    const payloadAt = at + HEADER_BYTES + (block[at + 18] as number)
    const type = TYPES[block[at + 8] as number]
    const kind = KINDS[block[at + 9] as number]
    if (type === undefined || kind === undefined || payloadAt > next) return scanEnd(block, at, true)
    entries.push({
      type,
      kind,
      siteId: block.toString('latin1', at + HEADER_BYTES, payloadAt),
      receivedAt: block.readDoubleLE(at + 10),
      payload: block.subarray(payloadAt, next),
      next: blockOffset + next,
    })
    at = next
  }
}
