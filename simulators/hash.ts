/** Randomness without state: the same key and step give the same number, in any order and on any machine. */

/** A well-mixed 32-bit number from two (the finaliser of MurmurHash3 over their combination). */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  h ^= h >>> 16
  h = Math.imul(h ^ b, 0x27d4eb2f)
  return (h ^ (h >>> 15)) >>> 0
}

/** A 32-bit key of a text (FNV-1a, then mixed with the seed). */
export function keyOf(text: string, seed: number): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix(h, seed)
}

/** Uniform in [0, 1). */
export const unit = (key: number, step: number): number => mix(key, step) / 4_294_967_296

/** Uniform in [-1, 1). */
export const spread = (key: number, step: number): number => mix(key, step) / 2_147_483_648 - 1

/** Roughly normal with standard deviation 1 (sum of three uniforms, cut at ±3). */
export const bell = (key: number, step: number): number =>
  spread(key, step) + spread(key ^ 0x5bd1e995, step) + spread(key ^ 0x2545f491, step)

/** Smooth noise in [-1, 1): random at every `periodMs`, eased in between. */
export function wave(key: number, tMs: number, periodMs: number): number {
  const at = tMs / periodMs
  const step = Math.floor(at)
  const f = at - step
  const before = mix(key, step)
  const after = mix(key, step + 1)
  return (before + (after - before) * f * f * (3 - 2 * f)) / 2_147_483_648 - 1
}

/** Items in an order that the seed alone decides. */
export function shuffled<T>(items: readonly T[], id: (item: T) => string, seed: number): T[] {
  return items
    .map((item) => ({ item, id: id(item), key: keyOf(id(item), seed) }))
    .sort((x, y) => x.key - y.key || (x.id < y.id ? -1 : 1))
    .map((entry) => entry.item)
}
