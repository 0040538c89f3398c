import { useQuery } from '@tanstack/react-query'
import type { LayerAnswer } from '../fetch.ts'
import { useT } from '../i18n.ts'
import { layerQuery } from '../list/use-wards.ts'
import { useLayers } from './context.ts'
import { MIDDLE_ZOOM } from './place.ts'

/** Where a name stands: west or east of the island. */
const SIDES: Readonly<Record<string, -1 | 1>> = {
  'duong-dong': -1,
  'ganh-dau': -1,
  'cua-can': -1,
  'duong-to': -1,
  'an-thoi': -1,
  'hon-thom': -1,
  'bai-thom': 1,
  'ham-ninh': 1,
  'bai-sao': 1,
}
const GULF: GeoJSON.Position = [103.835, 10.075]
/** From the shore to the name, and how far around a place's latitude the shore is looked for; degrees. */
const GAP_DEG = 0.02
const BAND_DEG = 0.012

type Ring = [number, number][]

/** The outermost shore of the main island at a latitude. */
function shoreAt(ring: Ring, lat: number, side: -1 | 1): number | null {
  const lons = ring.filter(([, y]) => Math.abs(y - lat) < BAND_DEG).map(([x]) => x)
  if (lons.length === 0) return null
  return side < 0 ? Math.min(...lons) : Math.max(...lons)
}

function nameFeatures(places: LayerAnswer, coast: LayerAnswer): GeoJSON.Feature[] {
  const island = coast.features.find(({ properties }) => properties['id'] === 'phu-quoc')
  const ring = (island?.geometry.coordinates[0] ?? []) as Ring
  return places.features.flatMap(({ properties, geometry }): GeoJSON.Feature[] => {
    const side = SIDES[String(properties['id'])]
    if (side === undefined) return []
    const [lon, lat] = geometry.coordinates as [number, number]
    const end: GeoJSON.Position = [(shoreAt(ring, lat, side) ?? lon + side * GAP_DEG) + side * GAP_DEG, lat]
    const name = String(properties['name']).replace(/ –.*/, '')
    return [
      { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [[lon, lat], end] } },
      { type: 'Feature', properties: { name, side }, geometry: { type: 'Point', coordinates: end } },
    ]
  })
}

/** Names stand in the sea, as on a chart, tied to their place by a hairline; far out only. */
export function SeaNamesLayer() {
  const { t } = useT()
  const places = useQuery(layerQuery('places')).data
  const coast = useQuery(layerQuery('coast')).data
  useLayers(
    'sea-names',
    (token) => {
      if (!places || !coast) return null
      const gulf: GeoJSON.Feature = {
        type: 'Feature',
        properties: { gulf: t('map.gulf') },
        geometry: { type: 'Point', coordinates: GULF },
      }
      const text = { 'text-font': ['Plex'], 'text-size': 12 }
      return {
        source: {
          type: 'geojson',
          data: { type: 'FeatureCollection', features: [...nameFeatures(places, coast), gulf] },
        },
        layers: [
          {
            id: 'sea-hairlines',
            type: 'line',
            source: 'sea-names',
            maxzoom: MIDDLE_ZOOM,
            filter: ['==', ['geometry-type'], 'LineString'],
            paint: { 'line-color': token('coast'), 'line-width': 0.7, 'line-opacity': 0.7 },
          },
          ...([-1, 1] as const).map((side) => ({
            id: side < 0 ? 'sea-names-west' : 'sea-names-east',
            type: 'symbol' as const,
            source: 'sea-names',
            maxzoom: MIDDLE_ZOOM,
            filter: ['==', ['get', 'side'], side] as ['==', ['get', string], number],
            layout: {
              ...text,
              'text-field': ['get', 'name'] as ['get', string],
              'text-anchor': side < 0 ? ('right' as const) : ('left' as const),
              'text-offset': [side * 0.35, 0] as [number, number],
              'text-allow-overlap': true,
            },
            paint: { 'text-color': token('ink-2'), 'text-halo-color': token('sea'), 'text-halo-width': 1.3 },
          })),
          {
            id: 'sea-gulf',
            type: 'symbol',
            source: 'sea-names',
            maxzoom: MIDDLE_ZOOM,
            filter: ['has', 'gulf'],
            layout: { ...text, 'text-field': ['get', 'gulf'], 'text-letter-spacing': 0.12 },
            paint: { 'text-color': token('ink-3') },
          },
        ],
      }
    },
    places && coast ? 'ready' : null,
  )
  return null
}
