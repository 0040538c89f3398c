import type { Inventory, Site } from '../domain/inventory.ts'
import type { Kind } from '../domain/words.ts'
import { type City, createCity, type Story, storedReadings, tellCity } from './city.ts'
import { keyOf, unit } from './hash.ts'
import { createInk, ensureRoom, type Ink, MAX_READING_BYTES } from './ink.ts'
import { pastFaults } from './past-faults.ts'

/** One telemetry packet of the past, as the broker would have had it. */
export interface PastPacket {
  kind: Kind
  siteId: string
  /** Epoch ms. */
  receivedAt: number
  payload: Uint8Array
}

/** Packets in order of their receive time. All payloads of a chunk lie in one ArrayBuffer, so that it travels as one. */
export interface PastChunk {
  packets: PastPacket[]
  /** Share of the whole past that is made with this chunk, 0 … 1. */
  done: number
}

export interface PastOptions {
  inventory: Inventory
  seed: number
  fromMs: number
  toMs: number
  /** One reading a site in each step. */
  stepMs: number
}

/** Some 35,000 readings of a part: whoever stores them has a cost for each chunk. */
const CHUNK_BYTES = 4_000_000
/** From the reading's time to the broker. */
const TRAVEL_MS = 180
/** Share of devices that keep readings while cut off and deliver them later; the others lose them. */
const KEEPERS = 0.6
/** Readings that a device keeps. */
const BACKLOG_READINGS = 500

/** A chunk in the making. */
interface Draft {
  ink: Ink
  packets: { site: number; receivedAt: number; start: number; end: number }[]
}

/**
 * The past of the demonstration city, with its faults in it: telemetry only, by the same signals as the live
 * fleet's. Sites that are dead or cut off have no readings then; some deliver what they stored when they are back.
 */
export function* makePast(options: PastOptions): Generator<PastChunk> {
  const { inventory, seed, fromMs, toMs, stepMs } = options
  const city = createCity(inventory, seed)
  const story = tellCity(city, pastFaults(city.topology, seed, fromMs, toMs))
  const devices = devicesOf(city, stepMs)
  const draft: Draft = { ink: createInk(CHUNK_BYTES + MAX_READING_BYTES), packets: [] }
  for (let step = fromMs; step < toMs; step += stepMs) {
    for (const device of devices) {
      const t = step + device.phaseMs
      if (t >= toMs) break
      speak(device, story, t, draft)
      if (draft.ink.at >= CHUNK_BYTES) yield pack(city, draft, (t - fromMs) / (toMs - fromMs))
    }
  }
  yield pack(city, draft, 1)
}

interface Device {
  site: number
  phaseMs: number
  keeps: boolean
  stored: number[]
}

/** All devices in the order in which they speak within a step. */
function devicesOf(city: City, stepMs: number): Device[] {
  return city.topology.sites
    .map((site, index) => {
      const key = keyOf(site.id, city.seed)
      const phaseMs = Math.floor(unit(key, 0x9a5e) * stepMs)
      return { site: index, phaseMs, keeps: unit(key, 0x5703e) < KEEPERS, stored: [] as number[] }
    })
    .sort((a, b) => a.phaseMs - b.phaseMs)
}

/** What a device sends at its time: usually one reading, nothing when cut off, stored ones first when it is back. */
function speak(device: Device, story: Story, t: number, draft: Draft): void {
  const { site, stored } = device
  const world = story.timeline.at(t)
  if (world.dead[site]) return
  if (!world.reachable[site]) {
    if (device.keeps && stored.length < BACKLOG_READINGS) stored.push(t)
    return
  }
  const { ink, packets } = draft
  if (stored.length > 0) {
    for (const payload of storedReadings(story, site, stored.splice(0))) {
      ensureRoom(ink)
      ink.bytes.set(payload, ink.at)
      packets.push({ site, receivedAt: t + TRAVEL_MS, start: ink.at, end: ink.at + payload.length })
      ink.at += payload.length
    }
  }
  const start = ink.at
  story.tell(site, t, ink)
  if (ink.at > start) packets.push({ site, receivedAt: t + TRAVEL_MS, start, end: ink.at })
}

/** Takes what is drafted out, in a buffer of its own, and begins anew. */
function pack(city: City, draft: Draft, done: number): PastChunk {
  const bytes = new Uint8Array(draft.ink.at)
  bytes.set(draft.ink.bytes.subarray(0, draft.ink.at))
  const packets = draft.packets.map(({ site, receivedAt, start, end }) => {
    const { kind, id } = city.topology.sites[site] as Site
    return { kind, siteId: id, receivedAt, payload: bytes.subarray(start, end) }
  })
  draft.ink.at = 0
  draft.packets = []
  return { packets, done }
}
