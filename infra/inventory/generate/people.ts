import { cellToLatLng } from 'h3-js'
import type { Position } from '../../../domain/inventory.ts'
import { moved } from '../../geo/distance.ts'
import type { Layers } from '../../geo/layers.ts'
import { createNearby } from './nearby.ts'
import { createPicker, type Random } from './random.ts'

/** Where people are: residents by cell, and visitors where they stay. */
export interface People {
  /** A point where people are, `evenness` 1: by their number, 0: anywhere inhabited alike. */
  sampler(random: Random, evenness: number, ward?: string): () => Position
  /** People within a distance, residents and visitors of an average day. */
  around(point: Position, km: number): number
}

interface Crowd {
  position: Position
  ward: string
  people: number
}

/** Half the width of a cell of resolution 9, so that points fill it without leaving it far. */
const CELL_RADIUS_KM = 0.19

export function createPeople({ population, places }: Pick<Layers, 'population' | 'places'>): People {
  const cells = Object.entries(population.cells).flatMap(([ward, byCell]) =>
    Object.entries(byCell).map(([cell, people]): Crowd => {
      const [lat, lon] = cellToLatLng(cell)
      return { position: { lon, lat }, ward, people }
    }),
  )
  const visitors = places.features.flatMap(({ properties, geometry }): Crowd[] => {
    const share = population.visitors.nightShareByPlace[properties.id]
    if (!share) return []
    const [lon, lat] = geometry.coordinates
    const people = share * population.visitors.assumptions.presentOnAverageDay
    return [{ position: { lon, lat }, ward: properties.ward, people }]
  })
  const crowds = [...cells, ...visitors]
  const nearby = createNearby<Crowd>((crowd) => crowd.position, 1, crowds)
  return {
    sampler(random, evenness, ward) {
      const chosen = ward ? crowds.filter((crowd) => crowd.ward === ward) : crowds
      const pick = createPicker(
        chosen.map((crowd) => crowd.people ** evenness),
        random,
      )
      return () => around((chosen[pick()] as Crowd).position, CELL_RADIUS_KM, random)
    },
    around: (point, km) => nearby.within(point, km).reduce((sum, { people }) => sum + people, 0),
  }
}

/** A point in a disc, evenly. */
export function around(centre: Position, radiusKm: number, random: Random): Position {
  const angle = random.between(0, 2 * Math.PI)
  const distance = radiusKm * Math.sqrt(random.next())
  return moved(centre, distance * Math.sin(angle), distance * Math.cos(angle))
}
