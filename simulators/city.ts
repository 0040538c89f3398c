import { type Catalogue, catalogue as released } from '../domain/catalogue.ts'
import type { Inventory, Site } from '../domain/inventory.ts'
import { TS_DIGITS, writeTs } from './digits.ts'
import type { Fault } from './faults.ts'
import { keyOf } from './hash.ts'
import { CLOSE, COMMA, createInk, dot, ensureRoom, type Ink, press, stamp } from './ink.ts'
import { createModemLevels } from './modem-level.ts'
import { createMoments, crowding, type Moment } from './moment.ts'
import { createBts, describeBts } from './signals/bts.ts'
import { createFibre, describeFibre } from './signals/fibre.ts'
import type { Ground, Now } from './signals/now.ts'
import { createSensor, describeSensor } from './signals/sensor.ts'
import { createService, describeService } from './signals/service.ts'
import { createTopology, type Topology } from './topology.ts'
import { zoneOf } from './weather.ts'
import { createTimeline, type Timeline } from './world.ts'

/** Every site of an inventory, ready to tell what it measures. Readings are functions of seed, faults and time. */
export interface City {
  readonly seed: number
  readonly topology: Topology
  readonly tellers: readonly Teller[]
}

const OPEN_LIST = 91
const CLOSE_LIST = 93

type Teller = (now: Now, ink: Ink) => void

/** A city under a list of faults. */
export interface Story {
  readonly timeline: Timeline
  /** Writes one reading as JSON; nothing when the site has nothing to say. Same arguments, same bytes. */
  tell(site: number, tMs: number, ink: Ink): void
}

/** Builds the models of all sites. Some 10 µs a site, more where a modem looks for its base stations. */
export function createCity(inventory: Inventory, seed: number, catalogue: Catalogue = released): City {
  const topology = createTopology(inventory)
  const hear = createModemLevels(inventory.sites, seed)
  const density = townOf(inventory.sites)
  const tellers = inventory.sites.map((site, index): Teller => {
    const ground: Ground = { index, key: keyOf(site.id, seed), zone: zoneOf(site.position.lat), town: density(site) }
    return createTeller(site, ground, topology, catalogue, hear)
  })
  return { seed, topology, tellers }
}

function createTeller(
  site: Site,
  ground: Ground,
  topology: Topology,
  catalogue: Catalogue,
  hear: ReturnType<typeof createModemLevels>,
): Teller {
  switch (site.kind) {
    case 'bts': {
      const model = createBts(site, ground, catalogue)
      return (now, ink) => describeBts(model, now, ink)
    }
    case 'fibre': {
      const model = createFibre(site, ground, topology, catalogue)
      return (now, ink) => describeFibre(model, now, ink)
    }
    case 'sensor': {
      const model = createSensor(site, ground, catalogue, (technology) => hear(site, technology))
      return (now, ink) => describeSensor(model, now, ink)
    }
    case 'service': {
      const model = createService(site, ground, topology, catalogue, (technology) => hear(site, technology))
      return (now, ink) => describeService(model, now, ink)
    }
  }
}

/** Side of a square of about 1.5 km. */
const SQUARE_DEG = 0.0135

/** 0 … 1 by how many sites stand around: where people are, the inventory is dense. */
function townOf(sites: readonly Site[]): (site: Site) => number {
  const counts = new Map<string, number>()
  const square = (site: Site, dx = 0, dy = 0) =>
    `${Math.floor(site.position.lon / SQUARE_DEG) + dx}/${Math.floor(site.position.lat / SQUARE_DEG) + dy}`
  for (const site of sites) counts.set(square(site), (counts.get(square(site)) ?? 0) + 1)
  const around = (site: Site): number => {
    let sum = 0
    for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++) sum += counts.get(square(site, dx, dy)) ?? 0
    return sum
  }
  const most = sites.reduce((max, site) => Math.max(max, around(site)), 1)
  return (site) => Math.sqrt(around(site) / most)
}

/** Tells the city's story under a list of faults. */
export function tellCity(city: City, faults: readonly Fault[]): Story {
  const { topology, tellers } = city
  const timeline = createTimeline(topology, faults)
  const momentOf = createMoments(city.seed, faults)
  return {
    timeline,
    tell(site, tMs, ink) {
      ensureRoom(ink)
      const before = ink.at
      press(ink, TIME)
      writeTs(ink.bytes, ink.at, tMs)
      ink.at += TS_DIGITS
      dot(ink, COMMA)
      const start = ink.at
      const teller = tellers[site] as Teller
      teller(nowOf(topology, timeline, momentOf(tMs), site, tMs), ink)
      if (ink.at === start) ink.at = before
      else dot(ink, CLOSE)
    },
  }
}

const TIME = stamp('{"ts":')

/** Largest payload of stored readings: below the broker's usual limit of 64 KiB. */
const BACKLOG_BYTES = 48_000
const scratch = createInk()

/** Readings of one site at several instants as payloads: arrays that each hold as many as fit. */
export function storedReadings(story: Story, site: number, instants: readonly number[]): Buffer[] {
  const payloads: Buffer[] = []
  scratch.at = 0
  const finish = () => {
    if (scratch.at === 0) return
    scratch.bytes[0] = OPEN_LIST
    dot(scratch, CLOSE_LIST)
    payloads.push(Buffer.from(scratch.bytes.subarray(0, scratch.at)))
    scratch.at = 0
  }
  for (const tMs of instants) {
    const before = scratch.at
    dot(scratch, COMMA)
    story.tell(site, tMs, scratch)
    if (scratch.at === before + 1) scratch.at = before
    if (scratch.at > BACKLOG_BYTES) finish()
  }
  finish()
  return payloads
}

function nowOf(topology: Topology, timeline: Timeline, moment: Moment, site: number, t: number): Now {
  return {
    t,
    moment,
    world: timeline.at(t),
    outage: timeline.outage(site, t),
    crowding: moment.crowds.length === 0 ? 1 : crowding(moment, (topology.sites[site] as Site).position),
    chattering: timeline.chatters(site, t),
  }
}
