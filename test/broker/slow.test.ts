import { afterEach, expect, it } from 'vitest'
import { stageStatsSchema } from '../../domain/live.ts'
import { type Rig, SECRETS, startRig, text } from './harness.ts'
import * as wire from './wire.ts'

const TELEMETRY = 'pq/v1/sensor/S1/telemetry'
let rig: Rig
afterEach(() => rig.close())

async function signIn(account: string, password = `secret-of-${account}`) {
  const peer = await wire.dial(rig.port)
  peer.send(wire.connect({ username: account, password, clientId: account }))
  expect((await peer.next()).body[1]).toBe(0)
  return peer
}

async function statsOf(peer: wire.Peer): Promise<Record<string, number>> {
  const { body } = await peer.next()
  return stageStatsSchema.parse(JSON.parse(text(body.subarray(2 + body.readUInt16BE(0))))).values
}

it.each([
  { qos: 0 as const, counter: 'pq_broker_dropped_total' },
  { qos: 1 as const, counter: 'pq_broker_slow_closed_total' },
])('a subscriber that stops reading QoS $qos slows no publisher, and is bounded', async ({ qos, counter }) => {
  rig = await startRig({ env: { PQ_MQTT_DEVICE_MESSAGES_PER_S: '0', PQ_MQTT_OUTBOX_BYTES: '1000000' } })
  await rig.addDevice('S1')
  await rig.addIntegration('sleeper', ['pq/v1/#'], [])
  await rig.addIntegration('reader', ['pq/v1/#'], [])
  const [sleeper, reader, device] = [await signIn('sleeper'), await signIn('reader'), await signIn('S1')]
  for (const peer of [sleeper, reader]) {
    peer.send(wire.subscribe(1, ['pq/v1/sensor/+/telemetry', qos]))
    await peer.next()
  }
  const operator = await signIn('api', SECRETS.api)
  operator.send(wire.subscribe(1, ['pq/v1/live/stats/broker', 0]))
  await operator.next()
  sleeper.socket.pause()

  const payload = Buffer.alloc(10_000, 0x20)
  const messages = 2000
  const started = Date.now()
  let slowest = 0
  for (let sent = 0; sent < messages; sent += 20) {
    const at = Date.now()
    for (let id = 1; id <= 20; id++) device.send(wire.publish(TELEMETRY, payload, { qos: 1, id }))
    for (let id = 1; id <= 20; id++) expect((await device.next()).type).toBe(4)
    slowest = Math.max(slowest, Date.now() - at)
  }
  expect(slowest).toBeLessThan(1000)
  expect(Date.now() - started).toBeLessThan(10_000)
  for (let i = 0; i < messages; i++) expect((await reader.next()).type).toBe(3)
  let values = await statsOf(operator)
  while (!values[counter]) values = await statsOf(operator)
  expect(values['pq_broker_journal_errors_total']).toBe(0)
  for (const peer of [sleeper, reader, device, operator]) peer.close()
})
