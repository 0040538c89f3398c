import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hold, mayHold, noSpans } from '../../store/history/spans.ts'

function holdAll(instants: readonly number[]) {
  const spans = noSpans()
  let doubted = 0
  for (const ts of instants) {
    if (mayHold(spans, ts)) doubted++
    else hold(spans, ts)
  }
  return { spans, doubted }
}

test('an instant that was held is never denied, however many came in whatever order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 })), (instants) => {
      const { spans } = holdAll(instants)
      for (const ts of instants) expect(mayHold(spans, ts)).toBe(true)
      expect(spans.from.length).toBeLessThanOrEqual(4)
      const bounds = spans.from.flatMap((from, i) => [from, spans.to[i] as number])
      expect(bounds).toEqual([...bounds].sort((a, b) => a - b))
    }),
  )
})

test('a past filled in while live readings arrive is known to be new, reading by reading', () => {
  const live = Array.from({ length: 500 }, (_, i) => 1_000_000 + i)
  const past = Array.from({ length: 500 }, (_, i) => i * 300)
  const mixed = live.flatMap((ts, i) => [ts, past[i] as number])
  expect(holdAll([...live.slice(0, 10), ...past]).doubted).toBe(0)
  expect(holdAll(mixed).doubted).toBe(0)
})

test('what a device kept during an outage is known to be new when it arrives after the first live reading', () => {
  const before = Array.from({ length: 100 }, (_, i) => i * 60)
  const kept = Array.from({ length: 100 }, (_, i) => 6000 + i * 60)
  expect(holdAll([...before, 12_000, 12_060, ...kept, 12_120]).doubted).toBe(0)
})
