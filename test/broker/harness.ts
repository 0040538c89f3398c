import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type BrokerConfig, brokerConfig } from '../../broker/config.ts'
import { type Broker, startBroker } from '../../broker/main.ts'
import { readSessionsLog } from '../../broker/sessions-log.ts'
import { createClock } from '../../domain/clock.ts'
import type { Site } from '../../domain/inventory.ts'
import type { JournalWriter, ReadEntry } from '../../store/journal/port.ts'
import { openJournalReader } from '../../store/journal/reader.ts'
import { openJournalWriter } from '../../store/journal/writer.ts'
import { openRegistry } from '../../store/registry/open.ts'
import type { Registry } from '../../store/registry/port.ts'
import { hashSecret } from '../../store/registry/secret.ts'

export const SECRETS = { ingest: 'ingest-secret', api: 'api-secret', fleet: 'fleet-secret' }

export const siteOf = (id: string, demonstration = false): Site => ({
  id,
  kind: 'sensor',
  name: id,
  ward: null,
  position: { lon: 104, lat: 10.2 },
  transit: false,
  interval_s: 60,
  measures: ['pm2_5_ug_m3'],
  demonstration,
})

export interface Rig {
  broker: Broker
  port: number
  dir: string
  journal: JournalWriter
  registry: Registry
  /** Adds a device with the secret `secret-of-{id}`. */
  addDevice(id: string, demonstration?: boolean): Promise<void>
  addIntegration(name: string, read: string[], write: string[]): Promise<void>
  /** What the journal holds on disk. */
  entries(): Promise<ReadEntry[]>
  close(): Promise<void>
}

export interface RigOptions {
  env?: Record<string, string>
  /** Wraps the real journal. */
  journal?: (real: JournalWriter) => JournalWriter
  /** Wraps the real registry, for the broker alone. */
  registry?: (real: Registry) => Registry
  limitBytes?: number
  /** An earlier rig's folder. */
  dir?: string
}

/** A real broker on a free port, with the real journal and registry in a folder of its own. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'pq-broker-')))
  const journalDir = join(dir, 'journal')
  const real = await openJournalWriter({ dir: journalDir, limitBytes: options.limitBytes ?? 64 * 1024 * 1024 })
  const journal = options.journal?.(real) ?? real
  const registry = await openRegistry({ file: join(dir, 'registry.sqlite') })
  const config: BrokerConfig = brokerConfig.parse({ PQ_MQTT_PORT: '0', PQ_MQTT_WS_PORT: 'off', ...options.env })
  const starting = startBroker({
    config,
    journal,
    registry: options.registry?.(registry) ?? registry,
    sessionsDir: join(dir, 'sessions'),
    stageSecrets: SECRETS,
    clock: createClock(),
    log: pino({ level: process.env['PQ_LOG_LEVEL'] ?? 'silent' }),
  })
  const closeStores = async () => {
    await real.close()
    await registry.close()
    await rm(dir, { recursive: true, force: true })
  }
  const broker = await starting.catch(async (error: unknown) => {
    await closeStores()
    throw error
  })
  return {
    broker,
    port: broker.ports.mqtt,
    dir,
    journal,
    registry,
    async addDevice(id, demonstration = false) {
      await registry.putSite(siteOf(id, demonstration))
      await registry.putAccount({
        username: id,
        role: 'device',
        ...hashSecret(`secret-of-${id}`),
        readFilters: [],
        writeFilters: [],
        createdAt: 0,
      })
    },
    async addIntegration(name, readFilters, writeFilters) {
      const secret = hashSecret(`secret-of-${name}`)
      await registry.putAccount({
        username: name,
        role: 'integration',
        ...secret,
        readFilters,
        writeFilters,
        createdAt: 0,
      })
    },
    entries: () => readEntries(journalDir, real.durable),
    async close() {
      await broker.stop()
      await closeStores()
    },
  }
}

async function readEntries(dir: string, end: number): Promise<ReadEntry[]> {
  const reader = await openJournalReader({ dir, consumer: 'test' })
  const stop = new AbortController()
  const found: ReadEntry[] = []
  try {
    if (end === 0) return found
    for await (const batch of reader.tail(0, { signal: stop.signal })) {
      found.push(...batch.map((entry) => ({ ...entry, payload: Uint8Array.from(entry.payload) })))
      if ((found.at(-1)?.next ?? 0) >= end) stop.abort()
    }
  } finally {
    await reader.close()
  }
  return found
}

/** Waits until `check` answers something true, and answers that. */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 5000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await check()
    if (found) return found as NonNullable<T>
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${check}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const text = (payload: Uint8Array): string => Buffer.from(payload).toString()

/** The session log of a folder as a whole. */
export async function readSessions(dir: string): Promise<{ records: object[]; lostBytes: number }> {
  const records: object[] = []
  const lostBytes = await readSessionsLog(dir, (record) => records.push(record))
  return { records, lostBytes }
}
