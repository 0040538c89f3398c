import { useQuery } from '@tanstack/react-query'
import type { ExpressionSpecification } from 'maplibre-gl'
import { linksQuery } from '../connect.ts'
import { network, useScene } from '../state.ts'
import { useView } from '../view.ts'
import { collection, pointFeature, useLayers } from './context.ts'
import { MIDDLE_ZOOM, NEAR_ZOOM } from './place.ts'

const RING_PX: ExpressionSpecification = ['step', ['zoom'], 11, MIDDLE_ZOOM, 15, NEAR_ZOOM, 20]

function ring(id: string | null, chosen: boolean): GeoJSON.Feature[] {
  const site = network.sites.get(id ?? '')
  return site ? [pointFeature(site.lon, site.lat, { width: chosen ? 2 : 1 })] : []
}

/** The chosen site's ink outline, the hovered one's thin one, and what the chosen one hangs on. */
export function SelectionLayer() {
  const selected = useView((view) => view.site)
  const hovered = useScene((scene) => scene.hovered)
  const { data: links = [] } = useQuery(linksQuery)
  const own = links.filter(
    ({ properties }) => selected !== null && (properties.a === selected || properties.b === selected),
  )
  useLayers(
    'own-links',
    (token) => ({
      source: {
        type: 'geojson',
        data: collection(
          own.map(({ geometry }) => ({ type: 'Feature', properties: {}, geometry: geometry as GeoJSON.LineString })),
        ),
      },
      layers: [
        {
          id: 'own-links',
          type: 'line',
          source: 'own-links',
          paint: { 'line-color': token('ink'), 'line-width': 1, 'line-opacity': 0.75 },
        },
      ],
    }),
    `${selected}${own.length}`,
  )
  useLayers(
    'selection',
    (token) => ({
      source: {
        type: 'geojson',
        data: collection([...ring(selected, true), ...(hovered === selected ? [] : ring(hovered, false))]),
      },
      layers: [
        {
          id: 'selection',
          type: 'circle',
          source: 'selection',
          paint: {
            'circle-radius': RING_PX,
            'circle-opacity': 0,
            'circle-color': token('ink'),
            'circle-stroke-color': token('ink'),
            'circle-stroke-width': ['get', 'width'],
          },
        },
      ],
    }),
    `${selected}|${hovered}|${network.sites.size}`,
  )
  return null
}
