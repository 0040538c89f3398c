import mqtt, { type MqttClient } from 'mqtt'
import type { Site } from '../domain/inventory.ts'
import { siteTopic } from '../domain/topic.ts'
import { type Story, storedReadings } from './city.ts'
import type { Gate } from './gate.ts'
import { unit } from './hash.ts'
import { createInk } from './ink.ts'

export interface FleetCounters {
  connected: number
  /** Payloads that the broker acknowledged. */
  acknowledged: number
  /** Readings kept for later, as the device was cut off or had too much under way. */
  stored: number
  /** Kept readings that were delivered. */
  delivered: number
  /** Kept readings that were dropped, oldest first, as there were too many. */
  dropped: number
  /** Payloads that the platform answered on `rejected`. */
  rejected: number
  connectionErrors: number
}

/** What all devices of a fleet share. */
export interface FleetContext {
  mqtt: { url: string; username: string; password: string }
  counters: FleetCounters
  gate: Gate
  /** Also listen for refusals of the readings. */
  watchRejected: boolean
  now(): number
  story(): Story
  onError(site: Site, error: Error): void
}

/** One simulated device: a site, its own MQTT connection, and the readings it keeps while it has none. */
export interface Device {
  readonly site: Site
  /** Its place in the topology. */
  readonly index: number
  readonly key: number
  readonly context: FleetContext
  client: MqttClient | undefined
  online: boolean
  /** It should be connected: it is neither cut off nor without power. */
  wanted: boolean
  attempts: number
  inFlight: number
  /** A lot of the backlog is under way. */
  delivering: boolean
  /** Instants whose readings wait; the readings themselves are functions of these. */
  backlog: number[]
}

const KEEPALIVE_S = 60
const CONNECT_TIMEOUT_MS = 30_000
const MAX_IN_FLIGHT = 8
const MAX_BACKLOG = 500
/** Stored readings that go out together; the next lot follows their acknowledgement. */
const BACKLOG_LOT = 60
const BACKOFF_FIRST_MS = 1000
const BACKOFF_LAST_MS = 60_000
const GOODBYE_MS = 2000

/** A device that is not connected yet. */
export const createDevice = (site: Site, index: number, key: number, context: FleetContext): Device => ({
  site,
  index,
  key,
  context,
  client: undefined,
  online: false,
  wanted: false,
  attempts: 0,
  inFlight: 0,
  delivering: false,
  backlog: [],
})

const ink = createInk()

/** Takes a reading and sends it, or keeps it while there is no connection; nothing without power. */
export function takeReading(device: Device, tMs: number): void {
  const story = device.context.story()
  if (story.timeline.at(tMs).dead[device.index]) return
  if (!device.online || device.inFlight >= MAX_IN_FLIGHT) {
    keep(device, [tMs])
    return
  }
  ink.at = 0
  story.tell(device.index, tMs, ink)
  if (ink.at === 0) return
  const failed = () => keep(device, [tMs])
  // What was kept while too much was under way follows as soon as there is room.
  publish(device, Buffer.from(ink.bytes.subarray(0, ink.at)), () => deliverBacklog(device), failed)
}

function publish(device: Device, payload: Buffer, done: () => void, failed: () => void): void {
  const { client, site, context } = device
  if (!client) {
    failed()
    return
  }
  device.inFlight++
  client.publish(siteTopic(site.kind, site.id, 'telemetry'), payload, { qos: 1 }, (error) => {
    device.inFlight--
    if (error) {
      failed()
      return
    }
    context.counters.acknowledged++
    done()
  })
}

function keep(device: Device, instants: readonly number[]): void {
  device.context.counters.stored += instants.length
  putBack(device, instants)
}

function putBack({ backlog, context }: Device, instants: readonly number[]): void {
  backlog.push(...instants)
  const over = backlog.length - MAX_BACKLOG
  if (over <= 0) return
  backlog.sort((a, b) => a - b).splice(0, over)
  context.counters.dropped += over
}

/** Delivers what was kept, a lot at a time, as arrays of readings. */
function deliverBacklog(device: Device): void {
  const { context, index, backlog } = device
  if (backlog.length === 0 || !device.online || device.delivering) return
  device.delivering = true
  const lot = backlog.splice(0, BACKLOG_LOT).sort((a, b) => a - b)
  const payloads = storedReadings(context.story(), index, lot)
  let open = payloads.length
  let lost = false
  const settled = () => {
    open--
    if (open > 0) return
    device.delivering = false
    if (lost) {
      putBack(device, lot)
      return
    }
    context.counters.delivered += lot.length
    deliverBacklog(device)
  }
  const failed = () => {
    lost = true
    settled()
  }
  for (const payload of payloads) publish(device, payload, settled, failed)
}

/** Opens the connection, and again when it is lost, until `cutDevice` or `endDevice`. */
export function connectDevice(device: Device): void {
  if (device.wanted) return
  device.wanted = true
  enterGate(device)
}

function enterGate(device: Device): void {
  device.context.gate.enter((leave) => {
    if (device.wanted && !device.client) open(device, leave)
    else leave()
  })
}

function open(device: Device, leave: () => void): void {
  const { site, context } = device
  const { url, username, password } = context.mqtt
  const status = siteTopic(site.kind, site.id, 'status')
  const client = mqtt.connect(url, {
    clientId: site.id,
    username,
    password,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0, // a fresh client for each connection: what was under way is kept here, not there
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: status, payload: Buffer.from('offline'), qos: 1, retain: true },
  })
  device.client = client
  client.on('error', (error) => {
    context.counters.connectionErrors++
    context.onError(site, error)
  })
  client.on('close', () => {
    leave()
    client.end(true) // settles what was under way
    if (device.client === client) lost(device)
  })
  client.on('connect', () => {
    leave()
    if (device.client !== client) return
    client.publish(status, 'online', { qos: 1, retain: true })
    if (context.watchRejected) listen(device, client)
    arrived(device)
  })
}

function listen(device: Device, client: MqttClient): void {
  const { site, context } = device
  client.on('message', () => context.counters.rejected++)
  client.subscribe(siteTopic(site.kind, site.id, 'rejected'), { qos: 0 }, (error) => {
    if (error && device.client === client) context.onError(site, error)
  })
}

/** Newest first, as a field device does it: the operator sees it live before its past is filled. */
function arrived(device: Device): void {
  device.online = true
  device.attempts = 0
  device.context.counters.connected++
  takeReading(device, device.context.now())
  deliverBacklog(device)
}

function lost(device: Device): void {
  forget(device)
  if (!device.wanted) return
  const longest = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** device.attempts)
  const delayMs = longest * (0.5 + 0.5 * unit(device.key, device.attempts))
  device.attempts++
  setTimeout(() => enterGate(device), delayMs).unref()
}

function forget(device: Device): void {
  if (device.online) device.context.counters.connected--
  device.online = false
  device.client = undefined
}

/** Loses the connection without a word, as a device behind a cut does: its Will speaks for it. */
export function cutDevice(device: Device): void {
  const { client } = device
  device.wanted = false
  forget(device)
  client?.end(true)
}

/** Says goodbye and waits, not for ever, until it is heard. */
export async function endDevice(device: Device): Promise<void> {
  const { client } = device
  device.wanted = false
  forget(device)
  if (!client) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS)
  })
  await Promise.race([client.endAsync(), late])
  clearTimeout(timer)
  client.end(true)
}
