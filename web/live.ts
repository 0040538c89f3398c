import { io, type Socket } from 'socket.io-client'
import * as z from 'zod/mini'
import { deltaSchema, type FeedSite, type Pulse, pulseSchema, resyncSchema, snapshotSchema } from '../domain/live.ts'
import { LINK_STATES, type LinkState } from '../domain/words.ts'
import { noteServerTime, serverNow } from './server-time.ts'

/** The only owner of the socket. What comes in is parsed here; what goes wrong is counted and the picture dated. */

/** A pulse comes every second; after this long without any frame the picture is no longer the present. */
const SILENCE_MS = 2000
const CHECK_EVERY_MS = 250
/** After the page itself stood still (a busy or sleeping machine), frames that wait get this long to be delivered. */
const GRACE_MS = 500

export interface LiveEvents {
  /** Changes, or the whole state after a (re)connection. */
  sites(sites: readonly FeedSite[], atMs: number): void
  link(id: string, state: LinkState): void
  pulse(pulse: Pulse): void
  /** The list may be wrong: read it again. */
  resync(reason: string): void
  /** `since` is platform time of the last frame; null: there never was one. */
  status(status: 'live' | 'lost', since: number | null): void
}

export interface Live {
  /** Tries to connect now instead of at the next attempt. */
  retry(): void
  stop(): void
}

const linkState = z.enum(LINK_STATES)
const linkEventSchema = z.union([
  z.object({ id: z.string(), state: linkState }),
  z.pipe(
    z.object({ properties: z.object({ id: z.string(), state: linkState }) }),
    z.transform((feature) => feature.properties),
  ),
])

/** Tells whether frames still come, whatever the socket believes about itself. */
function watchSilence(events: LiveEvents) {
  let lastFrame = performance.now()
  let lastAt: number | null = null
  let status: 'live' | 'lost' | null = null
  const say = (next: 'live' | 'lost') => {
    if (status === next) return
    status = next
    events.status(next, lastAt)
  }
  let lastCheck = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const stoodStill = now - lastCheck > CHECK_EVERY_MS + GRACE_MS
    lastCheck = now
    if (stoodStill) lastFrame = Math.max(lastFrame, now - SILENCE_MS + GRACE_MS)
    if (now - lastFrame > SILENCE_MS) say('lost')
  }, CHECK_EVERY_MS)
  return {
    frame() {
      lastFrame = performance.now()
      lastAt = serverNow()
      say('live')
    },
    stop: () => clearInterval(timer),
  }
}

function listen(socket: Socket, events: LiveEvents, frame: () => void): void {
  const on = <T>(name: string, schema: z.ZodMiniType<T>, take: (event: T) => void) =>
    socket.on(name, (raw: unknown) => {
      const parsed = schema.safeParse(raw)
      if (!parsed.success) return events.resync(`${name}: ${z.prettifyError(parsed.error)}`)
      take(parsed.data)
      frame()
    })
  on('delta', deltaSchema, (delta) => events.sites(delta.sites, delta.at))
  on('link', linkEventSchema, (link) => events.link(link.id, link.state))
  on('resync', resyncSchema, ({ reason }) => events.resync(reason))
  on('pulse', pulseSchema, (pulse) => {
    noteServerTime(pulse.at)
    events.pulse(pulse)
  })
}

/**
 * Connects and stays connected for ever. The whole network is watched, not the viewport: counts and the
 * list must be true for all of it, and the feed carries only what changed.
 */
export function startLive(events: LiveEvents): Live {
  const socket = io({
    path: '/socket.io',
    transports: ['websocket', 'polling'],
    reconnectionDelayMax: 5000,
    timeout: 5000,
  })
  const silence = watchSilence(events)
  const watch = () =>
    socket.timeout(5000).emit('watch', {}, (error: Error | null, raw: unknown) => {
      if (error) return
      const snapshot = snapshotSchema.safeParse(raw)
      if (!snapshot.success) return events.resync('snapshot')
      noteServerTime(snapshot.data.at)
      events.sites(snapshot.data.sites, snapshot.data.at)
      silence.frame()
    })
  socket.on('connect', watch)
  listen(socket, events, silence.frame)
  return {
    retry() {
      socket.disconnect()
      socket.connect()
    },
    stop() {
      silence.stop()
      socket.disconnect()
    },
  }
}
