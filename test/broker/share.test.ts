import { afterEach, expect, it } from 'vitest'
import { type Rig, SECRETS, startRig, text } from './harness.ts'
import * as wire from './wire.ts'

let rig: Rig
afterEach(() => rig.close())

async function signIn(username: string, o: wire.Connect = {}, password = `secret-of-${username}`) {
  const peer = await wire.dial(rig.port)
  peer.send(wire.connect({ username, password, clientId: username, ...o }))
  expect((await peer.next()).body[1]).toBe(0)
  return peer
}
const BIG = Buffer.alloc(60_000, 0x20)
const topicOf = ({ body }: wire.Received) => text(body.subarray(2, 2 + body.readUInt16BE(0)))
it('leaves others their room when one account retains all it may', async () => {
  rig = await startRig({ env: { PQ_MQTT_SESSION_BYTES: '1048576', PQ_MQTT_INTEGRATION_MESSAGES_PER_S: '0' } })
  await rig.addDevice('S1')
  await rig.addIntegration('greedy', ['out/#', 'pq/v1/#'], ['out/#'])
  await rig.addIntegration('modest', ['out/#'], ['out/#'])
  const device = await signIn('S1', { clean: false })
  device.send(wire.subscribe(1, ['pq/v1/sensor/S1/rejected', 1]))
  await device.next()
  device.close()
  await device.ended

  const greedy = await signIn('greedy')
  for (let id = 1; id <= 30; id++) {
    greedy.send(wire.publish(`out/greedy/${id}`, BIG, { qos: 1, id, retain: true }))
    expect((await greedy.next()).type).toBe(4)
  }
  const modest = await signIn('modest')
  modest.send(wire.publish('out/modest', BIG, { qos: 1, id: 1, retain: true }))
  await modest.next()
  const ingest = await signIn('ingest', {}, SECRETS.ingest)
  ingest.send(wire.publish('pq/v1/sensor/S1/rejected', BIG, { qos: 1, id: 1 }))
  await ingest.next()
  const back = await signIn('S1', { clean: false })
  expect(topicOf(await back.next())).toBe('pq/v1/sensor/S1/rejected')
  modest.send(wire.subscribe(1, ['out/#', 0]))
  await modest.next()
  const topics: string[] = []
  while (!topics.includes('out/modest')) topics.push(topicOf(await modest.next()))
  expect(topics.filter((topic) => topic !== 'out/modest')).toEqual([1, 2, 3, 4].map((id) => `out/greedy/${id}`))

  for (const peer of [greedy, modest, ingest, back]) peer.close()
})

it('retains a status however full it is', async () => {
  rig = await startRig({ env: { PQ_MQTT_SESSION_BYTES: '1048576', PQ_MQTT_INTEGRATION_MESSAGES_PER_S: '0' } })
  await rig.addDevice('S1')
  for (let n = 1; n <= 5; n++) {
    await rig.addIntegration(`i${n}`, ['pq/v1/#'], ['out/#'])
    const peer = await signIn(`i${n}`)
    for (let id = 1; id <= 32; id++) {
      peer.send(wire.publish(`out/${n}/${id}`, Buffer.alloc(8192, 0x20), { qos: 1, id, retain: true }))
      expect((await peer.next()).type).toBe(4)
    }
    peer.close()
  }
  const device = await signIn('S1')
  device.send(wire.publish('pq/v1/sensor/S1/status', 'online', { qos: 1, id: 1 }))
  await device.next()
  const reader = await signIn('i1')
  reader.send(wire.subscribe(1, ['pq/v1/sensor/S1/status', 0]))
  await reader.next()
  expect(text((await reader.next()).body)).toContain('online')
  reader.close()
  device.close()
})
