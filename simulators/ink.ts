/**
 * Bytes in the making. Payloads are written byte by byte into one buffer that is used again: strings would
 * cost more than all signals together, and their garbage as much once more.
 */
export interface Ink {
  bytes: Buffer
  at: number
}

/** No single reading is longer. A mast of 12 directions on 8 layers stays far below. */
export const MAX_READING_BYTES = 65_536

export const createInk = (capacity = 2 * MAX_READING_BYTES): Ink => ({ bytes: Buffer.allocUnsafeSlow(capacity), at: 0 })

/** Text that is written often, as bytes. ASCII only: ids and metric names are. */
export const stamp = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

/** Writes a stamp, from its `skip`th byte on. A loop, as these are short. */
export function press(ink: Ink, piece: Uint8Array, skip = 0): void {
  const { bytes } = ink
  let { at } = ink
  for (let i = skip; i < piece.length; i++) bytes[at++] = piece[i] as number
  ink.at = at
}

/** Writes one ASCII character. */
export function dot(ink: Ink, code: number): void {
  ink.bytes[ink.at++] = code
}

/** Writes any ASCII text. */
export function write(ink: Ink, text: string): void {
  for (let i = 0; i < text.length; i++) ink.bytes[ink.at++] = text.charCodeAt(i)
}

/** Makes room for one more reading. */
export function ensureRoom(ink: Ink): void {
  if (ink.bytes.length - ink.at >= MAX_READING_BYTES) return
  const larger = Buffer.allocUnsafeSlow(2 * ink.bytes.length)
  ink.bytes.copy(larger, 0, 0, ink.at)
  ink.bytes = larger
}

export const COMMA = 44
export const CLOSE = 125
