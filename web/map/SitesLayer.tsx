import { useQuery } from '@tanstack/react-query'
import type { ExpressionSpecification, Map as MapLibre } from 'maplibre-gl'
import { useEffect } from 'react'
import type { Language } from '../address.ts'
import { sitesQuery } from '../connect.ts'
import { useShade } from '../dress.ts'
import { useT } from '../i18n.ts'
import type { SiteRecord } from '../network.ts'
import { network } from '../state.ts'
import { useView } from '../view.ts'
import { collection, pointFeature, useLayers, useMap } from './context.ts'
import { MIDDLE_ZOOM, NEAR_ZOOM } from './place.ts'
import { isPlain, shownOnMap, useMapFilter } from './shown.ts'

/** Changes of state reach the map at most this often. */
export const DRAW_EVERY_MS = 250

/** What the layer draws of a site: only its name where a mark of its own stands, nothing while the filter hides it. */
type Look = 'ok' | 'unknown' | 'marked' | 'hidden'

const look: ExpressionSpecification = ['coalesce', ['feature-state', 'look'], 'unknown']
const when = (wanted: Look, then: number): ExpressionSpecification => ['case', ['==', look, wanted], then, 0]

/** Near marks grow with the room between them. */
export const NEAR_SIZE: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  ['zoom'],
  NEAR_ZOOM - 0.01,
  1,
  NEAR_ZOOM,
  0.72,
  15.5,
  1,
]

const DOT_PX: ExpressionSpecification = ['match', ['get', 'kind'], 'fibre', 1.9, 'bts', 1.5, 1.1]

const features = () =>
  [...network.sites.values()].map((site) =>
    pointFeature(site.lon, site.lat, {
      id: site.id,
      kind: site.kind,
      system: site.system ?? '-',
      name: site.name,
      nameEn: site.nameEn,
    }),
  )

function lookOf(site: SiteRecord, shown: (site: SiteRecord) => boolean): Look {
  if (!shown(site)) return 'hidden'
  if (!isPlain(site)) return 'marked'
  return site.state === 'ok' ? 'ok' : 'unknown'
}

const icon = (level: string, state: Look): ExpressionSpecification => [
  'concat',
  level,
  '/',
  ['get', 'kind'],
  '/',
  ['get', 'system'],
  '/',
  state,
]

function symbols(state: Look) {
  return {
    id: `sites-${state}`,
    type: 'symbol' as const,
    source: 'sites',
    minzoom: MIDDLE_ZOOM,
    layout: {
      'icon-image': [
        'step',
        ['zoom'],
        icon('middle', state),
        NEAR_ZOOM,
        icon('near', state),
      ] as ExpressionSpecification,
      'icon-size': NEAR_SIZE,
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
    },
    paint: { 'icon-opacity': when(state, 1) },
  }
}

function names(token: (name: string) => string, language: Language) {
  return {
    id: 'sites-names',
    type: 'symbol' as const,
    source: 'sites',
    minzoom: NEAR_ZOOM,
    layout: {
      'text-font': ['Plex'],
      'text-size': 12,
      'text-field': ['get', language === 'vi' ? 'name' : 'nameEn'] as ExpressionSpecification,
      'text-anchor': 'top' as const,
      'text-offset': [0, 1.4] as [number, number],
      'text-max-width': 12,
    },
    paint: {
      'text-color': token('ink'),
      'text-halo-color': token('land'),
      'text-halo-width': 1.6,
      'text-opacity': ['case', ['==', look, 'hidden'], 0, 1] as ExpressionSpecification,
    },
  }
}

/** Sends looks that changed, and remembers what the map has. */
function createSender(map: MapLibre) {
  const sent = new Map<string, Look>()
  return (ids: Iterable<string>) => {
    const shown = shownOnMap(useView.getState())
    for (const id of ids) {
      const site = network.sites.get(id)
      if (!site) continue
      const next = lookOf(site, shown)
      if (sent.get(id) === next) continue
      sent.set(id, next)
      map.setFeatureState({ source: 'sites', id }, { look: next })
    }
  }
}

/** All sites from one source that is loaded once; how each looks is its feature state. */
export function SitesLayer() {
  const map = useMap()
  const { dataUpdatedAt } = useQuery(sitesQuery)
  const shade = useShade((dress) => dress.shade)
  const filter = useMapFilter()
  const { language } = useT()
  useLayers(
    'sites',
    (token) => ({
      source: { type: 'geojson', data: collection(features()), promoteId: 'id' },
      layers: [
        {
          id: 'sites-dots',
          type: 'circle',
          source: 'sites',
          maxzoom: MIDDLE_ZOOM,
          paint: {
            'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, DOT_PX, 11, ['*', 1.7, DOT_PX]],
            'circle-color': token('ok'),
            'circle-opacity': ['case', ['==', look, 'ok'], ['match', ['get', 'kind'], 'sensor', 0.75, 1], 0],
            'circle-stroke-color': token('ok'),
            'circle-stroke-width': 0.9,
            'circle-stroke-opacity': when('unknown', 1),
          },
        },
        symbols('unknown'),
        symbols('ok'),
        names(token, language),
      ],
    }),
    `${dataUpdatedAt}${language}`,
  )
  // A source made anew has forgotten its feature states
  useEffect(() => {
    const send = createSender(map)
    const waiting = new Set<string>()
    send(network.sites.keys())
    const stop = network.onChange((changed) => {
      for (const id of changed) waiting.add(id)
    })
    const timer = setInterval(() => {
      send(waiting)
      waiting.clear()
    }, DRAW_EVERY_MS)
    return () => {
      stop()
      clearInterval(timer)
    }
  }, [map, shade, filter, dataUpdatedAt, language])
  return null
}
