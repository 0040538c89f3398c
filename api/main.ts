import type { Logger } from 'pino'
import type { Catalogue } from '../domain/catalogue.ts'
import { type Clock, createClock } from '../domain/clock.ts'
import type { History } from '../store/history/port.ts'
import type { Registry } from '../store/registry/port.ts'
import { buildApp } from './app.ts'
import type { ApiConfig } from './config.ts'
import type { App, Deps } from './deps.ts'
import { type Feed, serveFeed } from './feed/feed.ts'
import { createGate } from './gate.ts'
import { createGuard } from './guard.ts'
import { openInventoryCache } from './inventory.ts'
import { connectLive, type Live, type MqttLogin } from './live.ts'
import { createPresent } from './present.ts'

/** History questions that may wait for their turn, per one that runs. */
const WAITING_PER_QUERY = 16

export interface Api {
  url: string
  port: number
  stop(): Promise<void>
}

/**
 * Starts the api: REST, documentation, web pages and live feed on one port.
 * @throws Error naming PQ_HTTP_PORT or PQ_HTTP_HOST when it cannot listen there.
 */
export async function startApi(o: {
  config: ApiConfig
  history: History
  registry: Registry
  catalogue: Catalogue
  clock: Clock
  log: Logger
  mqtt: MqttLogin
  webRoot: string
}): Promise<Api> {
  const { config, clock, log } = o
  const wall = createClock()
  const inventory = await openInventoryCache({ registry: o.registry, wall, log })
  // Each refers to the next one down the path of a change: broker → present → feed.
  let feed: Feed | undefined
  let live: Live | undefined
  const present = createPresent({
    inventory,
    clock,
    wall,
    log,
    events: {
      changed: (updates) => feed?.changed(updates),
      resync: (reason) => feed?.resync(reason),
      wantSnapshot: () => live?.requestSnapshot(),
    },
  })
  const connection = connectLive({ mqtt: o.mqtt, events: present.listener, log })
  live = connection
  const guard = createGuard(config.PQ_HTTP_ORIGINS)
  const gate = createGate(config.PQ_HTTP_QUERIES, config.PQ_HTTP_QUERIES * WAITING_PER_QUERY)
  const deps: Deps = { ...o, wall, inventory, present, live: connection, gate, guard, feed: () => feed?.stats() }
  const app = await buildApp(deps, log)
  feed = serveFeed({
    server: app.server,
    guard,
    origins: config.PQ_HTTP_ORIGINS,
    maxViewers: config.PQ_FEED_VIEWERS,
    inventory: inventory.current,
    latest: present.latest,
    pulse: present.pulse,
    clock,
    wall,
  })
  inventory.onChange(() => feed?.resync('inventory'))

  const stop = async () => {
    await feed?.stop()
    await app.close()
    await connection.stop()
    present.stop()
    await inventory.stop()
  }
  try {
    const port = await listen(app, config)
    return { url: `http://${shownHost(config.PQ_HTTP_HOST)}:${port}`, port, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** An address that a person can open. */
const shownHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

const LISTEN_ERRORS: Readonly<Record<string, (config: ApiConfig) => string>> = {
  EADDRINUSE: ({ PQ_HTTP_PORT }) =>
    `port ${PQ_HTTP_PORT} is taken: choose another with PQ_HTTP_PORT (0 takes a free one)`,
  EACCES: ({ PQ_HTTP_PORT }) => `port ${PQ_HTTP_PORT} needs more rights: choose one above 1023 with PQ_HTTP_PORT`,
  EADDRNOTAVAIL: ({ PQ_HTTP_HOST }) => `${PQ_HTTP_HOST} is no address of this machine: change PQ_HTTP_HOST`,
  ENOTFOUND: ({ PQ_HTTP_HOST }) => `${PQ_HTTP_HOST} is not known: change PQ_HTTP_HOST`,
}

async function listen(app: App, config: ApiConfig): Promise<number> {
  try {
    await app.listen({ host: config.PQ_HTTP_HOST, port: config.PQ_HTTP_PORT })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const explain = LISTEN_ERRORS[code]
    throw explain ? Object.assign(new Error(explain(config), { cause: error }), { code }) : error
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : config.PQ_HTTP_PORT
}
