import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ID_PATTERN } from '../domain/topic.ts'
import type { Account, Registry } from '../store/registry/port.ts'
import { verifySecret } from '../store/registry/secret.ts'
import type { BrokerConfig } from './config.ts'
import { deviceRights, integrationRights, type Rights, siteTopics, stageRights } from './permission.ts'
import { fullBucket, type Rate } from './rate.ts'
import type { Allowance, SiteRecord, Speaker } from './speaker.ts'

/** The stages' own accounts: user name to secret. */
export interface StageSecrets {
  ingest: string
  api: string
  fleet: string
}
type Stage = keyof StageSecrets

export interface Directory {
  readonly registry: Registry
  readonly config: BrokerConfig
  readonly stageDigests: ReadonlyMap<string, Buffer>
  /** As the registry had them when it last changed, so that a storm of reconnects asks it nothing. */
  accounts: Map<string, Account>
  readonly sites: Map<string, SiteRecord>
  readonly allowances: Map<string, Allowance>
  /** How often accounts or sites were read: what was asked for before the last time may be out of date. */
  readings: number
}

export type Answer = Speaker | 'bad-credentials' | 'not-authorized'

const salt = randomBytes(16)
const digest = (secret: string | Buffer): Buffer => createHash('sha256').update(salt).update(secret).digest()

/** Reads who may connect. */
export async function openDirectory(
  registry: Registry,
  config: BrokerConfig,
  secrets: StageSecrets,
): Promise<Directory> {
  const stageDigests = new Map(Object.entries(secrets).map(([stage, secret]) => [stage, digest(secret)]))
  const directory: Directory = {
    registry,
    config,
    stageDigests,
    accounts: new Map(),
    sites: new Map(),
    allowances: new Map(),
    readings: 0,
  }
  await readAccounts(directory)
  await readSites(directory)
  return directory
}

/** Reads the accounts again; answers the names of those that are gone. */
export async function readAccounts(directory: Directory): Promise<string[]> {
  const before = directory.accounts
  const accounts = await directory.registry.accounts()
  directory.readings += 1
  directory.accounts = new Map(accounts.map((account) => [account.username, account]))
  const gone = [...before.keys()].filter((name) => !directory.accounts.has(name))
  for (const name of gone) directory.allowances.delete(name)
  return gone
}

/** Reads the sites again. What is remembered of one that stays, stays. */
export async function readSites(directory: Directory): Promise<void> {
  const present = new Set<string>()
  const sites = await directory.registry.sites()
  directory.readings += 1
  for (const site of sites) {
    present.add(site.id)
    rememberSite(directory, site)
  }
  for (const id of directory.sites.keys()) {
    if (present.has(id)) continue
    directory.sites.delete(id)
    directory.allowances.delete(fleetKey(id))
  }
}

const fleetKey = (siteId: string): string => `fleet/${siteId}`

type SiteFacts = Pick<SiteRecord, 'kind'> & { id: string; demonstration?: boolean | undefined }

function rememberSite(directory: Directory, { id, kind, demonstration = false }: SiteFacts): SiteRecord {
  const known = directory.sites.get(id)
  if (known?.kind === kind && known.demonstration === demonstration) return known
  const lastReceivedAt = known?.lastReceivedAt ?? 0
  const site = { siteId: id, kind, demonstration, topics: siteTopics(kind, id), lastReceivedAt }
  directory.sites.set(id, site)
  return site
}

/**
 * Who is it? Decided from memory where it can be; the registry is asked only about what memory does not
 * confirm, as an account may be a moment old.
 */
export function identify(
  directory: Directory,
  username: string | undefined,
  secret: Buffer | undefined,
  clientId: string,
): Answer | Promise<Answer> {
  if (username === undefined || secret === undefined || !ID_PATTERN.test(username)) return 'bad-credentials'
  const stage = directory.stageDigests.get(username)
  if (stage) {
    return timingSafeEqual(stage, digest(secret))
      ? stageSpeaker(directory, username as Stage, clientId)
      : 'bad-credentials'
  }
  const account = directory.accounts.get(username)
  if (!account || !verifySecret(account, secret)) return identifyAfresh(directory, username, secret)
  if (account.role === 'integration') return integrationSpeaker(directory, account)
  const site = directory.sites.get(username)
  return site ? deviceSpeaker(directory, account, site) : identifyAfresh(directory, username, secret)
}

