/** Numbers as ASCII digits, straight into bytes: printing through strings costs several times as much. */

const ZERO = 48
const MINUS = 45
const POINT = 46
export const TS_DIGITS = 13

/** Writes the 13 digits of an epoch ms between 2001 and 2286. */
export function writeTs(bytes: Uint8Array, at: number, ts: number): void {
  // Two halves, as integers of 32 bits divide much faster.
  const high = Math.floor(ts / 1e7)
  writeDigits(bytes, at, 6, high)
  writeDigits(bytes, at + 6, TS_DIGITS - 6, ts - high * 1e7)
}

function writeDigits(bytes: Uint8Array, at: number, count: number, value: number): void {
  let left = value | 0
  for (let i = at + count - 1; i >= at; i--) {
    const next = (left / 10) | 0
    bytes[i] = ZERO + left - next * 10
    left = next
  }
}

function countDigits(value: number): number {
  if (value < 10) return 1
  if (value < 100) return 2
  if (value < 1000) return 3
  let count = 4
  for (let limit = 10_000; value >= limit; limit *= 10) count++
  return count
}

/**
 * Writes `steps` / 10^`decimals`; no point when it is whole. `steps` is an integer of less than 2^31.
 * Returns the position after it.
 */
export function writeDecimal(bytes: Uint8Array, start: number, steps: number, scale: number, decimals: number): number {
  let at = start
  let left = steps | 0
  if (left < 0) {
    bytes[at++] = MINUS
    left = -left
  }
  const whole = (left / scale) | 0
  const count = countDigits(whole)
  writeDigits(bytes, at, count, whole)
  at += count
  const fraction = left - whole * scale
  if (fraction === 0) return at
  bytes[at++] = POINT
  writeDigits(bytes, at, decimals, fraction)
  return at + decimals
}
