import { useQuery } from '@tanstack/react-query'
import { layerQuery } from '../list/use-wards.ts'
import { useLayers } from './context.ts'

const SHELVES = [
  { id: 'shelf-far', width: 58, opacity: 0.45 },
  { id: 'shelf-middle', width: 34, opacity: 0.6 },
  { id: 'shelf-near', width: 15, opacity: 0.8 },
]

/** Land, its shore, and three shades of shallow water around it. */
export function CoastLayer() {
  const { data } = useQuery(layerQuery('coast'))
  useLayers(
    'coast',
    (token) =>
      data
        ? {
            source: { type: 'geojson', data: data as GeoJSON.FeatureCollection },
            layers: [
              ...SHELVES.map(({ id, width, opacity }) => ({
                id,
                type: 'line' as const,
                source: 'coast',
                layout: { 'line-join': 'round' as const },
                paint: { 'line-color': token('contour'), 'line-width': width, 'line-opacity': opacity },
              })),
              {
                id: 'land',
                type: 'fill',
                source: 'coast',
                paint: { 'fill-color': token('land'), 'fill-antialias': false },
              },
              {
                id: 'shore',
                type: 'line',
                source: 'coast',
                layout: { 'line-join': 'round' },
                paint: { 'line-color': token('coast'), 'line-width': 1 },
              },
            ],
          }
        : null,
    data,
  )
  return null
}
