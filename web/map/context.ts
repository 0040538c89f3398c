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

/**
 * Adds a source and its layers, and takes them away again. They are built anew when the shade changes,
 * as every layer of the map is, in the order in which the components stand; `key` names what else they depend on.
 */
export function useLayers(
  name: string,
  build: (token: (name: string) => string) => LayerSet | null,
  key: unknown,
): void {
  const map = useMap()
  const shade = useShade((dress) => dress.shade)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the builder is a new function each time; `key` stands for it
  useEffect(() => {
    const set = build(readTokens())
    if (!set) return
    map.addSource(name, set.source)
    for (const layer of set.layers) map.addLayer(layer)
    return () => {
      if (isGone(map)) return
      for (const layer of set.layers) if (map.getLayer(layer.id)) map.removeLayer(layer.id)
      if (map.getSource(name)) map.removeSource(name)
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
