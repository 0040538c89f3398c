import type { Position } from '../domain/inventory.ts'
import type { Bbox } from '../domain/live.ts'

/** Text without case and diacritics, so that `duong dong` finds `Dương Đông`. */
export const fold = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase().replace(/\s+/g, ' ').trim()

/** Does folded text hold every word of a folded question? */
export const matches = (text: string, words: readonly string[]): boolean => words.every((word) => text.includes(word))

/** Is a position inside `[west, south, east, north]`? West beyond east crosses the antimeridian (RFC 7946, 5.2). */
export function inside([west, south, east, north]: Bbox, { lon, lat }: Position): boolean {
  if (lat < south || lat > north) return false
  return west <= east ? lon >= west && lon <= east : lon >= west || lon <= east
}
