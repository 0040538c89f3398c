import 'maplibre-gl/dist/maplibre-gl.css'
import { Map as MapLibre, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { useEffect, useRef, useState } from 'react'
import { readTokens, useShade } from '../dress.ts'
import { useT } from '../i18n.ts'
import { useView } from '../view.ts'
import { Camera } from './Camera.tsx'
import { CoastLayer } from './CoastLayer.tsx'
import { MapContext } from './context.ts'
import { GridLayer } from './GridLayer.tsx'
import { drawIcon } from './icons.ts'
import { LinksLayer } from './LinksLayer.tsx'
import { MarksLayer } from './MarksLayer.tsx'
import { PlacesLayer } from './PlacesLayer.tsx'
import { Pointer } from './Pointer.tsx'
import { fitPadding, ISLAND_BOUNDS } from './place.ts'
import { RoadsLayer } from './RoadsLayer.tsx'
import { SeaNamesLayer } from './SeaNamesLayer.tsx'
import { SectorsLayer } from './SectorsLayer.tsx'
import { SelectionLayer } from './SelectionLayer.tsx'
import { SitesLayer } from './SitesLayer.tsx'
import { WardsLayer } from './WardsLayer.tsx'

setWorkerUrl(workerUrl)

/** Labels are drawn from the page's own font, letter by letter, so both subsets must be there first. */
const loadFonts = () =>
  Promise.all([document.fonts.load('500 16px Plex', 'Phu'), document.fonts.load('500 16px Plex', 'ộđ')])

function createMap(container: HTMLElement): MapLibre {
  const { map: asked } = useView.getState()
  const token = readTokens()
  return new MapLibre({
    container,
    style: {
      version: 8,
      sources: {},
      layers: [{ id: 'sea', type: 'background', paint: { 'background-color': token('sea') } }],
    },
    ...(asked
      ? { center: [asked.lon, asked.lat], zoom: asked.zoom }
      : { bounds: ISLAND_BOUNDS, fitBoundsOptions: { padding: fitPadding(container.clientWidth) } }),
    minZoom: 7,
    maxZoom: 18,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    fadeDuration: 0,
    // The keys 0 + − and the arrows of the list are the page's; arrows pan only while the map has the focus.
    keyboard: true,
  })
}

/** The images that a style asks for are drawn when it asks. */
function serveIcons(map: MapLibre): void {
  map.setMissingStyleImageResolver((id) => {
    const image = drawIcon(id, readTokens())
    if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: 2 })
  })
}

/** Images and sea of the other shade; the layers follow by themselves. */
function useShadeOf(map: MapLibre | null): void {
  const shade = useShade((dress) => dress.shade)
  // The shade is what changes
  useEffect(() => {
    if (!map) return
    for (const id of map.listImages()) map.removeImage(id)
    map.setPaintProperty('sea', 'background-color', readTokens()('sea'))
  }, [map, shade])
}

/** What has to be on the map before it counts as drawn. */
const WHOLE = ['land', 'roads', 'sites', 'marks']

/** Says when everything asked for has been drawn. */
function followIdle(map: MapLibre, container: HTMLElement): void {
  map.on('dataloading', () => {
    container.dataset['ready'] = 'false'
  })
  map.on('idle', () => {
    container.dataset['ready'] = String(WHOLE.every((source) => map.getSource(source)))
  })
}

/** The map: a table of contents of its layers, from the sea up. */
export function MapView({ onShown }: { onShown: () => void }) {
  const { t, language } = useT()
  const container = useRef<HTMLDivElement>(null)
  const [map, setMap] = useState<MapLibre | null>(null)
  useShadeOf(map)
  useEffect(() => {
    let made: MapLibre | undefined
    let gone = false
    const box = container.current
    void loadFonts().then(() => {
      if (gone || !box) return
      made = createMap(box)
      const created = made
      serveIcons(created)
      followIdle(created, box)
      created.once('load', () => {
        setMap(created)
        onShown()
      })
    })
    return () => {
      gone = true
      setMap(null)
      made?.remove()
    }
  }, [onShown])
  useEffect(() => {
    if (map) map.getCanvas().setAttribute('aria-label', t('map.label'))
  }, [map, t])
  return (
    <div ref={container} className="canvas" data-testid="map" data-renderer="webgl" data-ready="false">
      {map && (
        <MapContext value={map}>
          <GridLayer />
          <CoastLayer />
          <WardsLayer />
          <RoadsLayer />
          <SeaNamesLayer key={language} />
          <PlacesLayer />
          <SectorsLayer />
          <LinksLayer />
          <SitesLayer />
          <MarksLayer />
          <SelectionLayer />
          <Camera />
          <Pointer />
        </MapContext>
      )}
    </div>
  )
}
