import { describe, expect, it } from 'vitest'
import { distanceKm, lengthKm, moved } from '../../infra/geo/distance.ts'
import { createGeography } from '../../infra/geo/geography.ts'
import { readLayers } from '../../infra/geo/layers.ts'
import { isInside, outlineOf } from '../../infra/geo/polygon.ts'
import { createRoads } from '../../infra/inventory/generate/road-graph.ts'

const layers = readLayers()
const geography = createGeography(layers)
const at = ([lon, lat]: readonly [number, number]) => ({ lon, lat })

describe('the base layers', () => {
  it('give the heights that the relief states for its check points, and none at sea', () => {
    expect(layers.relief.checks.length).toBeGreaterThan(5)
    for (const { lon, lat, heightM } of layers.relief.checks)
      expect(geography.elevationM({ lon, lat })).toBeCloseTo(heightM, 1)
    expect(geography.elevationM({ lon: 103.7, lat: 10.2 })).toBe(0)
  })

  it('have every place on land and in its own ward', () => {
    for (const { properties, geometry } of layers.places.features) {
      expect(geography.onLand(at(geometry.coordinates)), properties.id).toBe(true)
      expect(geography.wardOf(at(geometry.coordinates)), properties.id).toBe(properties.ward)
    }
  })

  it('know no ward at sea, nor on the mainland', () => {
    expect(geography.wardOf({ lon: 103.7, lat: 10.2 })).toBeNull()
    expect(geography.onLand({ lon: 104.95, lat: 10.3 })).toBe(true)
    expect(geography.wardOf({ lon: 104.95, lat: 10.3 })).toBeNull()
  })

  it('hold 179,480 people', () => {
    const cells = Object.values(layers.population.cells).flatMap((ward) => Object.values(ward))
    expect(cells.reduce((sum, people) => sum + people, 0)).toBe(layers.population.total)
    expect(layers.population.total).toBe(179_480)
  })
})

describe('a point in a polygon', () => {
  it('is found in bands of latitude as it is by walking the whole ring', () => {
    const rings = layers.coast.features.map(({ geometry }) => geometry.coordinates[0] ?? [])
    const walked = (ring: readonly (readonly [number, number])[], lon: number, lat: number) => {
      let inside = false
      ring.forEach(([xi, yi], i) => {
        const [xj, yj] = ring[(i + ring.length - 1) % ring.length] as readonly [number, number]
        if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside
      })
      return inside
    }
    let found = 0
    for (const ring of rings) {
      const outline = outlineOf(ring)
      for (let i = 0; i < 60; i++) {
        const lon = outline.west + (outline.east - outline.west) * ((i * 0.618) % 1)
        const lat = outline.south + (outline.north - outline.south) * ((i * 0.414) % 1)
        const inside = isInside(outline, { lon, lat })
        expect(inside).toBe(walked(ring, lon, lat))
        if (inside) found++
      }
    }
    expect(found).toBeGreaterThan(1000)
  })
})

describe('distances', () => {
  it('agree with the great circle within 0.1 % over the island', () => {
    const [a, b] = [at([103.96, 10.0]), at([104.05, 10.44])]
    const rad = (deg: number) => (deg * Math.PI) / 180
    const h =
      Math.sin(rad(b.lat - a.lat) / 2) ** 2 +
      Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2
    const greatCircle = 2 * 6371.0088 * Math.asin(Math.sqrt(h))
    expect(Math.abs(distanceKm(a, b) / greatCircle - 1)).toBeLessThan(0.001)
    expect(distanceKm(a, moved(a, 3, 4))).toBeCloseTo(5, 2)
  })
})

describe('the roads', () => {
  const roads = createRoads(layers.roads)
  it('lead from Gành Dầu to An Thới, longer than the beeline and without leaving the roads', () => {
    const [from, to] = [{ lon: 103.8436, lat: 10.3711 }, at([104.015, 10.0191])]
    const [start, end] = [roads.snap(from, 1), roads.snap(to, 1)]
    if (!start || !end) throw new Error('no road')
    const way = roads.way(start, end)
    expect(way?.km).toBeGreaterThan(distanceKm(from, to))
    expect(way?.km).toBeLessThan(1.6 * distanceKm(from, to))
    expect(lengthKm(way?.path ?? [])).toBeCloseTo(way?.km ?? 0, 6)
    for (const point of way?.path ?? []) expect(roads.snap(point, 0.01)).toBeDefined()
  })

  it('do not cross the sea', () => {
    const [here, there] = [roads.snap(at([104.0125, 9.9615]), 1), roads.snap(at([104.015, 10.0191]), 1)]
    if (!here || !there) throw new Error('no road')
    expect(roads.way(here, there)).toBeUndefined()
  })
})