async function identifyAfresh(directory: Directory, username: string, secret: Buffer): Promise<Answer> {
  const { registry, readings } = directory
  const [account, site] = await Promise.all([registry.account(username), registry.site(username)])
  // The answer may be from before a revocation that memory knows of.
  if (directory.readings !== readings) return identify(directory, username, secret, '')
  if (!account || !verifySecret(account, secret)) return 'bad-credentials'
  directory.accounts.set(username, account)
  if (account.role === 'integration') return integrationSpeaker(directory, account)
  return site ? deviceSpeaker(directory, account, rememberSite(directory, site)) : 'not-authorized'
}

/** What of an account, when it changes, ends its connections. */
const sealOf = (account: Account, site: SiteRecord | undefined): string =>
  [account.salt, account.secretHash, site?.kind, ...account.readFilters, '>', ...account.writeFilters].join('\n')

/** Is a connection still what it was when it was let in? */
export function stillValid(directory: Directory, speaker: Speaker): boolean {
  if (speaker.seal === '') {
    return speaker.site === null || directory.sites.get(speaker.site.siteId)?.demonstration === true
  }
  const account = directory.accounts.get(speaker.account)
  const site = speaker.site === null ? undefined : directory.sites.get(speaker.account)
  return account !== undefined && sealOf(account, site) === speaker.seal
}

function allowanceOf(directory: Directory, key: string, rate: Rate): Allowance {
  const known = directory.allowances.get(key)
  if (known) return known
  const allowance = { rate, bucket: fullBucket(rate, 0) }
  directory.allowances.set(key, allowance)
  return allowance
}

function deviceSpeaker(directory: Directory, account: Account, site: SiteRecord): Speaker {
  const { config } = directory
  const rate = { perSecond: config.PQ_MQTT_DEVICE_MESSAGES_PER_S, burst: config.PQ_MQTT_DEVICE_BURST_MESSAGES }
  return {
    account: account.username,
    seal: sealOf(account, site),
    rights: deviceRights(site.topics),
    site,
    allowance: allowanceOf(directory, account.username, rate),
    maxConnections: config.PQ_MQTT_DEVICE_CONNECTIONS,
    maxOutboxBytes: config.PQ_MQTT_DEVICE_OUTBOX_BYTES,
    maxPacketBytes: config.PQ_MQTT_PACKET_BYTES,
  }
}

function integrationSpeaker(directory: Directory, account: Account): Speaker {
  const { config } = directory
  const { PQ_MQTT_INTEGRATION_MESSAGES_PER_S: perSecond, PQ_MQTT_INTEGRATION_BURST_MESSAGES: burst } = config
  return {
    account: account.username,
    seal: sealOf(account, undefined),
    rights: integrationRights(account.readFilters, account.writeFilters),
    site: null,
    allowance: allowanceOf(directory, account.username, { perSecond, burst }),
    maxConnections: config.PQ_MQTT_INTEGRATION_CONNECTIONS,
    maxOutboxBytes: config.PQ_MQTT_OUTBOX_BYTES,
    maxPacketBytes: config.PQ_MQTT_PACKET_BYTES,
  }
}

/** A frame of the whole city at 20,000 sites, several times over. */
const STAGE_PACKET_BYTES = 16 * 1024 * 1024

const stageSpeakerOf = (directory: Directory, stage: Stage, rights: Rights): Speaker => ({
  account: stage,
  seal: '',
  rights,
  site: null,
  allowance: null,
  maxConnections: Number.POSITIVE_INFINITY,
  maxOutboxBytes: directory.config.PQ_MQTT_OUTBOX_BYTES,
  maxPacketBytes: stage === 'fleet' ? directory.config.PQ_MQTT_PACKET_BYTES : STAGE_PACKET_BYTES,
})

/** A stage; the fleet is, on each of its connections, the demonstration site that its client id names. */
function stageSpeaker(directory: Directory, stage: Stage, clientId: string): Answer {
  const speaker = stageSpeakerOf(directory, stage, stageRights(stage))
  const site = stage === 'fleet' ? directory.sites.get(clientId) : undefined
  if (site === undefined) return speaker
  if (!site.demonstration) return 'not-authorized'
  const { config } = directory
  const rate = { perSecond: config.PQ_MQTT_FLEET_MESSAGES_PER_S, burst: config.PQ_MQTT_FLEET_BURST_MESSAGES }
  return {
    ...speaker,
    rights: deviceRights(site.topics),
    site,
    allowance: allowanceOf(directory, fleetKey(site.siteId), rate),
    maxOutboxBytes: config.PQ_MQTT_DEVICE_OUTBOX_BYTES,
  }
}
