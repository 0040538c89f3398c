import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { LiveFrame, StageStats } from '../domain/live.ts'
import { CONTROL_SNAPSHOT, LIVE_REFUSALS, LIVE_SITES, LIVE_STATS } from '../domain/topic.ts'
import type { Answer } from './answers.ts'
import { snapshotParts, takeFrame } from './frames.ts'
import type { Effects, State } from './state.ts'
import type { Counters } from './stats.ts'

const STATS_TOPIC = `${LIVE_STATS}/ingest`
/** What may wait in the socket before frames and answers are held back. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024
const MAX_UNCONFIRMED = 1000
const GOODBYE_MS = 1000

export interface LiveOptions {
  mqtt: { url: string; username: string; password: string }
  state: State
  effects: Effects
  counters: Counters
  clock: Clock
  log: Logger
  intervalMs: number
}

/** The one voice of ingest on MQTT. While the broker is away nothing is queued but the newest of each site. */
export interface Live {
  /** There may be effects to tell: at once after quiet, else with the next frame. */
  changed(): void
  answer(answers: Answer[]): void
  stats(values: StageStats['values']): void
  stop(): Promise<void>
}

function connect({ mqtt: { url, username, password }, log }: LiveOptions): MqttClient {
  const client = mqtt.connect(url, {
    username,
    password,
    clientId: `ingest-${randomUUID()}`,
    reconnectPeriod: 1000,
    queueQoSZero: false,
  })
  client.on('error', (error) => log.warn({ err: error }, 'the broker refused or broke the live connection'))
  client.on('close', () => log.debug('the live connection is closed; journal and history go on'))
  return client
}

/** Frames in order, at most one per interval; a snapshot holds them back, so that none falls between its parts. */
function createFrames(options: LiveOptions, send: (topic: string, body: object) => void, isReady: () => boolean) {
  const { state, effects, counters, clock, intervalMs } = options
  const epoch = randomUUID()
  let seq = 0
  let sentAt = -Infinity
  let timer: NodeJS.Timeout | undefined
  let snapshots = 0

  function publish(body: Omit<LiveFrame, 'epoch' | 'seq' | 'at'>): void {
    seq++
    counters.frames++
    send(LIVE_SITES, { epoch, seq, at: clock.now(), ...body } satisfies LiveFrame)
  }

  const hasNews = () => effects.sites.size > 0 || effects.links.size > 0
  const maySpeak = () => isReady() && snapshots === 0

  function flush(): void {
    timer = undefined
    if (hasNews() && maySpeak()) {
      sentAt = performance.now()
      publish(takeFrame(state, effects))
    }
    changed()
  }

  function changed(): void {
    if (timer || !hasNews()) return
    const waitMs = sentAt + intervalMs - performance.now()
    if (!maySpeak()) timer = setTimeout(flush, intervalMs)
    else if (waitMs > 0) timer = setTimeout(flush, waitMs)
    else flush()
  }

  /** Requests that come while one is answered share the next answer. */
  async function snapshot(): Promise<void> {
    if (snapshots > 0) {
      snapshots = 2
      return
    }
    snapshots = 1
    for (const part of snapshotParts(state)) {
      if (!isReady()) break
      publish(part)
      await turn()
    }
    const again = snapshots > 1
    snapshots = 0
    if (again) await snapshot()
  }

  return { changed, snapshot, flush, stop: () => clearTimeout(timer) }
}

/** Connects in the background; never fails for want of a broker. */
export function openLive(options: LiveOptions): Live {
  const { clock, counters, log } = options
  const client = connect(options)
  let unconfirmed = 0
  const isReady = () => client.connected && client.stream.writableLength < MAX_BUFFERED_BYTES
  const send = (topic: string, body: object) => void client.publish(topic, JSON.stringify(body))
  const frames = createFrames(options, send, isReady)

  client.on('connect', () => {
    client.subscribe(CONTROL_SNAPSHOT, { qos: 0 }, (error) => {
      if (error) log.warn({ err: error }, 'snapshots cannot be asked for')
    })
    // Whoever listened to an earlier life of this stage learns the new one.
    void frames.snapshot().then(frames.changed)
  })
  client.on('message', (topic) => {
    if (topic === CONTROL_SNAPSHOT) void frames.snapshot().then(frames.changed)
  })

  function confirm({ topic, rejected, live }: Answer): void {
    if (!isReady() || unconfirmed >= MAX_UNCONFIRMED) {
      counters.unanswered++
      return
    }
    unconfirmed++
    client.publish(topic, JSON.stringify(rejected), { qos: 1 }, () => {
      unconfirmed--
    })
    send(LIVE_REFUSALS, live)
  }

  return {
    changed: frames.changed,
    answer: (answers) => answers.forEach(confirm),
    stats(values) {
      if (isReady()) send(STATS_TOPIC, { at: clock.now(), values } satisfies StageStats)
    },
    async stop() {
      frames.flush()
      frames.stop()
      // A broker that has stopped answering must not keep us.
      const patience = setTimeout(() => client.end(true), GOODBYE_MS)
      await client.endAsync(!client.connected)
      clearTimeout(patience)
    },
  }
}
