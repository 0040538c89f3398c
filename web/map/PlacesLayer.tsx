import { useQuery } from '@tanstack/react-query'
import { layerQuery } from '../list/use-wards.ts'
import { useLayers } from './context.ts'
import { MIDDLE_ZOOM, NEAR_ZOOM } from './place.ts'

const CENTRES = ['ward-centre', 'commune-centre', 'airport', 'port']

/** Names at their places, from the middle zoom on: centres first, the rest where there is room. */
export function PlacesLayer() {
  const { data } = useQuery(layerQuery('places'))
  useLayers(
    'places',
    (token) =>
      data
        ? {
            source: { type: 'geojson', data: data as GeoJSON.FeatureCollection },
            layers: [
              {
                id: 'places-minor',
                type: 'symbol',
                source: 'places',
                minzoom: 12.3,
                maxzoom: NEAR_ZOOM,
                filter: ['!', ['in', ['get', 'class'], ['literal', CENTRES]]],
                layout: {
                  'text-font': ['Plex'],
                  'text-size': 11,
                  'text-field': ['get', 'name'],
                  'text-max-width': 9,
                  'text-padding': 6,
                },
                paint: { 'text-color': token('ink-3'), 'text-halo-color': token('land'), 'text-halo-width': 1.3 },
              },
              {
                id: 'places-centres',
                type: 'symbol',
                source: 'places',
                minzoom: MIDDLE_ZOOM,
                filter: ['in', ['get', 'class'], ['literal', CENTRES]],
                layout: { 'text-font': ['Plex'], 'text-size': 13, 'text-field': ['get', 'name'], 'text-max-width': 9 },
                paint: { 'text-color': token('ink-2'), 'text-halo-color': token('land'), 'text-halo-width': 1.5 },
              },
            ],
          }
        : null,
    data,
  )
  return null
}
