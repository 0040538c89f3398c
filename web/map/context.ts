import type { LayerSpecification, Map as MapLibre, SourceSpecification } from 'maplibre-gl'
import { createContext, useContext, useEffect } from 'react'
import { readTokens, useShade } from '../dress.ts'

export const MapContext = createContext<MapLibre | null>(null)

/** The map that the layer is part of. */
export function useMap(): MapLibre {
  const map = useContext(MapContext)
  if (!map) throw new Error('a map layer stands outside the map')
  return map
}

/** A removed map has no style left; a layer that goes after it has nothing to take away. */
const isGone = (map: MapLibre) => !(map as { style?: unknown }).style

export interface LayerSet {
  source: SourceSpecification
  layers: LayerSpecification[]
}

/** From the sea up. Data arrive in any order; the layers stand in this one. */
const ORDER = [
  'grid',
  'coast',
  'islets',
  'land',
  'wards',
  'roads',
  'sea-names',
  'sectors',
  'links',
  'cuts',
  'own-links',
  'sites',
  'places',
  'marks',
  'selection',
] as const
type Name = (typeof ORDER)[number]

const rank = (source: string | undefined) => (ORDER as readonly (string | undefined)[]).indexOf(source)

/** The lowest layer that must stay above the layers of this source. */
function layerAbove(map: MapLibre, name: Name): string | undefined {
  return map.getLayersOrder().find((id) => rank(map.getLayer(id)?.source) > rank(name))
}

/**
 * Adds a source and its layers at their place, and takes them away again. They are built anew when the
 * shade changes; `key` names what else they depend on.
 */
export function useLayers(name: Name, build: (token: (name: string) => string) => LayerSet | null, key: unknown): void {
  const map = useMap()
  const shade = useShade((dress) => dress.shade)
  // The builder is a new function each time; `key` stands for it
  useEffect(() => {
    const set = build(readTokens())
    if (!set) return
    const above = layerAbove(map, name)
    map.addSource(name, set.source)
    for (const layer of set.layers) map.addLayer(layer, above)
    return () => {
      if (isGone(map)) return
      for (const layer of set.layers) map.removeLayer(layer.id)
      map.removeSource(name)
    }
  }, [map, name, shade, key])
}

export const collection = (features: GeoJSON.Feature[] = []): GeoJSON.FeatureCollection => ({
  type: 'FeatureCollection',
  features,
})
export const pointFeature = (lon: number, lat: number, properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature => ({
  type: 'Feature',
  properties,
  geometry: { type: 'Point', coordinates: [lon, lat] },
})
