import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { afterConnect, type Forbidden, insteadOfConnect } from './forbidden.ts'
import { type Rig, startRig } from './harness.ts'
import * as wire from './wire.ts'

const TOPIC = 'pq/v1/sensor/S1/telemetry'
const ACCOUNT = { username: 'S1', password: 'secret-of-S1' }

describe('what MQTT 3.1.1 forbids', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig()
    await rig.addDevice('S1')
  })
  afterAll(() => rig.close())

  const signIn = async (o: wire.Connect = {}) => {
    const peer = await wire.dial(rig.port)
    peer.send(wire.connect({ ...ACCOUNT, ...o }))
    const connack = await peer.next()
    expect([connack.type, connack.body[1]]).toEqual([2, 0])
    return peer
  }

  /** Sends it cut into single bytes too: the scanner must not depend on where a packet is cut. */
  const ends = async (forbidden: Forbidden, pieces: Buffer[]) => {
    const peer = forbidden.first ? await wire.dial(rig.port) : await signIn()
    for (const piece of pieces) {
      peer.send(piece)
      if (pieces.length > 1) await new Promise(setImmediate)
    }
    if (forbidden.returnCode === undefined) await expect(peer.next()).rejects.toThrow('ended')
    else expect((await peer.next()).body[1]).toBe(forbidden.returnCode)
    await peer.ended
  }

  const table = [...insteadOfConnect('S1', 'secret-of-S1', 'pq/v1/sensor/S1/status'), ...afterConnect(TOPIC)]
  it.each(table)('$rule ends the connection ($clause)', async (forbidden) => {
    await ends(forbidden, [forbidden.bytes])
  })
  it.each(table)('$rule ends the connection, byte by byte', async (forbidden) => {
    await ends(
      forbidden,
      Array.from(forbidden.bytes, (byte) => Buffer.from([byte])),
    )
  })

  it('is refused only after what came before it in the same chunk is acknowledged', async () => {
    const peer = await signIn()
    peer.send(
      Buffer.concat([wire.publish(TOPIC, '{"m":{}}', { qos: 1, id: 7 }), wire.publish(TOPIC, '', { qos: 1, id: 0 })]),
    )
    expect(await peer.next()).toMatchObject({ type: 4, body: Buffer.from([0, 7]) })
    await expect(peer.next()).rejects.toThrow('ended')
  })

  it('does not keep what it allows from working, however it is cut', async () => {
    const peer = await signIn({ clientId: 'thiết-bị-Đảo' })
    const good = Buffer.concat([
      wire.publish(TOPIC, '{"m":{}}', { qos: 1, id: 9 }),
      wire.subscribe(3, ['pq/v1/sensor/S1/rejected', 1]),
      wire.unsubscribe(4, 'pq/v1/sensor/S1/rejected'),
      wire.pingreq,
      wire.publish(TOPIC, '{"m":{}}', { qos: 2, id: 10 }),
    ])
    for (const byte of good) {
      peer.send(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    const types = []
    for (let i = 0; i < 5; i++) types.push((await peer.next()).type)
    expect(types.sort((a, b) => a - b)).toEqual([4, 5, 9, 11, 13])
    peer.close()
  })

  it('cuts a packet above the limit off at its header, whatever follows', async () => {
    const peer = await signIn()
    peer.send(Buffer.concat([Buffer.from([0x32]), wire.remaining(200_000_000), Buffer.alloc(100)]))
    await peer.ended
    const other = await signIn()
    other.send(wire.publish(TOPIC, Buffer.alloc(65_000, 32), { qos: 1, id: 1 }))
    expect((await other.next()).type).toBe(4)
    other.send(wire.publish(TOPIC, Buffer.alloc(66_000, 32), { qos: 1, id: 2 }))
    await other.ended
  })

  it('holds for MQTT 3.1 too, whose client ids have at most 23 bytes', async () => {
    const old = { name: 'MQIsdp', level: 3 }
    const peer = await signIn({ ...old, clientId: 'x'.repeat(23) })
    peer.close()
    const long = await wire.dial(rig.port)
    long.send(wire.connect({ ...ACCOUNT, ...old, clientId: 'x'.repeat(24) }))
    expect((await long.next()).body[1]).toBe(2)
  })
})
