import { KINDS, type Kind, SITE_STATES, type SiteState } from '../domain/words.ts'

/** The address of a picture: what is chosen, as a query string. Pure. */

export const LANGUAGES = ['vi', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

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

/** Adds a word to a list or takes it away. */
export const toggled = <T>(list: readonly T[], word: T): T[] =>
  list.includes(word) ? list.filter((other) => other !== word) : [...list, word]
