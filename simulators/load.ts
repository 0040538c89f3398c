import { connect, type Socket } from 'node:net'
import { writeTs } from './digits.ts'
import { createHistogram, type Histogram, percentile, record } from './histogram.ts'
import { connectPacket, DISCONNECT_PACKET, type PublishTemplate, publishTemplate } from './load-packets.ts'

/** One publisher of the load: it repeats its payload, each time with its next `ts`. */
export interface LoadDevice {
  clientId: string
  username?: string
  password?: string
  topic: string
  /** JSON; a `"ts":` of 13 digits in it is replaced by `firstTs`, `firstTs + 1`, … */
  payload: string
}

export interface LoadOptions {
  host: string
  port: number
  /** One connection each. */
  devices: readonly LoadDevice[]
  qos: 0 | 1
  /** Messages of one connection that may wait for their PUBACK (QoS 1) or for the socket (QoS 0). */
  inFlight: number
  /** Messages a second of all connections together; absent: as fast as they are acknowledged. */
  ratePerSecond?: number
  /** Ends by itself after so many were sent and acknowledged; absent: at `stop`. */
  messages?: number
  /** Epoch ms. */
  firstTs: number
  /** Each acknowledged message by its device and `ts` (QoS 1). */
  onAcknowledged?: (device: number, ts: number) => void
}

export interface LoadResult {
  sent: number
  /** Equals `sent` for QoS 0. */
  acknowledged: number
  elapsedMs: number
  perSecond: number
  /** From the write to its PUBACK. QoS 1 only. */
  latencyMs: { p50: number; p99: number; max: number }
  /** Connections that the broker closed, or that failed. */
  lost: number
}

export interface Load {
  /** When `messages` are through, or all connections are lost. */
  readonly done: Promise<LoadResult>
  /** Sends nothing more, waits shortly for what is under way, says goodbye. */
  stop(): Promise<LoadResult>
  /** Destroys the sockets without a word. */
  abort(): LoadResult
}

interface Publisher {
  device: number
  socket: Socket
  template: PublishTemplate
  /** `inFlight` copies of the packet, side by side: an acknowledged one has left the process and may be patched anew. */
  slots: Buffer
  size: number
  sentAt: Float64Array
  tsOf: Float64Array
  busy: Uint8Array
  /** The next slot to send: they go round. */
  next: number
  waiting: number
  nextTs: number
  /** Bytes of a packet that came in two pieces. */
  rest: Buffer
  open: boolean
}

interface Running {
  options: LoadOptions
  publishers: Publisher[]
  sent: number
  acknowledged: number
  allowance: number
  lost: number
  startedMs: number
  histogram: Histogram
  stopped: boolean
  finish(): void
}

const PACE_MS = 4
const STOP_MS = 3000
const CONNECT_MS = 30_000
const WAVE = 250

/**
 * Connects all devices, then publishes.
 * @throws Error when a connection is refused.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const publishers = await openPublishers(options)
  let finish: () => void = () => {}
  const ended = new Promise<void>((resolve) => {
    finish = resolve
  })
  const running: Running = {
    options,
    publishers,
    sent: 0,
    acknowledged: 0,
    allowance: options.ratePerSecond === undefined ? Number.POSITIVE_INFINITY : 0,
    lost: 0,
    startedMs: performance.now(),
    histogram: createHistogram(),
    stopped: false,
    finish,
  }
  for (const publisher of publishers) attend(running, publisher)
  const pace = options.ratePerSecond === undefined ? undefined : keepPace(running, options.ratePerSecond)
  for (const publisher of publishers) fill(running, publisher, Number.POSITIVE_INFINITY)
  const done = ended.then(() => {
    clearInterval(pace)
    const result = resultOf(running)
    for (const { socket } of publishers) socket.end(DISCONNECT_PACKET)
    return result
  })
  return {
    done,
    async stop() {
      running.stopped = true
      if (running.acknowledged >= running.sent) finish()
      const late = setTimeout(finish, STOP_MS)
      const result = await done
      clearTimeout(late)
      return result
    },
    abort() {
      running.stopped = true
      clearInterval(pace)
      for (const { socket } of publishers) socket.destroy()
      finish()
      return resultOf(running)
    },
  }
}

/** A few hundred at a time: thousands at once would wait for their turn longer than a broker waits for a CONNECT. */
async function openPublishers(options: LoadOptions): Promise<Publisher[]> {
  const publishers: Publisher[] = []
  for (let from = 0; from < options.devices.length; from += WAVE) {
    const wave = options.devices.slice(from, from + WAVE)
    publishers.push(...(await Promise.all(wave.map((device, i) => openPublisher(options, device, from + i)))))
  }
  return publishers
}

function openPublisher({ host, port, qos, inFlight, firstTs }: LoadOptions, device: LoadDevice, index: number) {
  const template = publishTemplate(device.topic, device.payload, qos)
  const size = template.bytes.length
  const slots = Buffer.allocUnsafeSlow(size * inFlight)
  for (let slot = 0; slot < inFlight; slot++) {
    template.bytes.copy(slots, slot * size)
    if (template.idAt !== -1) slots.writeUInt16BE(slot + 1, slot * size + template.idAt)
  }
  return new Promise<Publisher>((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const refused = (why: string) => () => {
      socket.destroy()
      reject(new Error(`${device.clientId}: ${why}`))
    }
    socket.setTimeout(CONNECT_MS, refused('no answer to CONNECT'))
    socket.once('close', refused('the broker closed the connection'))
    socket.once('error', reject)
    socket.once('connect', () => socket.write(connectPacket(device)))
    socket.once('data', (answer) => {
      if (answer[0] !== 0x20 || answer[3] !== 0) return refused(`CONNACK code ${answer[3]}`)()
      socket.setTimeout(0)
      socket.removeAllListeners()
      const arrays = {
        sentAt: new Float64Array(inFlight),
        tsOf: new Float64Array(inFlight),
        busy: new Uint8Array(inFlight),
      }
      const counts = { next: 0, waiting: 0, nextTs: firstTs }
      resolve({ device: index, socket, template, slots, size, ...arrays, ...counts, rest: Buffer.alloc(0), open: true })
    })
  })
}

