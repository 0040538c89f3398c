/**
 * The front door: who may speak, and where. MQTT comes in by TCP, TLS and WebSocket; telemetry, `status`, Last Wills
 * and connection events go to the journal before they are acknowledged. Nothing is decoded here.
 *
 *   socket ─▶ scanner ─▶ Aedes ─▶ gate ─append─▶ journal
 *                          └◀──────┘ acknowledged once on disk
 *
 * Refused: what MQTT 3.1.1 forbids, packets that are too large, wrong secrets, topics that are not one's own.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Aedes, type Client } from 'aedes'
import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { JournalWriter } from '../store/journal/port.ts'
import type { Registry } from '../store/registry/port.ts'
import { authenticate, prepareConnect } from './admission.ts'
import { createAttempts } from './attempts.ts'
import type { BrokerConfig } from './config.ts'
import type { BrokerContext } from './context.ts'
import { createCounters } from './counters.ts'
import { forward, giveUp, grant, passOverUnheard } from './delivery.ts'
import { createGate } from './gate.ts'
import { openDirectory, type StageSecrets } from './identity.ts'
import { type Listeners, listen } from './listeners.ts'
import { publishStats } from './live.ts'
import { maySubscribe } from './permission.ts'
import { enter, followRegistry, leave, record } from './presence.ts'
import { Sessions } from './sessions.ts'
import type { SpeakingClient } from './speaker.ts'

export interface BrokerOptions {
  config: BrokerConfig
  journal: JournalWriter
  registry: Registry
  /** Where kept sessions and retained messages live. */
  sessionsDir: string
  stageSecrets: StageSecrets
  clock: Clock
  log: Logger
}

export interface Broker {
  ports: Listeners['ports']
  /** Accepts and reads no more, lets the journal answer what is on its way, ends all connections. */
  stop(): Promise<void>
}

const REGISTRY_POLL_MS = 500
const STATS_INTERVAL_MS = 1000

/**
 * Starts the broker. The journal and the registry stay their owners'.
 * @throws Error that names the port and variable when a port is taken, or the variable of a missing certificate.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const context = await build(options)
  await context.aedes.listen()
  const seen = await options.registry.revisions()
  const listeners = await listen(context).catch(async (error: unknown) => {
    await closeAll(context)
    throw error
  })
  const timers = [
    options.clock.every(STATS_INTERVAL_MS, () => publishStats(context)),
    options.clock.every(REGISTRY_POLL_MS, pollOf(context, seen)),
  ]
  options.log.info({ ports: listeners.ports }, 'the broker listens')
  return {
    ports: listeners.ports,
    async stop() {
      for (const cancel of timers) cancel()
      listeners.close()
      await drain(context)
      await closeAll(context)
    },
  }
}

async function build(options: BrokerOptions): Promise<BrokerContext> {
  const { config, registry, clock, log } = options
  const directory = await openDirectory(registry, config, options.stageSecrets)
  const sessions = await Sessions.open({
    dir: options.sessionsDir,
    maxMessages: config.PQ_MQTT_SESSION_MESSAGES,
    maxPayloadBytes: config.PQ_MQTT_SESSION_BYTES,
    maxSessionsOf: (account) =>
      directory.stageDigests.has(account) ? Number.POSITIVE_INFINITY : config.PQ_MQTT_SESSIONS_PER_ACCOUNT,
    maxIncoming: config.PQ_MQTT_QOS2_MESSAGES,
    mayKeep: (client, filter) => {
      const { speaker } = client as SpeakingClient
      return speaker !== undefined && maySubscribe(speaker.rights, filter)
    },
    onProblem: (problem) => log.error({ err: problem }, 'kept sessions'),
  })
  const context: BrokerContext = {
    config,
    clock,
    log,
    journal: options.journal,
    directory,
    sessions,
    attempts: createAttempts(config.PQ_MQTT_FAILED_LOGINS_PER_MINUTE),
    counters: createCounters(),
    aedes: new Aedes(libraryOptions(config, sessions)),
    streams: new Set(),
    byAccount: new Map(),
    byId: new Map(),
    bySite: new Map(),
    said: new Set(),
    listeners: 0,
    stopping: false,
  }
  attach(context)
  return context
}

const libraryOptions = (config: BrokerConfig, persistence: Sessions) => ({
  persistence,
  // The library's own bound would queue every publish behind a hundred slow deliveries; ours are per connection.
  concurrency: 0,
  connectTimeout: config.PQ_MQTT_CONNECT_TIMEOUT_S * 1000,
  // Packets that came with CONNECT, before it is answered: at most what one read brings.
  queueLimit: config.PQ_MQTT_INFLIGHT_MESSAGES,
  // Ours counts before the journal does.
  maxInflightInbound: 0,
  // MQTT 3.1's limit is on what the client chose, and checked there.
  maxClientsIdLength: Number.POSITIVE_INFINITY,
  // Orphaned wills are looked for every four heartbeats.
  heartbeatInterval: (config.PQ_MQTT_ORPHAN_WILL_S * 1000) / 4,
})

/** Puts our policies where the library asks for them. */
function attach(context: BrokerContext): void {
  const { aedes, log } = context
  aedes.preConnect = (client, packet, done) => {
    prepareConnect(context, client, packet)
    done(null, true)
  }
  aedes.authenticate = (client, username, password, done) =>
    authenticate(context, client as SpeakingClient, username, password, done)
  aedes.authorizePublish = createGate(context)
  aedes.authorizeSubscribe = (client, subscription, done) =>
    done(null, grant(context, client as SpeakingClient, subscription.topic) ? subscription : null)
  aedes.authorizeForward = (client, packet) => forward(context, client as SpeakingClient, packet)
  aedes.on('client', (client) => enter(context, client as SpeakingClient))
  aedes.on('clientDisconnect', (client) => leave(context, client as SpeakingClient))
  aedes.on('unsubscribe', (filters, client) => giveUp(context, client as SpeakingClient, filters))
  passOverUnheard(context)
  aedes.on('clientError', note)
  aedes.on('connectionError', note)
  // Not in the library's types: what goes wrong outside any connection.
  ;(aedes as NodeJS.EventEmitter).on('error', (error: Error) => log.error({ err: error }, 'the broker library failed'))
}

function note(client: Client, error: Error): void {
  ;(client as SpeakingClient).cause ??= error.message
}

/** One look at a time: a slow registry must not be asked again before it has answered. */
function pollOf(context: BrokerContext, seen: Awaited<ReturnType<Registry['revisions']>>): () => void {
  let looking = false
  return () => {
    if (looking || context.stopping) return
    looking = true
    followRegistry(context, seen)
      .catch((error: unknown) => context.log.error({ err: error }, 'the registry could not be read'))
      .finally(() => {
        looking = false
      })
  }
}

/**
 * Reads no more and waits until what is on its way has been answered. The journal calls back in order, so the last
 * event's answer means that all before it had theirs.
 */
async function drain(context: BrokerContext): Promise<void> {
  context.stopping = true
  context.sessions.freezeWills()
  await Promise.all(
    Array.from(context.byId.values(), (client) => {
      client.cause = 'the broker stopped'
      return new Promise<void>((resolve) => record(context, client, 'disconnected', () => resolve()))
    }),
  )
  await nextTurn()
}

async function closeAll(context: BrokerContext): Promise<void> {
  await new Promise<void>((resolve) => context.aedes.close(resolve))
  for (const stream of context.streams) stream.destroy()
  await context.sessions.close()
}
