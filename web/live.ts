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
/** A platform that stops says goodbye, after which the socket would not try again by itself. */
const RETURN_MS = 500
const WATCH_TIMEOUT_MS = 5000
/** A watch that came to nothing is repeated after this long, then after twice as long each time, up to the limit. */
const WATCH_AGAIN_MS = 500
const WATCH_AGAIN_MOST_MS = 8000

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

/** Keeps asking for the whole picture until it is here; `whole` says whether it is. */
function watchWhole(socket: Socket, events: LiveEvents, frame: () => void) {
  let whole = false
  let again: ReturnType<typeof setTimeout> | undefined
  // An answer to a question of an earlier connection is no answer to this one.
  let asked = 0
  const stop = () => {
    whole = false
    asked += 1
    clearTimeout(again)
  }
  const ask = (waitMs: number) => {
    asked += 1
    const question = asked
    socket.timeout(WATCH_TIMEOUT_MS).emit('watch', {}, (error: Error | null, raw: unknown) => {
      if (question !== asked) return
      const snapshot = snapshotSchema.safeParse(raw)
      if (error || !snapshot.success) {
        again = setTimeout(ask, waitMs, Math.min(waitMs * 2, WATCH_AGAIN_MOST_MS))
        return
      }
      whole = true
      noteServerTime(snapshot.data.at)
      events.sites(snapshot.data.sites, snapshot.data.at)
      frame()
    })
  }
  socket.on('connect', () => {
    stop()
    ask(WATCH_AGAIN_MS)
  })
  socket.on('disconnect', stop)
  return { whole: () => whole, stop }
}

/** A delta tells of the watch; until the picture is whole nothing else counts as a sign that it is the present. */
function listen(socket: Socket, events: LiveEvents, whole: () => boolean, frame: () => void): void {
  const on = <T>(name: string, schema: z.ZodMiniType<T>, take: (event: T) => void) =>
    socket.on(name, (raw: unknown) => {
      const parsed = schema.safeParse(raw)
      if (!parsed.success) return events.resync(`${name}: ${z.prettifyError(parsed.error)}`)
      take(parsed.data)
      if (name === 'delta' || whole()) frame()
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
 * @param origin Where the platform is; the page's own when absent.
 */
export function startLive(events: LiveEvents, origin = ''): Live {
  const socket = io(`${origin}/`, {
    path: '/socket.io',
    transports: ['websocket', 'polling'],
    reconnectionDelayMax: 5000,
    timeout: 5000,
  })
  const silence = watchSilence(events)
  const watch = watchWhole(socket, events, silence.frame)
  listen(socket, events, watch.whole, silence.frame)
  let back: ReturnType<typeof setTimeout> | undefined
  socket.on('disconnect', (reason) => {
    if (reason === 'io server disconnect') back = setTimeout(() => socket.connect(), RETURN_MS)
  })
  return {
    retry() {
      socket.disconnect()
      socket.connect()
    },
    stop() {
      clearTimeout(back)
      watch.stop()
      silence.stop()
      socket.disconnect()
    },
  }
}
