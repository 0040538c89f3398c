import type { Position } from '../../domain/inventory.ts'
import type { Layers, Relief, ReliefTerm } from './layers.ts'
import { isInside, outlineOf } from './polygon.ts'

/** What the base layers know about a point. */
export interface Geography {
  onLand(point: Position): boolean
  /** Ward id; null at sea and on land outside the nine wards. */
  wardOf(point: Position): string | null
  /** Metres above the sea; 0 at sea. */
  elevationM(point: Position): number
}

/** Indexes the layers. Pure. */
export function createGeography(layers: Pick<Layers, 'coast' | 'wards' | 'relief'>): Geography {
  const land = layers.coast.features.map(({ geometry }) => outlineOf(geometry.coordinates[0] ?? []))
  const wards = layers.wards.features.map(({ geometry, properties }) => ({
    id: properties.id,
    outlines: (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates).map(([outer]) =>
      outlineOf(outer ?? []),
    ),
  }))
  const onLand = (point: Position) => land.some((outline) => isInside(outline, point))
  return {
    onLand,
    wardOf: (point) => wards.find(({ outlines }) => outlines.some((outline) => isInside(outline, point)))?.id ?? null,
    elevationM: (point) => (onLand(point) ? reliefM(layers.relief, point) : 0),
  }
}

function reliefM(relief: Relief, point: Position): number {
  let sum = relief.baseM
  for (const term of relief.terms) sum += termM(relief, term, point)
  return sum
}

function termM({ kmPerDegLon, kmPerDegLat }: Relief, term: ReliefTerm, { lon, lat }: Position): number {
  const dx = (lon - term.lon) * kmPerDegLon
  const dy = (lat - term.lat) * kmPerDegLat
  const azimuth = (term.azimuthDeg * Math.PI) / 180
  const along = (dx * Math.sin(azimuth) + dy * Math.cos(azimuth)) / term.sigmaAlongKm
  const across = (dx * Math.cos(azimuth) - dy * Math.sin(azimuth)) / term.sigmaAcrossKm
  return term.heightM * Math.exp(-(along * along + across * across) / 2)
}
