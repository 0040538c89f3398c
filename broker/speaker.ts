import type { Client } from 'aedes'
import type { Kind } from '../domain/words.ts'
import type { Rights, SiteTopics } from './permission.ts'
import type { Bucket, Rate } from './rate.ts'

/** What is remembered of a site across its connections. */
export interface SiteRecord {
  readonly siteId: string
  readonly kind: Kind
  readonly demonstration: boolean
  readonly topics: SiteTopics
  /** Epoch ms: receive times rise strictly within a site. */
  lastReceivedAt: number
}

/** One account's allowance of messages. */
export interface Allowance {
  readonly rate: Rate
  readonly bucket: Bucket
}

/** Who speaks on a connection, once that is known. */
export interface Speaker {
  readonly account: string
  /** Changes when the secret or a filter does; empty for the stages, whose secrets last as long as the process. */
  readonly seal: string
  readonly rights: Rights
  readonly site: SiteRecord | null
  readonly allowance: Allowance | null
  /** Connections that the account may have at once. */
  readonly maxConnections: number
  readonly maxOutboxBytes: number
  /** Largest packet it may send. */
  readonly maxPacketBytes: number
}

/** What is known of a connection before anybody has spoken. */
export interface Door {
  readonly transport: 'tcp' | 'tls' | 'ws'
  readonly address: string
}

/** The library's client with what this broker knows of it. */
export interface SpeakingClient extends Client {
  door: Door
  /** Said in CONNECT; believed once `speaker` is set. */
  claim?: { account: string | undefined; clientId: string; willTopic: string | undefined }
  speaker?: Speaker
  /** Why it was ended, for the connection event. */
  cause?: string
  /** Filters that were granted and not given up. */
  granted?: Set<string>
}
