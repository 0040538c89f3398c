import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SessionsLog } from '../../broker/sessions-log.ts'
import { openJournalReader } from '../../store/journal/reader.ts'
import { readSessions, SECRETS, text } from './harness.ts'
import * as wire from './wire.ts'

const REJECTED = 'pq/v1/sensor/S1/rejected'
const TELEMETRY = 'pq/v1/sensor/S1/telemetry'
const STATUS = 'pq/v1/sensor/S1/status'

const CHILD = fileURLToPath(new URL('./broker-child.ts', import.meta.url))

let dir: string
let child: ChildProcess
let port: number

async function boot(...args: string[]): Promise<void> {
  child = spawn(process.execPath, ['--import', 'tsx', CHILD, dir, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  port = Number(line.toString())
}
async function kill(): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pq-broker-crash-'))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

async function signIn(account: string, o: wire.Connect = {}, password = `secret-of-${account}`) {
  const peer = await wire.dial(port)
  peer.send(wire.connect({ username: account, password, clientId: account, clean: false, ...o }))
  const { body } = await peer.next()
  expect(body[1]).toBe(0)
  return { ...peer, sessionPresent: body[0] === 1 }
}
const PATIENT = { timeout: 20_000 }
const sessionLog = async () => JSON.stringify((await readSessions(join(dir, 'sessions'))).records)
const idOf = ({ body }: wire.Received) => body.readUInt16BE(0)

async function journalled(type: string): Promise<string[]> {
  const reader = await openJournalReader({ dir: join(dir, 'journal'), consumer: 'test' })
  const found: string[] = []
  const stop = new AbortController()
  const bytes = reader.behind(0)
  if (bytes > 0) {
    for await (const batch of reader.tail(0, { signal: stop.signal })) {
      for (const entry of batch) if (entry.type === type) found.push(text(entry.payload))
      if ((batch.at(-1)?.next ?? 0) >= bytes) stop.abort()
    }
  }
  await reader.close()
  return found
}

it('keeps sessions, what waits for them, QoS 2 handshakes and retained messages over kill -9', async () => {
  await boot('fill')
  const device = await signIn('S1')
  expect(device.sessionPresent).toBe(false)
  device.send(wire.subscribe(1, [REJECTED, 1]))
  expect([...(await device.next()).body]).toEqual([0, 1, 1])
  device.send(wire.publish(STATUS, 'online', { qos: 1, id: 1, retain: true }))
  expect((await device.next()).type).toBe(4)
  device.send(wire.publish(TELEMETRY, 'two', { qos: 2, id: 7 }))
  expect((await device.next()).type).toBe(5)
  device.close()

  const ingest = await signIn('ingest', {}, SECRETS.ingest)
  ingest.send(wire.publish(REJECTED, 'while away', { qos: 1, id: 1 }))
  await ingest.next()
  // The session log is flushed every few milliseconds; this one was not asked to be acknowledged by it.
  await expect.poll(sessionLog, PATIENT).toContain('queue')
  await kill()
  await boot()

  const again = await signIn('S1')
  expect(again.sessionPresent).toBe(true)
  const waiting = await again.next()
  expect(waiting.type).toBe(3)
  expect(text(waiting.body)).toContain('while away')
  again.send(wire.publish(TELEMETRY, 'two', { qos: 2, id: 7, dup: true }))
  expect((await again.next()).type).toBe(5)
  again.send(wire.pubrel(7))
  expect((await again.next()).type).toBe(7)
  // The publisher that sends its PUBREL only after the crash gets its PUBCOMP as well.
  again.send(wire.pubrel(8))
  expect((await again.next()).type).toBe(7)
  const reader = await signIn('reader')
  reader.send(wire.subscribe(1, ['pq/v1/+/+/status', 0]))
  await reader.next()
  expect(text((await reader.next()).body)).toContain('online')
  again.close()
  await kill()
  expect(await journalled('telemetry')).toEqual(['two'])

  await boot()
  const third = await signIn('S1')
  const repeated = await third.next()
  expect([repeated.first & 8, text(repeated.body).includes('while away')]).toEqual([8, true])
  third.send(wire.puback(repeated.body.readUInt16BE(2 + REJECTED.length)))
  third.send(wire.pingreq)
  expect((await third.next()).type).toBe(13)
  third.close()
}, 60_000)

it('lets a QoS 2 delivery end once, over kill -9 between PUBREC and PUBCOMP', async () => {
  await boot('fill')
  const device = await signIn('S1')
  device.send(wire.subscribe(1, [REJECTED, 2]))
  await device.next()
  const ingest = await signIn('ingest', {}, SECRETS.ingest)
  ingest.send(wire.publish(REJECTED, 'exactly', { qos: 2, id: 1 }))
  const delivery = await device.next()
  expect((delivery.first >> 1) & 3).toBe(2)
  const id = delivery.body.readUInt16BE(2 + REJECTED.length)
  device.send(wire.pubrec(id))
  expect(idOf(await device.next())).toBe(id)
  await expect.poll(sessionLog, PATIENT).toContain('release')
  await kill()
  await boot()
  const again = await signIn('S1')
  const pubrel = await again.next()
  expect([pubrel.type, idOf(pubrel)]).toEqual([6, id])
  again.send(wire.pubcomp(id))
  again.send(wire.pingreq)
  expect((await again.next()).type).toBe(13)
  again.close()
})

it('publishes the Last Will of a device that did not survive the broker, and of no other', async () => {
  await boot('fill')
  for (const id of ['S1', 'S2']) {
    await signIn(id, { clean: true, will: { topic: `pq/v1/sensor/${id}/status`, payload: `${id} off`, qos: 1 } })
  }
  await expect.poll(sessionLog, PATIENT).toContain('S2/status')
  await kill()
  expect(await journalled('status')).toEqual([])
  await boot()
  const back = await signIn('S2', {
    clean: true,
    clientId: 'another',
    will: { topic: 'pq/v1/sensor/S2/status', payload: 'off again', qos: 1 },
  })
  await expect.poll(() => journalled('status'), PATIENT).toContain('S1 off')
  await expect.poll(sessionLog, PATIENT).toMatch(/"no-will","client":"S1\/S1"/)
  expect(await journalled('status')).toEqual(['S1 off'])
  back.send(wire.pingreq)
  expect((await back.next()).type).toBe(13)
  back.close()
}, 60_000)

it('reads its file up to where a crash tore it', async () => {
  const records = Array.from({ length: 5 }, (_, i) => ({ type: 'session', client: `a/${i}` }))
  const log = await SessionsLog.open({ dir, snapshot: () => records.slice(0, 2), onProblem: () => {} })
  for (const record of records.slice(2)) log.append(record)
  await log.flushed()
  await log.close()
  await appendFile(join(dir, 'sessions.log'), '0badc0de {"type":"session","client":"a/9"}\n12345')
  const read = await readSessions(dir)
  expect(read.records).toEqual(records)
  expect(read.lostBytes).toBeGreaterThan(0)
})
