import type { Clock } from '../domain/clock.ts'
import type { Site } from '../domain/inventory.ts'
import { type City, type Story, tellCity } from './city.ts'
import {
  connectDevice,
  createDevice,
  cutDevice,
  type Device,
  endDevice,
  type FleetContext,
  type FleetCounters,
  takeReading,
} from './device.ts'
import type { Fault } from './faults.ts'
import { createGate } from './gate.ts'
import { keyOf, unit } from './hash.ts'
import { createTimers, type Timers } from './timers.ts'
import type { World } from './world.ts'

/** Connections that are being opened at the same time. */
const OPENING = 64
/** After a repair, devices come back within this time, each at its own. */
const RETURN_MS = 8000
/** What changed at a device (light, mains) is told at once, within this time. */
const NOTICE_MS = 800
const WORLD_TICK_MS = 1000
const CHATTER_SHARE = 60
const CHATTER_LEAST_MS = 2000

/** The running fleet: its devices, their timers, and the world they live in. */
export interface Run {
  context: FleetContext
  begin(): void
  /** The faults changed: tells the story anew. */
  retell(): void
  end(): Promise<void>
}

/** What the run needs to know. */
export interface RunOptions {
  clock: Clock
  mqtt: FleetContext['mqtt']
  /** Readings a second of the whole fleet; absent: each site at its own interval. */
  rate?: number | undefined
  watchRejected: boolean
  faults(): Fault[]
  onError: FleetContext['onError']
}

/** Devices of the chosen sites (by index), silent until `begin`. */
export function createRun(options: RunOptions, city: City, chosen: readonly number[]): Run {
  const { clock, mqtt, watchRejected, onError } = options
  let story = tellCity(city, options.faults())
  let known: World | undefined
  const timers = createTimers(clock)
  const context: FleetContext = {
    mqtt,
    counters: emptyCounters(),
    gate: createGate(OPENING),
    watchRejected,
    now: () => clock.now(),
    story: () => story,
    onError,
  }
  const devices = chosen.map((index) => {
    const site = city.topology.sites[index] as Site
    return createDevice(site, index, keyOf(site.id, city.seed), context)
  })
  const intervalMs = intervalOf(options, devices.length)
  const tick = () => {
    const world = story.timeline.at(clock.now())
    if (world === known) return
    for (const device of devices) follow(device, known, world, city, timers)
    known = world
  }
  return {
    context,
    begin() {
      tick()
      timers.every(WORLD_TICK_MS, tick)
      for (const device of devices) keepReading(device, timers, clock, intervalMs, 0)
    },
    retell() {
      story = tellCity(city, options.faults())
      tick()
      for (const device of devices) keepReading(device, timers, clock, intervalMs, clock.now())
    },
    async end() {
      timers.clear()
      await Promise.all(devices.map(endDevice))
    },
  }
}

const emptyCounters = (): FleetCounters => ({
  connected: 0,
  acknowledged: 0,
  stored: 0,
  delivered: 0,
  dropped: 0,
  rejected: 0,
  connectionErrors: 0,
})

/** How long a device waits between readings, in ms; much less when it chatters. */
function intervalOf({ rate }: RunOptions, count: number): (device: Device, story: Story, tMs: number) => number {
  return (device, story, tMs) => {
    const own = rate ? (1000 * count) / rate : 1000 * device.site.interval_s
    if (!story.timeline.chatters(device.index, tMs)) return own
    return Math.min(own, Math.max(CHATTER_LEAST_MS, own / CHATTER_SHARE))
  }
}

/** Readings fall on a grid of the device's own phase: the same instants in every run, spread over the interval. */
function keepReading(
  device: Device,
  timers: Timers,
  clock: Clock,
  intervalMs: (device: Device, story: Story, tMs: number) => number,
  lastMs: number,
): void {
  const now = clock.now()
  const interval = intervalMs(device, device.context.story(), now)
  const phase = Math.floor(unit(device.key, 0x9a5e) * interval)
  // A timer may fire a little early: the same instant must not come twice.
  const after = Math.max(now, lastMs)
  const next = Math.round(phase + (Math.floor((after - phase) / interval) + 1) * interval)
  timers.after(`read ${device.site.id}`, next - now, () => {
    takeReading(device, next)
    keepReading(device, timers, clock, intervalMs, next)
  })
}

/** Lets a device feel what changed: it loses its connection or gets it back, and tells at once what it sees. */
function follow(device: Device, before: World | undefined, after: World, city: City, timers: Timers): void {
  const { index, site, key } = device
  const way = after.reachable[index] === 1
  const had = before?.reachable[index] === 1
  if (!way && (had || !before)) {
    timers.after(`return ${site.id}`, 0, () => {})
    cutDevice(device)
  }
  // At the start nothing waits but the gate; after a repair each returns in its own time.
  if (way && !before) connectDevice(device)
  if (way && before && !had)
    timers.after(`return ${site.id}`, RETURN_MS * unit(key, after.fromMs & 0xffff), () => connectDevice(device))
  if (before && !after.dead[index] && sees(device, before, after, city))
    timers.after(`notice ${site.id}`, NOTICE_MS * unit(key, 0x71ce), () => takeReading(device, device.context.now()))
}

/** Did its mains or the light of one of its ports come or go? */
function sees({ index, site }: Device, before: World, after: World, { topology }: City): boolean {
  if (before.mainsOff[index] !== after.mainsOff[index]) return true
  if (site.kind !== 'fibre') return false
  const links = topology.linksAt[index] ?? []
  return links.some((link) => before.dark[link] !== after.dark[link])
}
