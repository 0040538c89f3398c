import { describe, expect, it } from 'vitest'
import type { SiteState } from '../../domain/words.ts'
import { createLinkStates } from '../../web/link-states.ts'
import { createNetwork } from '../../web/network.ts'

const T0 = Date.parse('2026-11-24T00:00:00Z')

const listed = (id: string, state: SiteState = 'ok') => ({
  geometry: { coordinates: [104, 10.2] },
  properties: { id, kind: 'bts' as const, name: id, ward: null, state, since: T0 - 60_000, interval_s: 60 },
})
const said = (id: string, state: SiteState, at: number | null = T0) => ({ id, state, at, values: {} })

describe('a list of sites', () => {
  it('that was on its way does not take back what the feed said meanwhile', () => {
    const network = createNetwork()
    network.load([listed('mast'), listed('other', 'down')])
    const asked = network.frame()
    network.apply([said('mast', 'down')], T0 + 1000)
    network.load([listed('mast'), listed('other')], asked)
    expect(network.sites.get('mast')).toMatchObject({ reported: 'down', state: 'down', since: T0 + 1000, at: T0 })
    expect(network.sites.get('other')).toMatchObject({ state: 'ok', since: T0 - 60_000 })
    network.age(T0 + 3_600_000)
    expect(network.sites.get('mast')?.state).toBe('down')
  })

  it('that was asked for after the feed spoke is the newer of the two', () => {
    const network = createNetwork()
    network.apply([said('mast', 'down')], T0)
    network.load([listed('mast')])
    expect(network.sites.get('mast')).toMatchObject({ state: 'ok', since: T0 - 60_000, at: T0 })
  })

  it('may come after the feed, and may name sites that the feed told first', () => {
    const network = createNetwork()
    const asked = network.frame()
    network.apply([said('mast', 'down')], T0)
    network.apply([said('silent', 'ok', T0 - 3_600_000)], T0)
    network.load([listed('mast'), listed('silent')], asked)
    expect(network.counts()).toMatchObject({ down: 1, stale: 1, ok: 0 })
    network.apply([said('new', 'degraded')], T0 + 500)
    network.load([listed('mast'), listed('new')])
    expect(network.sites.get('new')).toMatchObject({ state: 'ok', at: T0 })
  })
})

describe('a list of links', () => {
  it('that was on its way does not take back what the feed said meanwhile', () => {
    const links = createLinkStates()
    const first = links.change()
    links.apply('early', 'down')
    links.load(
      [
        { id: 'early', state: 'up' },
        { id: 'quiet', state: 'up' },
      ],
      first,
    )
    expect([links.get('early'), links.get('quiet'), links.get('nobody')]).toEqual(['down', 'up', undefined])
    links.load(
      [
        { id: 'early', state: 'up' },
        { id: 'quiet', state: 'degraded' },
      ],
      links.change(),
    )
    expect([links.get('early'), links.get('quiet')]).toEqual(['up', 'degraded'])
  })
})
