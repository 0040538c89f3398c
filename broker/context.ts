import type { Duplex } from 'node:stream'
import type { Aedes } from 'aedes'
import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { JournalWriter } from '../store/journal/port.ts'
import type { Attempts } from './attempts.ts'
import type { BrokerConfig } from './config.ts'
import type { Counters } from './counters.ts'
import type { Directory } from './identity.ts'
import type { Sessions } from './sessions.ts'
import type { SpeakingClient } from './speaker.ts'

/** What the parts of the broker share. */
export interface BrokerContext {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly log: Logger
  readonly journal: JournalWriter
  readonly directory: Directory
  readonly sessions: Sessions
  readonly attempts: Attempts
  readonly counters: Counters
  readonly aedes: Aedes
  /** Every open connection, whether anybody has spoken on it or not. */
  readonly streams: Set<Duplex>
  /** Connected clients of each account, the oldest first. */
  readonly byAccount: Map<string, Set<SpeakingClient>>
  readonly byId: Map<string, SpeakingClient>
  /** Connected clients of each site, whichever account they signed in with. */
  readonly bySite: Map<string, Set<SpeakingClient>>
  /** Subscriptions of connected clients that telemetry could match. */
  listeners: number
  /** Refusals published since the last second began: `{site}/{code}`. */
  readonly said: Set<string>
  /** Nothing more is read, and Last Wills are kept. */
  stopping: boolean
}
