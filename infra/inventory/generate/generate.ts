import type { Inventory } from '../../../domain/inventory.ts'
import { type Layers, readLayers } from '../../geo/layers.ts'
import { attachSensors, attachServices, attachStations } from './attach.ts'
import { buildBackbone, type FibreSite } from './backbone.ts'
import { drawFeeders } from './feeders.ts'
import { createGround } from './ground.ts'
import { createNearby } from './nearby.ts'
import { placeSensors } from './sensors.ts'
import { placeServices } from './services.ts'
import { placeStations, type Station } from './stations.ts'

/** The demonstration city in `phu-quoc/`: 180 base stations, 60 fibre nodes, 600 sensors, 150 services. */
export const DEMO = { sites: 990, seed: 1 } as const
/** Below, no network is left to speak of; above, islands have no room. */
const FEWEST_SITES = 300
const MOST_SITES = 100_000

const SHARES = { stations: 180 / DEMO.sites, nodes: 60 / DEMO.sites, services: 150 / DEMO.sites }

/**
 * A city on the island, the same bytes for the same seed and number of sites; kinds keep their shares.
 * @throws RangeError when `sites` is not a whole number from 300 to 100,000.
 */
export function generateInventory(
  { seed, sites = DEMO.sites }: { seed: number; sites?: number },
  layers: Layers = readLayers(),
): Inventory {
  if (!Number.isInteger(sites) || sites < FEWEST_SITES || sites > MOST_SITES)
    throw new RangeError(`give a whole number from ${FEWEST_SITES} to ${MOST_SITES}`)
  const ground = createGround(layers, seed)
  const wards = layers.wards.features.map(({ properties }) => properties)
  const backbone = buildBackbone(ground, Math.round(sites * SHARES.nodes))
  const stations = placeStations(ground, Math.round(sites * SHARES.stations))
  const services = placeServices(ground, Math.round(sites * SHARES.services), wards)
  const rest = sites - backbone.nodes.length - stations.length - services.length
  const nearStations = createNearby<Station>(({ position }) => position, 1, stations)
  const nearNodes = createNearby<FibreSite>(({ position }) => position, 1, backbone.nodes)
  const sensors = placeSensors(ground, rest, nearStations)
  const all = [...stations, ...backbone.nodes, ...sensors, ...services]
  return {
    sites: all.sort(byId),
    links: [
      ...backbone.spans,
      ...attachStations(ground, stations, nearNodes),
      ...attachSensors(sensors, nearStations),
      ...attachServices(services, nearNodes, nearStations),
    ].sort(byId),
    groups: [...backbone.ducts, ...drawFeeders(all, wards)].sort(byId),
  }
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
