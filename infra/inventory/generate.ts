import type { Inventory } from '../../domain/inventory.ts'
import { layFibre } from './fibre.ts'
import { type Geo, readGeo } from './geo.ts'
import { createLuck } from './luck.ts'
import { raiseMasts } from './masts.ts'
import { hangOnGrid } from './power-grid.ts'
import { placeSensors } from './sensors.ts'
import { placeServices } from './services.ts'

/** The demonstration city: 180 base stations, 60 fibre nodes, 600 sensors, 150 service sites. */
export const DEMO = { sites: 990, seed: 1 } as const

const SHARES = { bts: 180 / DEMO.sites, fibre: 60 / DEMO.sites, service: 150 / DEMO.sites }

/** Fewer would leave junctions of the roads or wards without. */
export const LEAST_SITES = 500

export interface GenerateOptions {
  /** Total number of sites, at least 500; kinds keep their shares. */
  sites: number
  seed: number
  geo?: Geo
}

/**
 * Makes an island city from a seed: the same seed, the same city to the byte.
 * @throws RangeError below 500 sites.
 */
export function generateInventory({ sites, seed, geo = readGeo() }: GenerateOptions): Inventory {
  if (!Number.isInteger(sites) || sites < LEAST_SITES) throw new RangeError(`a city has at least ${LEAST_SITES} sites`)
  const counts = {
    bts: Math.round(sites * SHARES.bts),
    fibre: Math.round(sites * SHARES.fibre),
    service: Math.round(sites * SHARES.service),
  }
  const fibre = layFibre(geo, counts.fibre)
  const mobile = raiseMasts(geo, fibre.nodes, counts.bts, createLuck(seed))
  const sensing = placeSensors(geo, mobile.masts, sites - counts.bts - counts.fibre - counts.service, createLuck(seed + 1))
  const serving = placeServices(geo, fibre.nodes, mobile.masts, counts.service, createLuck(seed + 2))
  const all = [...mobile.masts, ...fibre.nodes, ...sensing.sensors, ...serving.services]
  return {
    sites: all,
    links: [...fibre.links, ...mobile.links, ...serving.links, ...sensing.links],
    groups: [...fibre.ducts, ...hangOnGrid(geo, all)],
  }
}
