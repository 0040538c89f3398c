import { describe, expect, it } from 'vitest'
import { formatView, parseView } from '../../web/address.ts'

const nothingKept = { theme: null, language: null }

describe('the address of a picture', () => {
  it('gives back every choice that was written into it', () => {
    const view = {
      site: 'B-AT-01',
      tab: 'charts',
      part: '4g-1',
      question: 'gành dầu & co',
      kinds: ['bts', 'fibre'],
      states: ['down', 'stale'],
      ward: 'an-thoi',
      inView: true,
      links: false,
      map: { lon: 104.0125, lat: 9.9635, zoom: 12.5 },
      theme: 'auto',
      language: 'en',
    } as const
    expect(parseView(formatView(view), nothingKept)).toEqual(view)
  })

  it('falls back to the default wherever it does not understand', () => {
    const view = parseView('?tab=nope&kinds=bts,ufo&states=on-fire&map=1/2&theme=pink&lang=fr', nothingKept)
    expect(view).toMatchObject({
      tab: 'overview',
      kinds: ['bts'],
      states: [],
      map: null,
      theme: 'dark',
      language: 'vi',
    })
  })

  it('prefers what it says to what this browser kept', () => {
    expect(parseView('?lang=vi', { theme: 'light', language: 'en' })).toMatchObject({ theme: 'light', language: 'vi' })
  })
})
