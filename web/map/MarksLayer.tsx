import { useQuery } from '@tanstack/react-query'
import type { ExpressionSpecification, GeoJSONSource } from 'maplibre-gl'
import { useEffect } from 'react'
import { sitesQuery } from '../connect.ts'
import { useShade } from '../dress.ts'
import { WORST_FIRST } from '../rows.ts'
import { network } from '../state.ts'
import { useView } from '../view.ts'
import { collection, pointFeature, useLayers, useMap } from './context.ts'
import { MIDDLE_ZOOM, NEAR_ZOOM } from './place.ts'
import { DRAW_EVERY_MS } from './SitesLayer.tsx'
import { isPlain, shownOnMap, useMapFilter } from './shown.ts'

const icon = (level: string): ExpressionSpecification => [
  'concat',
  level,
  '/',
  ['get', 'kind'],
  '/',
  ['get', 'system'],
  '/',
  ['get', 'state'],
]

/** Far out a sensor's mark is smaller than a mast's: many faults must not hide the few that matter most. */
const FAR_SIZE: ExpressionSpecification = ['match', ['get', 'kind'], 'sensor', 0.7, 'service', 0.85, 1]

const MARK_SIZE: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  ['zoom'],
  MIDDLE_ZOOM - 0.01,
  FAR_SIZE,
  MIDDLE_ZOOM,
  1,
  NEAR_ZOOM - 0.01,
  1,
  NEAR_ZOOM,
  0.8,
  15.5,
  1,
]

function markFeatures(): GeoJSON.Feature[] {
  const shown = shownOnMap(useView.getState())
  const marks: GeoJSON.Feature[] = []
  for (const site of network.sites.values()) {
    if (isPlain(site) || !shown(site)) continue
    const { id, kind, state } = site
    const rank = WORST_FIRST.length - WORST_FIRST.indexOf(state)
    marks.push(pointFeature(site.lon, site.lat, { id, kind, state, rank, system: site.system ?? '-' }))
  }
  return marks
}

/** What the map was given, for those who cannot see it: `down:3 stale:12`. */
function describe(marks: readonly GeoJSON.Feature[]): string {
  const counts = new Map<string, number>()
  for (const { properties } of marks) counts.set(properties?.['state'], (counts.get(properties?.['state']) ?? 0) + 1)
  return [...counts].map(([state, n]) => `${state}:${n}`).join(' ')
}

/** Sites that need a mark of their own: few, worst on top, sent anew when one comes or goes. */
export function MarksLayer() {
  const map = useMap()
  const { dataUpdatedAt } = useQuery(sitesQuery)
  const shade = useShade((dress) => dress.shade)
  const filter = useMapFilter()
  useLayers(
    'marks',
    () => ({
      source: { type: 'geojson', data: collection() },
      layers: [
        {
          id: 'marks',
          type: 'symbol',
          source: 'marks',
          layout: {
            'icon-image': ['step', ['zoom'], icon('far'), MIDDLE_ZOOM, icon('middle'), NEAR_ZOOM, icon('near')],
            'icon-size': MARK_SIZE,
            'icon-allow-overlap': true,
            'icon-ignore-placement': true,
            'symbol-sort-key': ['get', 'rank'],
          },
        },
      ],
    }),
    null,
  )
  // A source made anew is empty
  useEffect(() => {
    let drawn = -1
    const draw = () => {
      if (drawn === network.revision()) return
      drawn = network.revision()
      const marks = markFeatures()
      map.getSource<GeoJSONSource>('marks')?.setData(collection(marks))
      map.getContainer().dataset['marks'] = describe(marks)
    }
    draw()
    const timer = setInterval(draw, DRAW_EVERY_MS)
    return () => clearInterval(timer)
  }, [map, shade, filter, dataUpdatedAt])
  return null
}
