import { useQuery } from '@tanstack/react-query'
import type { LayerAnswer } from '../fetch.ts'
import { layerQuery } from '../list/use-wards.ts'
import { collection, pointFeature, useLayers } from './context.ts'

/** Shallow water in three steps: how wide around the shore, and how far from sea to contour colour. */
const SHELVES = [
  { id: 'far', widthPx: 58, shade: 0.4 },
  { id: 'middle', widthPx: 34, shade: 0.7 },
  { id: 'near', widthPx: 15, shade: 1 },
] as const

/** Below this an island is a point to a line as wide as its shelf: that is drawn as a circle instead. */
const ISLET_KM2 = 3

const isIslet = ({ properties }: LayerAnswer['features'][number]) => Number(properties['areaKm2']) < ISLET_KM2

/** A colour between two, `#rrggbb` each. Opaque, so that overlaps do not add up. */
function between(from: string, to: string, share: number): string {
  const channel = (colour: string, at: number) => Number.parseInt(colour.slice(1 + 2 * at, 3 + 2 * at), 16)
  const mix = [0, 1, 2].map((at) => Math.round(channel(from, at) + (channel(to, at) - channel(from, at)) * share))
  return `rgb(${mix.join()})`
}

function isletPoints({ features }: LayerAnswer): GeoJSON.Feature[] {
  return features.filter(isIslet).map(({ geometry }) => {
    const ring = geometry.coordinates[0] as [number, number][]
    const mean = (axis: 0 | 1) => ring.reduce((sum, point) => sum + point[axis], 0) / ring.length
    return pointFeature(mean(0), mean(1), {})
  })
}

/** The shelves of islets. */
function useIslets(data: LayerAnswer | undefined): void {
  useLayers(
    'islets',
    (token) =>
      data
        ? {
            source: { type: 'geojson', data: collection(isletPoints(data)) },
            layers: SHELVES.map(({ id, widthPx, shade }) => ({
              id: `islet-${id}`,
              type: 'circle' as const,
              source: 'islets',
              paint: {
                'circle-radius': widthPx / 2 + 1,
                'circle-color': between(token('sea'), token('contour'), shade),
                'circle-pitch-alignment': 'map' as const,
              },
            })),
          }
        : null,
    data,
  )
}

/** Land, its shore, and three shades of shallow water around it. */
export function CoastLayer() {
  const { data } = useQuery(layerQuery('coast'))
  useIslets(data)
  useLayers(
    'coast',
    (token) =>
      data
        ? {
            source: { type: 'geojson', data: data as GeoJSON.FeatureCollection, tolerance: 0.2 },
            layers: SHELVES.map(({ id, widthPx, shade }) => ({
              id: `shelf-${id}`,
              type: 'line' as const,
              source: 'coast',
              filter: ['>=', ['get', 'areaKm2'], ISLET_KM2] as ['>=', ['get', string], number],
              layout: { 'line-join': 'round' as const },
              paint: { 'line-color': between(token('sea'), token('contour'), shade), 'line-width': widthPx },
            })),
          }
        : null,
    data,
  )
  useLayers(
    'land',
    (token) =>
      data
        ? {
            source: { type: 'geojson', data: data as GeoJSON.FeatureCollection, tolerance: 0.2 },
            layers: [
              {
                id: 'land',
                type: 'fill',
                source: 'land',
                paint: { 'fill-color': token('land'), 'fill-antialias': false },
              },
              {
                id: 'shore',
                type: 'line',
                source: 'land',
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
