import { useQuery } from '@tanstack/react-query'
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre } from 'maplibre-gl'
import { useEffect } from 'react'
import type { LinkState } from '../../domain/words.ts'
import { linksQuery, onLink } from '../connect.ts'
import { useShade } from '../dress.ts'
import type { LinkFeature } from '../fetch.ts'
import { linkStates } from '../state.ts'
import { useView } from '../view.ts'
import { collection, pointFeature, useLayers, useMap } from './context.ts'

const state: ExpressionSpecification = ['coalesce', ['feature-state', 'state'], 'unknown']
const when = (states: LinkState[], then: number): ExpressionSpecification => ['match', state, states, then, 0]
const isHop: ExpressionSpecification = ['==', ['get', 'kind'], 'hop']

/** The middle of a line by its number of points: where the break mark stands while the break is not located. */
function middle(coordinates: readonly (readonly number[])[]): readonly number[] {
  const at = (coordinates.length - 1) / 2
  const [a, b] = [coordinates[Math.floor(at)] ?? [0, 0], coordinates[Math.ceil(at)] ?? [0, 0]]
  return [((a[0] ?? 0) + (b[0] ?? 0)) / 2, ((a[1] ?? 0) + (b[1] ?? 0)) / 2]
}

const drawn = (links: readonly LinkFeature[]) => links.filter(({ properties }) => properties.kind !== 'served-by')

function sendStates(map: MapLibre, links: readonly LinkFeature[]): void {
  const cuts: GeoJSON.Feature[] = []
  for (const { properties, geometry } of links) {
    const now = linkStates.get(properties.id) ?? properties.state
    map.setFeatureState({ source: 'links', id: properties.id }, { state: now })
    const [lon = 0, lat = 0] = middle(geometry.coordinates)
    if (now === 'down') cuts.push(pointFeature(lon, lat, { id: properties.id }))
  }
  map.getSource<GeoJSONSource>('cuts')?.setData(collection(cuts))
}

/** Spans and hops: solid when well, a break mark and dashes when cut, thin while nobody knows. */
export function LinksLayer() {
  const map = useMap()
  const { data: links } = useQuery(linksQuery)
  const isShown = useView((view) => view.links)
  const shade = useShade((dress) => dress.shade)
  const key = isShown && links ? links : null
  useLayers(
    'links',
    (token) => {
      if (!key) return null
      const data = collection(
        drawn(key).map(({ geometry, properties }) => ({
          type: 'Feature',
          geometry: geometry as GeoJSON.LineString,
          properties,
        })),
      )
      const line = (id: string, paint: object, filter?: ExpressionSpecification) => ({
        id,
        type: 'line' as const,
        source: 'links',
        layout: { 'line-join': 'round' as const },
        paint,
        ...(filter && { filter }),
      })
      return {
        source: { type: 'geojson', data, promoteId: 'id' },
        layers: [
          line('links-unknown', {
            'line-color': token('span'),
            'line-width': 0.7,
            'line-opacity': when(['unknown'], 0.8),
          }),
          line('links-up', { 'line-color': token('span'), 'line-width': 1.3, 'line-opacity': when(['up'], 1) }, [
            '!',
            isHop,
          ]),
          line(
            'links-hop',
            {
              'line-color': token('span'),
              'line-width': 1.3,
              'line-dasharray': [5, 2],
              'line-opacity': when(['up'], 1),
            },
            isHop,
          ),
          line('links-degraded', {
            'line-color': token('major-edge'),
            'line-width': 2.2,
            'line-opacity': when(['degraded'], 1),
          }),
          line('links-down', {
            'line-color': token('critical-edge'),
            'line-width': 2.2,
            'line-dasharray': [2.3, 1.8],
            'line-opacity': when(['down'], 1),
          }),
        ],
      }
    },
    key,
  )
  useLayers(
    'cuts',
    () =>
      key && {
        source: { type: 'geojson', data: collection() },
        layers: [
          {
            id: 'cuts',
            type: 'symbol',
            source: 'cuts',
            layout: { 'icon-image': 'cut', 'icon-allow-overlap': true, 'icon-ignore-placement': true },
          },
        ],
      },
    key,
  )
  // A source made anew has forgotten its feature states
  useEffect(() => {
    if (!key) return
    const lines = drawn(key)
    sendStates(map, lines)
    return onLink(() => sendStates(map, lines))
  }, [map, key, shade])
  return null
}
