import type { Server as HttpServer } from 'node:http'
import { Server, type Socket } from 'socket.io'
import type { Clock } from '../../domain/clock.ts'
import { type Pulse, type Watch, watchSchema } from '../../domain/live.ts'
import { callerOf, type Guard } from '../guard.ts'
import type { InventoryView } from '../inventory.ts'
import type { Latest } from '../latest.ts'
import { faultsOf, formatPath } from '../validation.ts'
import { feedParser, type RawJson, rawJson } from './encoder.ts'
import { createHub, type Hub } from './hub.ts'
import type { Outlet } from './viewer.ts'

const PULSE_MS = 1000
/** A viewer with more than this in its own send buffer is busy. */
const BUSY_BYTES = 32 * 1024
/** Largest message from a viewer: a `watch` is a few hundred bytes. */
const MAX_MESSAGE_BYTES = 8 * 1024
/** How often a viewer may change what it watches: at most so many at once, and one more every so many ms. */
const WATCH_BURST = 20
const WATCH_REFILL_MS = 100
const DRAIN_CHECK_MS = 50

export interface Feed extends Pick<Hub, 'changed' | 'resync' | 'stats'> {
  stop(): Promise<void>
}

type Ack = (answer: RawJson) => void
/** What engine.io holds of a connection and does not declare. */
type Transport = { writable: boolean; socket?: { bufferedAmount?: number } }

/** Serves the live feed beside an HTTP server, on `/socket.io`. */
export function serveFeed(o: {
  server: HttpServer
  guard: Guard
  origins: readonly string[]
  maxViewers: number
  inventory: () => InventoryView
  latest: Latest
  pulse: () => Pulse
  clock: Clock
  /** Real time: what paces a viewer's screen is not the platform's time. */
  wall: Clock
}): Feed {
  const io = new Server(o.server, {
    serveClient: false,
    transports: ['websocket', 'polling'],
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: 10_000,
    parser: feedParser,
    ...(o.origins.length > 0 && { cors: { origin: [...o.origins], credentials: true } }),
    allowRequest: ({ headers }, decide) => {
      const caller = callerOf(headers)
      const welcome = o.guard.knowsHost(caller) && o.guard.knowsOrigin(caller)
      decide(null, welcome && io.engine.clientsCount < o.maxViewers)
    },
  })
  const hub = createHub({
    inventory: o.inventory,
    latest: o.latest,
    now: o.clock.now,
    broadcast: (outlets, event, payload) => io.to(outlets.map(({ id }) => id)).emit(event, payload),
  })
  io.on('connection', (socket) => admit(socket, hub, o.wall))
  const stopPulse = o.wall.every(PULSE_MS, () => hub.pulse(o.pulse()))
  return {
    changed: hub.changed,
    resync: hub.resync,
    stats: hub.stats,
    async stop() {
      stopPulse()
      hub.stop()
      // Not by a word of the protocol: a client that is told to go does not come back by itself.
      io.engine.close()
    },
  }
}

function outletOf(socket: Socket): Outlet {
  return {
    id: socket.id,
    busy() {
      const { conn } = socket
      const transport = conn.transport as unknown as Transport
      const held = conn as unknown as { writeBuffer: unknown[] }
      if (held.writeBuffer.length > 0) return true
      return !transport.writable && (transport.socket?.bufferedAmount ?? Number.POSITIVE_INFINITY) > BUSY_BYTES
    },
    emit: (event, payload) => void socket.emit(event, payload),
  }
}

function admit(socket: Socket, hub: Hub, wall: Clock): void {
  const outlet = outletOf(socket)
  const allowed = createAllowance(wall)
  const later = createLatestOnly(outlet, wall)
  hub.join(outlet)
  socket.on('disconnect', () => {
    later.stop()
    hub.leave(outlet)
  })
  socket.on('watch', (payload: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return
    const ack = acknowledge as Ack
    if (!allowed()) return ack(refusal('too many watch requests; wait a moment'))
    const parsed = watchSchema.safeParse(payload)
    if (!parsed.success) return ack(invalid(payload))
    const bad = unsound(parsed.data)
    if (bad) return ack(refusal(bad, 'bbox'))
    later.run(
      () => ack(hub.watch(outlet, parsed.data)),
      () => ack(refusal('superseded by a later watch')),
    )
  })
}

const refusal = (message: string, path?: string): RawJson => rawJson({ error: path ? { message, path } : { message } })

function invalid(payload: unknown): RawJson {
  const errors = faultsOf(watchSchema, payload).map(({ path, message }) => ({
    path: formatPath(path),
    message: message.en,
  }))
  const detail = errors.map((fault) => [fault.path, fault.message].filter(Boolean).join(': ')).join('; ')
  return rawJson({ error: { message: detail, errors } })
}

function unsound({ bbox }: Watch): string | undefined {
  if (!bbox) return undefined
  const [west, south, east, north] = bbox
  const sound = Math.abs(west) <= 180 && Math.abs(east) <= 180 && south >= -90 && north <= 90 && south <= north
  return sound ? undefined : 'bbox is west,south,east,north in degrees, south not above north'
}

/** A bucket of tokens: bursts are fine, a flood is not. */
function createAllowance(wall: Clock): () => boolean {
  let tokens = WATCH_BURST
  let filledMs = wall.now()
  return () => {
    const nowMs = wall.now()
    tokens = Math.min(WATCH_BURST, tokens + (nowMs - filledMs) / WATCH_REFILL_MS)
    filledMs = nowMs
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

/** Answers at once, or, while the viewer is busy, only the last of what it asked: a snapshot is large. */
function createLatestOnly(outlet: Outlet, wall: Clock) {
  let waiting: { answer: () => void; giveUp: () => void } | undefined
  let stopChecking: (() => void) | undefined
  const stop = () => {
    stopChecking?.()
    stopChecking = undefined
  }
  const check = () => {
    if (outlet.busy()) return
    stop()
    const { answer } = waiting ?? {}
    waiting = undefined
    answer?.()
  }
  return {
    stop,
    run(answer: () => void, giveUp: () => void) {
      waiting?.giveUp()
      waiting = { answer, giveUp }
      check()
      if (waiting) stopChecking ??= wall.every(DRAIN_CHECK_MS, check)
    },
  }
}
