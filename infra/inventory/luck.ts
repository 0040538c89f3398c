/** Seeded chance: the same seed deals the same cards on every machine. */
export interface Luck {
  /** In [0, 1). */
  unit(): number
  between(low: number, high: number): number
  /** A whole number in [0, below). */
  below(count: number): number
  pick<T>(items: readonly T[]): T
  chance(probability: number): boolean
}

/** mulberry32: 32 bits of state are plenty for placing masts. */
export function createLuck(seed: number): Luck {
  let state = (seed * 0x9e3779b1) >>> 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (count: number) => Math.floor(unit() * count)
  return {
    unit,
    below,
    between: (low, high) => low + unit() * (high - low),
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    chance: (probability) => unit() < probability,
  }
}
