import { useQuery } from '@tanstack/react-query'
import { siteQuery } from '../panel/site-query.ts'
import { useView } from '../view.ts'
import { collection, pointFeature, useLayers } from './context.ts'
import { NEAR_ZOOM } from './place.ts'

/** The directions of the open mast, as wedges under its mark; near only. */
export function SectorsLayer() {
  const id = useView((view) => view.site)
  const { data: site } = useQuery({ ...siteQuery(id ?? ''), enabled: id !== null })
  const azimuths = [...new Set((site?.sectors ?? []).map((sector) => sector.azimuth_deg))]
  const [lon = 0, lat = 0] = site?.position ?? []
  useLayers(
    'sectors',
    () => ({
      source: { type: 'geojson', data: collection(azimuths.map((azimuth) => pointFeature(lon, lat, { azimuth }))) },
      layers: [
        {
          id: 'sectors',
          type: 'symbol',
          source: 'sectors',
          minzoom: NEAR_ZOOM,
          layout: {
            'icon-image': 'wedge',
            'icon-size': 1.4,
            'icon-rotate': ['get', 'azimuth'],
            'icon-rotation-alignment': 'map',
            'icon-allow-overlap': true,
            'icon-ignore-placement': true,
          },
        },
      ],
    }),
    `${id}${azimuths.join()}`,
  )
  return null
}
