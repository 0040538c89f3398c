import type { Map as MapLibre } from 'maplibre-gl'
import { useEffect } from 'react'
import { onKey } from '../keys.ts'
import { network, useScene } from '../state.ts'
import { setView, useView } from '../view.ts'
import { camera } from './camera-commands.ts'
import { useMap } from './context.ts'
import { FIT_PADDING_PX, ISLAND_BOUNDS } from './place.ts'

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

function steer(map: MapLibre): () => void {
  const fit = (ms: number) => map.fitBounds(ISLAND_BOUNDS, { padding: FIT_PADDING_PX, duration: ms }, { home: true })
  camera.zoomIn = () => map.zoomIn({ duration: duration() })
  camera.zoomOut = () => map.zoomOut({ duration: duration() })
  camera.to = (lon, lat, zoom) => map.easeTo({ center: [lon, lat], zoom, duration: duration() })
  camera.island = () => {
    setView({ map: null })
    fit(duration())
  }
  // The whole island stays the whole island when a panel opens beside it.
  const refit = () => {
    if (useView.getState().map === null) fit(0)
  }
  let resizing = false
  const settle = (event: object) => {
    see(map)
    if (!('home' in event) && !resizing) note(map)
  }
  const resized = () => {
    resizing = true
    refit()
    resizing = false
  }
  map.on('moveend', settle)
  map.on('resize', resized)
  see(map)
  return () => {
    map.off('moveend', settle)
    map.off('resize', resized)
  }
}

/** Pans to a chosen site that is off screen, and never zooms. */
function useReveal(map: MapLibre): void {
  const selected = useView((view) => view.site)
  useEffect(() => {
    const site = network.sites.get(selected ?? '')
    if (!site || map.getBounds().contains([site.lon, site.lat])) return
    map.easeTo({ center: [site.lon, site.lat], duration: duration() })
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
