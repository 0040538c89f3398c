import { create } from 'zustand'
import { KINDS, type Kind, SITE_STATES, type SiteState } from '../domain/words.ts'
import { LANGUAGES, type Language } from './i18n.ts'

/** What is chosen on the page. The URL is its only home, so that every picture can be shared as a link. */
export interface View {
  /** Id of the open site. */
  site: string | null
  tab: Tab
  /** Sector or link whose charts are open; `''`: the site itself. */
  part: string
  question: string
  /** Empty: all. */
  kinds: readonly Kind[]
  /** Empty: all. */
  states: readonly SiteState[]
  ward: string | null
  /** Does the list show only what the map shows? */
  inView: boolean
  /** Are spans and hops drawn? */
  links: boolean
  /** Centre in degrees and zoom; null: the whole island. */
  map: { lon: number; lat: number; zoom: number } | null
  theme: Theme
  language: Language
}

export const TABS = ['overview', 'charts', 'parts', 'neighbours'] as const
export type Tab = (typeof TABS)[number]
export const THEMES = ['dark', 'light', 'auto'] as const
export type Theme = (typeof THEMES)[number]

const oneOf = <T extends string>(allowed: readonly T[], text: string | null, otherwise: T): T =>
  allowed.find((word) => word === text) ?? otherwise

function listOf<T extends string>(allowed: readonly T[], text: string | null): T[] {
  const asked = (text ?? '').split(',')
  return allowed.filter((word) => asked.includes(word))
}

function parseMap(text: string | null): View['map'] {
  const [zoom, lat, lon] = (text ?? '').split('/').map(Number)
  if (zoom === undefined || lat === undefined || lon === undefined) return null
  return Number.isFinite(zoom + lat + lon) && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { zoom, lat, lon } : null
}

/** Reads a view from a query string; whatever is not understood falls back to its default. */
export function parseView(query: string, kept: { theme: string | null; language: string | null }): View {
  const asked = new URLSearchParams(query)
  return {
    site: asked.get('s') || null,
    tab: oneOf(TABS, asked.get('tab'), 'overview'),
    part: asked.get('part') ?? '',
    question: asked.get('q') ?? '',
    kinds: listOf(KINDS, asked.get('kinds')),
    states: listOf(SITE_STATES, asked.get('states')),
    ward: asked.get('ward') || null,
    inView: asked.get('view') === 'map',
    links: asked.get('links') !== 'off',
    map: parseMap(asked.get('map')),
    theme: oneOf(THEMES, asked.get('theme') ?? kept.theme, 'dark'),
    language: oneOf(LANGUAGES, asked.get('lang') ?? kept.language, 'vi'),
  }
}

/** Writes a view as a query string; defaults are left out, theme and language always stand in it. */
export function formatView(view: View): string {
  const said: [string, string | false | null][] = [
    ['s', view.site],
    ['tab', view.site !== null && view.tab !== 'overview' && view.tab],
    ['part', view.site !== null && view.part],
    ['q', view.question],
    ['kinds', view.kinds.join(',')],
    ['states', view.states.join(',')],
    ['ward', view.ward],
    ['view', view.inView && 'map'],
    ['links', !view.links && 'off'],
    ['map', view.map && `${view.map.zoom.toFixed(2)}/${view.map.lat.toFixed(4)}/${view.map.lon.toFixed(4)}`],
    ['theme', view.theme],
    ['lang', view.language],
  ]
  const query = said
    .filter((pair): pair is [string, string] => Boolean(pair[1]))
    .map(([key, value]) => `${key}=${encodeURIComponent(value).replace(/%2C/g, ',').replace(/%2F/g, '/')}`)
  return `?${query.join('&')}`
}

const kept = () => ({ theme: localStorage.getItem('pq.theme'), language: localStorage.getItem('pq.lang') })

export const useView = create<View>(() => parseView(location.search, kept()))

/** A step that Back undoes: opening or closing a site. Everything else replaces the address. */
const isStep = (before: View, after: View) => before.site !== after.site

/** Changes what is chosen, and the address with it. */
export function setView(change: Partial<View>): void {
  const before = useView.getState()
  const opened = change.site !== undefined && change.site !== before.site
  useView.setState(opened ? { part: '', ...change } : change)
  const after = useView.getState()
  localStorage.setItem('pq.theme', after.theme)
  localStorage.setItem('pq.lang', after.language)
  const address = location.pathname + formatView(after)
  if (isStep(before, after)) history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}

/** Follows Back and Forward until the returned function is called. */
export function followHistory(): () => void {
  const follow = () => useView.setState(parseView(location.search, kept()))
  addEventListener('popstate', follow)
  return () => removeEventListener('popstate', follow)
}

/** Adds a word to a list or takes it away. */
export const toggled = <T>(list: readonly T[], word: T): T[] =>
  list.includes(word) ? list.filter((other) => other !== word) : [...list, word]
