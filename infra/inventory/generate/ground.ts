import type { Position } from '../../../domain/inventory.ts'
import { rounded } from '../../geo/distance.ts'
import { createGeography, type Geography } from '../../geo/geography.ts'
import type { Coordinates, Layers, Place } from '../../geo/layers.ts'
import { createLocalities, type Localities, type Locality } from './localities.ts'
import { createPeople, type People } from './people.ts'
import { createRandom, type Random } from './random.ts'
import { createRoads, type Roads } from './road-graph.ts'

/** Everything that placing a site asks of the island. */
export interface Ground extends Geography {
  people: People
  roads: Roads
  localities: Localities
  place(id: string): { position: Position; properties: Place }
  places: readonly { position: Position; properties: Place }[]
  /** An own sequence of random numbers for each part, so that one part's change leaves the others. */
  random(part: string): Random
  /** Letters, name and running number for a new site: `OL`, `Ông Lang`, 3. */
  christen(prefix: string, point: Position, ward: string | null): Christened
}

export interface Christened {
  id: string
  locality: Locality
  /** At least two digits. */
  number: string
}

export function createGround(layers: Layers, seed: number): Ground {
  const geography = createGeography(layers)
  const localities = createLocalities(layers.places)
  const places = layers.places.features.map(({ properties, geometry }) => ({
    properties,
    position: toPosition(geometry.coordinates),
  }))
  const byId = new Map(places.map((place) => [place.properties.id, place]))
  const counts = new Map<string, number>()
  return {
    ...geography,
    people: createPeople(layers),
    roads: createRoads(layers.roads),
    localities,
    places,
    place(id) {
      const found = byId.get(id)
      if (!found) throw new Error(`no place ${id}`)
      return found
    },
    random: (part) => createRandom(`${seed}/${part}`),
    christen(prefix, point, ward) {
      const locality = localities.of(point, ward)
      const key = `${prefix}-${locality.code}`
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      const number = String(count).padStart(2, '0')
      return { id: `${key}-${number}`, locality, number }
    },
  }
}

const toPosition = ([lon, lat]: Coordinates): Position => ({ lon, lat })

/**
 * The first point of `draw` that lies on land in a ward and pleases, rounded; after `tries`, the last one on land.
 * @throws Error when none was on land.
 */
export function settle(
  ground: Ground,
  draw: () => Position,
  pleases: (point: Position, ward: string) => boolean = () => true,
  tries = 40,
): { position: Position; ward: string } {
  let last: { position: Position; ward: string } | undefined
  for (let i = 0; i < tries || (!last && i < 1000); i++) {
    const position = rounded(draw())
    const ward = ground.wardOf(position)
    if (!ward || !ground.onLand(position)) continue
    last = { position, ward }
    if (pleases(position, ward)) return last
  }
  if (!last) throw new Error('found no land to stand on')
  return last
}
