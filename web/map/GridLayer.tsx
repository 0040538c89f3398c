import { useLayers } from './context.ts'

const line = (coordinates: GeoJSON.Position[]): GeoJSON.Feature => ({
  type: 'Feature',
  properties: {},
  geometry: { type: 'LineString', coordinates },
})

function graticule(): GeoJSON.Feature[] {
  const lines: GeoJSON.Feature[] = []
  for (let tenth = 90; tenth <= 110; tenth += 1)
    lines.push(
      line([
        [102.5, tenth / 10],
        [105.5, tenth / 10],
      ]),
    )
  for (let tenth = 1025; tenth <= 1055; tenth += 1)
    lines.push(
      line([
        [tenth / 10, 9],
        [tenth / 10, 11],
      ]),
    )
  return lines
}

/** A tenth of a degree, as on a chart. */
export function GridLayer() {
  useLayers(
    'grid',
    (token) => ({
      source: { type: 'geojson', data: { type: 'FeatureCollection', features: graticule() } },
      layers: [
        { id: 'grid', type: 'line', source: 'grid', paint: { 'line-color': token('contour'), 'line-width': 1 } },
      ],
    }),
    null,
  )
  return null
}
