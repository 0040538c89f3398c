import { useQuery } from '@tanstack/react-query'
import { layerQuery } from '../list/use-wards.ts'
import { useLayers } from './context.ts'

/** The main roads, quieter than anything that can fail. */
export function RoadsLayer() {
  const { data } = useQuery(layerQuery('roads'))
  useLayers(
    'roads',
    (token) =>
      data
        ? {
            source: { type: 'geojson', data: data as GeoJSON.FeatureCollection },
            layers: [
              {
                id: 'roads',
                type: 'line',
                source: 'roads',
                layout: { 'line-join': 'round', 'line-cap': 'round' },
                paint: {
                  'line-color': token('line'),
                  'line-width': ['interpolate', ['exponential', 1.5], ['zoom'], 9, 1.2, 12, 2.5, 16, 9],
                },
              },
            ],
          }
        : null,
    data,
  )
  return null
}
