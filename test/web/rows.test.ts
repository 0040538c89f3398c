import { describe, expect, it } from 'vitest'
import { createNetwork } from '../../web/network.ts'
import { type Filter, listRows, newcomers } from '../../web/rows.ts'

const ALL: Filter = { kinds: [], states: [], ward: null, question: '', inView: false }
const T0 = Date.parse('2026-11-24T00:00:00Z')

const site = (id: string, more: object = {}) => ({
  geometry: { coordinates: [104, 10.2] },
  properties: { id, kind: 'bts' as const, name: id, ward: 'an-thoi', state: 'ok' as const, since: T0, ...more },
})

function networkOf(...features: ReturnType<typeof site>[]) {
  const network = createNetwork()
  network.load(features)
  return network
}

describe('the list', () => {
  it('puts the worst first, and the backbone before what hangs on it', () => {
    const network = networkOf(
      site('ok'),
      site('unknown', { state: 'unknown' }),
      site('mast', { state: 'down', since: T0 + 5000 }),
      site('node', { state: 'down', kind: 'fibre', since: T0 }),
      site('hot', { state: 'degraded' }),
      site('late', { state: 'stale' }),
    )
    expect(listRows(network.sites.values(), ALL, null)).toEqual(['node', 'mast', 'hot', 'late', 'unknown', 'ok'])
  })

  it('finds Gành Dầu without its diacritics', () => {
    const network = networkOf(site('B-1', { name: 'Gành Dầu 01' }), site('B-2', { name: 'Đá Chồng' }))
    expect(listRows(network.sites.values(), { ...ALL, question: 'GANH dau' }, null)).toEqual(['B-1'])
    expect(listRows(network.sites.values(), { ...ALL, question: 'da chong' }, null)).toEqual(['B-2'])
  })

  it('shows only what the map shows, when asked', () => {
    const network = networkOf(site('here'))
    const inView = { ...ALL, inView: true }
    expect(listRows(network.sites.values(), inView, [103.9, 10, 104.1, 10.3])).toEqual(['here'])
    expect(listRows(network.sites.values(), inView, [103.9, 10, 103.95, 10.3])).toEqual([])
  })

  it('counts the faults that wait while the order is held', () => {
    const network = networkOf(site('a', { state: 'down' }), site('b'), site('c'))
    const held = listRows(network.sites.values(), ALL, null)
    network.apply([{ id: 'c', state: 'down', at: T0, values: {} }], T0)
    const fresh = listRows(network.sites.values(), ALL, null)
    expect(newcomers(held, fresh, (id) => network.sites.get(id)?.state)).toBe(1)
    expect(newcomers(fresh, fresh, (id) => network.sites.get(id)?.state)).toBe(0)
  })
})

describe('the network', () => {
  it('shows a site as stale once its due time has passed, though nobody says so', () => {
    const network = networkOf(site('a', { interval_s: 60 }))
    network.apply([{ id: 'a', state: 'ok', at: T0, values: {} }], T0)
    network.age(T0 + 150_000)
    expect(network.sites.get('a')?.state).toBe('ok')
    network.age(T0 + 150_001)
    expect(network.sites.get('a')?.state).toBe('stale')
    network.apply([{ id: 'a', state: 'ok', at: T0 + 160_000, values: {} }], T0 + 160_000)
    expect(network.sites.get('a')?.state).toBe('ok')
  })

  it('tells which sites changed state, and only those', () => {
    const network = networkOf(site('a'), site('b'))
    const told: string[][] = []
    network.onChange((ids) => told.push([...ids]))
    const change = (id: string, state: 'ok' | 'down') => ({ id, state, at: T0, values: {} })
    network.apply([change('a', 'down'), change('b', 'ok'), change('nobody', 'down')], T0)
    expect(told).toEqual([['a']])
    expect(network.counts()).toMatchObject({ down: 1, ok: 1 })
  })
})
