import { describe, expect, it } from 'vitest'
import type { FeedSite } from '../../domain/live.ts'
import type { Latest, SiteDetail } from '../../web/fetch.ts'
import { withChange } from '../../web/panel/site-query.ts'

const NOW = Date.parse('2026-11-24T00:00:00Z')
const DAY_MS = 86_400_000

const detailOf = (latest: Latest): SiteDetail => ({
  id: 'fn-1',
  kind: 'fibre',
  name: 'Nút quang',
  state: 'ok',
  at: NOW - 60_000,
  due_after_s: 90,
  sectors: [],
  links: [{ id: 'span-1', kind: 'span', a: 'fn-1', b: 'fn-2', other: 'fn-2', state: 'up', latest }],
  latest,
  position: [104, 10.2],
})
const change = (more: Partial<FeedSite>): FeedSite => ({ id: 'fn-1', state: 'ok', at: NOW, values: {}, ...more })

describe('what the feed says of an open site', () => {
  it('leaves an old value as old as it is, at the site and at its parts', () => {
    const site = detailOf({ temp_c: { value: 31, at: NOW - DAY_MS } })
    const times = { temp_c: NOW - DAY_MS, 'span-1/temp_c': NOW - DAY_MS }
    const after = withChange(site, change({ values: { temp_c: 31, 'span-1/temp_c': 31, mains: true }, times }))
    expect(after.latest).toEqual({ temp_c: { value: 31, at: NOW - DAY_MS }, mains: { value: true, at: NOW } })
    expect(after.links[0]?.latest).toEqual({ temp_c: { value: 31, at: NOW - DAY_MS } })
    expect(after.at).toBe(NOW)
  })

  it('does not bring back what has been replaced since', () => {
    const site = detailOf({ temp_c: { value: 31, at: NOW - 1000 } })
    const late = change({ values: { temp_c: 12 }, times: { temp_c: NOW - DAY_MS } })
    expect(withChange(site, late).latest).toEqual({ temp_c: { value: 31, at: NOW - 1000 } })
    const corrected = change({ values: { temp_c: 32 }, times: { temp_c: NOW - 1000 } })
    expect(withChange(site, corrected).latest).toEqual({ temp_c: { value: 32, at: NOW - 1000 } })
  })
})
