import { useQuery } from '@tanstack/react-query'
import { layerQuery } from '../list/use-wards.ts'
import { useLayers } from './context.ts'

/** Boundaries of wards and communes: thin, dashed, approximate. */
export function WardsLayer() {
  const { data } = useQuery(layerQuery('wards'))
  useLayers(
    'wards',
    (token) =>
      data
        ? {
            source: { type: 'geojson', data: data as GeoJSON.FeatureCollection },
            layers: [
              {
                id: 'wards',
                type: 'line',
                source: 'wards',
                paint: {
                  'line-color': token('line-strong'),
                  'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.5, 14, 1.2],
                  'line-dasharray': [4, 3],
                  'line-opacity': 0.75,
                },
              },
            ],
          }
        : null,
    data,
  )
  return null
}
