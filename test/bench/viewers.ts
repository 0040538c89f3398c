/**
 * Viewers of the feed and probes that they look out for, in one process so that one clock times both:
 * `viewers.ts JSON`. A probe publishes its own send time; the latency is from there to the viewer.
 */
import mqtt from 'mqtt'
import { WebSocket } from 'ws'
import { createHistogram, percentile, record } from '../../simulators/histogram.ts'
import { siteId } from './city.ts'

export interface ViewersOrder {
  httpUrl: string
  mqttPort: number
  fleetPassword: string
  viewers: number
  /** Probes take the sites after the load's. */
  firstProbe: number
  probes: number
  durationMs: number
}
export interface ViewersResult {
  p50Ms: number
  p99Ms: number
  samples: number
  bytesPerViewerPerS: number
}

/** Reading every delta at every viewer would measure this process, so only some look inside. */
const READERS = 10
const PROBE_INTERVAL_MS = 500
const CYCLE_MS = 10_000

const order = JSON.parse(process.argv[2] as string) as ViewersOrder
const histogram = createHistogram()
const probeIds = new Set(Array.from({ length: order.probes }, (_, i) => siteId(order.firstProbe + i)))
let bytes = 0
let measuring = false

function readDelta(text: string): void {
  const now = Date.now() % CYCLE_MS
  const [, delta] = JSON.parse(text.slice(2)) as [string, { sites: { id: string; values: Record<string, number> }[] }]
  for (const { id, values } of delta.sites) {
    const sent = values['parking_free']
    if (sent === undefined || !probeIds.has(id)) continue
    record(histogram, (now - sent + CYCLE_MS) % CYCLE_MS)
  }
}

/** Engine.IO 4 and Socket.IO 5 by hand: `0` open, `2` ping, `40` connected; then `42` event, `43` acknowledgement. */
const REPLIES = [
  ['40', '420["watch",{}]'],
  ['0', '40'],
  ['2', '3'],
] as const

function openViewer(reader: boolean): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const address = `${order.httpUrl.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`
    const socket = new WebSocket(address, { perMessageDeflate: false, skipUTF8Validation: true })
    socket.once('error', reject)
    socket.on('message', (data: Buffer) => {
      if (measuring) bytes += data.length
      const head = data.subarray(0, 10).toString('latin1')
      const reply = REPLIES.find(([prefix]) => head.startsWith(prefix))?.[1]
      if (reply) socket.send(reply)
      else if (head.startsWith('43')) resolve(socket)
      else if (reader && measuring && head.startsWith('42["delta')) readDelta(data.toString('utf8'))
    })
  })
}

async function openProbe(index: number): Promise<() => void> {
  const id = siteId(order.firstProbe + index)
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${order.mqttPort}`, {
    username: 'fleet',
    password: order.fleetPassword,
    clientId: id,
  })
  const timer = setInterval(() => {
    client.publish(`pq/v1/sensor/${id}/telemetry`, JSON.stringify({ m: { parking_free: Date.now() % CYCLE_MS } }), {
      qos: 1,
    })
  }, PROBE_INTERVAL_MS + index)
  return () => {
    clearInterval(timer)
    client.end(true)
  }
}

const sockets: WebSocket[] = []
for (let i = 0; i < order.viewers; i++) sockets.push(await openViewer(i < READERS))
const probes = await Promise.all(Array.from({ length: order.probes }, (_, i) => openProbe(i)))
await new Promise((resolve) => setTimeout(resolve, 3000))
measuring = true
await new Promise((resolve) => setTimeout(resolve, order.durationMs))
measuring = false
for (const stop of probes) stop()
for (const socket of sockets) socket.terminate()
const result: ViewersResult = {
  p50Ms: percentile(histogram, 0.5),
  p99Ms: percentile(histogram, 0.99),
  samples: histogram.total,
  bytesPerViewerPerS: bytes / order.viewers / (order.durationMs / 1000),
}
process.send?.(result)
process.disconnect()
