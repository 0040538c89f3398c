import type { Map as MapLibre } from 'maplibre-gl'
import { useEffect } from 'react'
import { onKey } from '../keys.ts'
import { network, useScene } from '../state.ts'
import { setView, useView } from '../view.ts'
import { camera } from './camera-commands.ts'
import { useMap } from './context.ts'
import { fitPadding, ISLAND_BOUNDS } from './place.ts'

/** Flights happen only by command and end within this. */
const FLIGHT_MS = 400
const duration = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : FLIGHT_MS)

function note(map: MapLibre): void {
  const { lng, lat } = map.getCenter()
  setView({ map: { lon: lng, lat, zoom: map.getZoom() } })
}

function see(map: MapLibre): void {
  const bounds = map.getBounds()
  useScene.setState({ frame: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()] })
}

/** Only what a hand or a command did is written into the address; a resize moves the map too. */
const isWanted = (event: object) =>
  'command' in event || ('originalEvent' in event && event.originalEvent !== undefined)
const COMMAND = { command: true }

function steer(map: MapLibre): () => void {
  const fit = (ms: number) =>
    map.fitBounds(ISLAND_BOUNDS, { padding: fitPadding(map.getContainer().clientWidth), duration: ms })
  camera.zoomIn = () => map.zoomIn({ duration: duration() }, COMMAND)
  camera.zoomOut = () => map.zoomOut({ duration: duration() }, COMMAND)
  camera.to = (lon, lat, zoom) => map.easeTo({ center: [lon, lat], zoom, duration: duration() }, COMMAND)
  camera.island = () => {
    setView({ map: null })
    fit(duration())
  }
  // The whole island stays the whole island when a panel opens beside it.
  const refit = () => {
    if (useView.getState().map === null) fit(0)
  }
  const settle = (event: object) => {
    see(map)
    if (isWanted(event)) note(map)
  }
  map.on('moveend', settle)
  map.on('resize', refit)
  see(map)
  return () => {
    map.off('moveend', settle)
    map.off('resize', refit)
  }
}

/** Pans to a chosen site that is off screen, and never zooms. */
function useReveal(map: MapLibre): void {
  const selected = useView((view) => view.site)
  useEffect(() => {
    const site = network.sites.get(selected ?? '')
    if (!site || map.getBounds().contains([site.lon, site.lat])) return
    map.easeTo({ center: [site.lon, site.lat], duration: duration() }, COMMAND)
  }, [map, selected])
}

/** Moves the map when asked, and tells the address and the list where it stands. */
export function Camera() {
  const map = useMap()
  useReveal(map)
  useEffect(() => steer(map), [map])
  useEffect(() => {
    const stops = [
      onKey('zoomIn', () => camera.zoomIn()),
      onKey('zoomOut', () => camera.zoomOut()),
      onKey('island', () => camera.island()),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  return null
}
