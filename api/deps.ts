import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Catalogue } from '../domain/catalogue.ts'
import type { Clock } from '../domain/clock.ts'
import type { History } from '../store/history/port.ts'
import type { Registry } from '../store/registry/port.ts'
import type { ApiConfig } from './config.ts'
import type { HubStats } from './feed/hub.ts'
import type { Gate } from './gate.ts'
import type { Guard } from './guard.ts'
import type { InventoryCache } from './inventory.ts'
import type { Live } from './live.ts'
import type { Present } from './present.ts'

/** What the routes answer from. */
export interface Deps {
  config: ApiConfig
  history: History
  registry: Registry
  catalogue: Catalogue
  /** The platform's time. */
  clock: Clock
  /** Real time, for whoever waits on a person or another stage. */
  wall: Clock
  inventory: InventoryCache
  present: Present
  live: Pick<Live, 'commandScenario'>
  gate: Gate
  guard: Guard
  feed: () => HubStats | undefined
  webRoot: string
}

/** A Fastify instance whose routes are typed by their zod schemas. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>