function attend(running: Running, publisher: Publisher): void {
  const { socket } = publisher
  socket.on('data', (bytes) => {
    hear(running, publisher, bytes)
    if (running.options.ratePerSecond === undefined) fill(running, publisher, Number.POSITIVE_INFINITY)
    if (isThrough(running)) running.finish()
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    if (!publisher.open) return
    publisher.open = false
    running.lost++
    if (running.publishers.every((one) => !one.open)) running.finish()
  })
}

function isThrough({ options, acknowledged, sent, stopped }: Running): boolean {
  if (acknowledged < sent) return false
  return stopped || (options.messages !== undefined && sent >= options.messages)
}

const PUBACK = 0x40

/** Reads acknowledgements; anything else that a broker sends to a publisher is skipped. */
function hear(running: Running, publisher: Publisher, arrived: Buffer): void {
  const bytes = publisher.rest.length === 0 ? arrived : Buffer.concat([publisher.rest, arrived])
  const now = performance.now()
  let at = 0
  while (at + 2 <= bytes.length) {
    const end = at + 2 + (bytes[at + 1] as number)
    if (end > bytes.length) break
    if (bytes[at] === PUBACK) acknowledge(running, publisher, bytes.readUInt16BE(at + 2) - 1, now)
    at = end
  }
  publisher.rest = bytes.subarray(at)
}

function acknowledge(running: Running, publisher: Publisher, slot: number, now: number): void {
  if (publisher.busy[slot] !== 1) return
  publisher.busy[slot] = 0
  publisher.waiting--
  running.acknowledged++
  record(running.histogram, now - (publisher.sentAt[slot] as number))
  running.options.onAcknowledged?.(publisher.device, publisher.tsOf[slot] as number)
}

/** Sends as many as slots, pace and target allow: free slots lie side by side, so they leave in one write, or two. */
function fill(running: Running, publisher: Publisher, most: number): void {
  const { options } = running
  const target = (options.messages ?? Number.POSITIVE_INFINITY) - running.sent
  let room = Math.min(most, options.inFlight - publisher.waiting, running.allowance, target)
  while (room >= 1 && publisher.open && !running.stopped) {
    const first = publisher.next
    const count = prepare(options, publisher, Math.floor(room))
    if (count === 0) return
    room -= count
    running.allowance -= count
    running.sent += count
    transmit(running, publisher, first, count)
  }
}

/** Patches the free slots from `next` on, up to the end of the round. Returns how many. */
function prepare(options: LoadOptions, publisher: Publisher, most: number): number {
  const { slots, size, template, busy, sentAt, tsOf } = publisher
  const first = publisher.next
  const now = performance.now()
  let slot = first
  while (slot < options.inFlight && slot - first < most && busy[slot] === 0) {
    if (template.tsAt !== -1) writeTs(slots, slot * size + template.tsAt, publisher.nextTs)
    tsOf[slot] = publisher.nextTs++
    sentAt[slot] = now
    busy[slot] = 1
    slot++
  }
  publisher.waiting += slot - first
  publisher.next = slot === options.inFlight ? 0 : slot
  return slot - first
}

function transmit(running: Running, publisher: Publisher, first: number, count: number): void {
  const { slots, size, socket } = publisher
  const bytes = slots.subarray(first * size, (first + count) * size)
  if (running.options.qos === 1) socket.write(bytes)
  else socket.write(bytes, () => release(running, publisher, first, count))
}

/** QoS 0: what the kernel has taken counts as through. */
function release(running: Running, publisher: Publisher, first: number, count: number): void {
  publisher.busy.fill(0, first, first + count)
  publisher.waiting -= count
  running.acknowledged += count
  if (running.options.ratePerSecond === undefined) fill(running, publisher, Number.POSITIVE_INFINITY)
  if (isThrough(running)) running.finish()
}

function keepPace(running: Running, ratePerSecond: number): NodeJS.Timeout {
  let last = performance.now()
  let turn = 0
  return setInterval(() => {
    const now = performance.now()
    // What could not be sent for a second is not made up for.
    running.allowance = Math.min(ratePerSecond, running.allowance + ((now - last) * ratePerSecond) / 1000)
    last = now
    const { publishers } = running
    const share = Math.ceil(running.allowance / publishers.length)
    for (let i = 0; i < publishers.length && running.allowance >= 1; i++) {
      turn = (turn + 1) % publishers.length
      fill(running, publishers[turn] as Publisher, share)
    }
  }, PACE_MS)
}

function resultOf({ sent, acknowledged, startedMs, histogram, lost }: Running): LoadResult {
  const elapsedMs = performance.now() - startedMs
  return {
    sent,
    acknowledged,
    elapsedMs,
    perSecond: (1000 * acknowledged) / elapsedMs,
    latencyMs: { p50: percentile(histogram, 0.5), p99: percentile(histogram, 0.99), max: histogram.maxMs },
    lost,
  }
}
