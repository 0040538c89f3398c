import { useQuery } from '@tanstack/react-query'
import { sitesQuery } from '../connect.ts'
import { useT } from '../i18n.ts'
import { useLayers } from './context.ts'
import { NEAR_ZOOM } from './place.ts'

/** Names of sites, near only, where there is room. Stands after the layer whose source it reads. */
export function NamesLayer() {
  const { language } = useT()
  const { dataUpdatedAt } = useQuery(sitesQuery)
  useLayers(
    'names',
    (token) => ({
      source: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
      layers: [
        {
          id: 'names',
          type: 'symbol',
          source: 'sites',
          minzoom: NEAR_ZOOM,
          layout: {
            'text-font': ['Plex'],
            'text-size': 12,
            'text-field': ['get', language === 'vi' ? 'name' : 'nameEn'],
            'text-anchor': 'top',
            'text-offset': [0, 1.4],
            'text-max-width': 12,
          },
          paint: {
            'text-color': token('ink'),
            'text-halo-color': token('land'),
            'text-halo-width': 1.6,
            'text-opacity': ['case', ['==', ['feature-state', 'hidden'], true], 0, 1],
          },
        },
      ],
    }),
    `${language}${dataUpdatedAt}`,
  )
  return null
}
