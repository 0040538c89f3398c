import { describe, expect, it } from 'vitest'
import { bucketMs, toDrawing } from '../../web/panel/series-query.ts'

const MINUTE = 60_000
const FIVE = 5 * MINUTE

/** Five-minute buckets from 0; null: no reading. */
function series(values: (number | null)[]) {
  const t = values.map((_, at) => at * FIVE)
  const count = values.map((value) => (value === null ? 0 : 1))
  return { metric: 'm', unit: 'V', bucket: '5m', t, mean: values, min: values, max: values, count }
}

describe('a chart', () => {
  it('never joins the two sides of an empty bucket of a site that reports every minute', () => {
    const drawing = toDrawing(series([1, 2, null, 3, 4]), 2.5 * MINUTE, 0, 5 * FIVE)
    expect(drawing.gaps).toEqual([{ fromMs: 2 * FIVE, toMs: 3 * FIVE }])
    expect(drawing.mean).toEqual([1, 2, null, 3, 4])
  })

  it('joins neighbours while no reading was due between them', () => {
    const drawing = toDrawing(series([1, null, 2, null, 3]), 12.5 * MINUTE, 0, 5 * FIVE)
    expect(drawing.gaps).toEqual([])
    expect(drawing.mean).toEqual([1, 2, 3])
  })

  it('marks what is missing at either end', () => {
    const drawing = toDrawing(series([null, null, 1, null, null, null]), 2.5 * MINUTE, 0, 6 * FIVE)
    expect(drawing.gaps).toEqual([
      { fromMs: 0, toMs: 2 * FIVE },
      { fromMs: 3 * FIVE, toMs: 6 * FIVE },
    ])
    expect(drawing.count).toBe(1)
  })

  it('has nothing but a gap where there are no numbers', () => {
    const drawing = toDrawing(series([null, null]), 2.5 * MINUTE, 0, 2 * FIVE)
    expect(drawing.count).toBe(0)
    expect(drawing.gaps).toEqual([{ fromMs: 0, toMs: 2 * FIVE }])
  })

  it('knows the widths that the API writes', () => {
    expect(['10s', '5m', '1h', '1d', '250ms', 'raw'].map(bucketMs)).toEqual([
      10_000,
      FIVE,
      3_600_000,
      86_400_000,
      250,
      0,
    ])
  })
})
