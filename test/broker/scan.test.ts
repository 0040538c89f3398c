import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PacketScanner } from '../../broker/scan.ts'
import { type Rig, startRig } from './harness.ts'
import * as wire from './wire.ts'

const TOPIC = 'pq/v1/sensor/S1/telemetry'
const ACCOUNT = { username: 'S1', password: 'secret-of-S1', clientId: 'c' }
const LIMITS = { maxPacketBytes: 2000, maxBatch: 3 }

const id = fc.integer({ min: 1, max: 65_535 })
const packet = fc.oneof(
  fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0 as const, 1 as const, 2 as const), id)
    .map(([body, qos, n]) => wire.publish(TOPIC, Buffer.from(body), { qos, id: n })),
  id.map((n) => wire.subscribe(n, ['pq/v1/sensor/S1/rejected', 1], ['đảo/+/#', 0])),
  id.map((n) => wire.unsubscribe(n, 'a/+')),
  id.map(wire.pubrel),
  fc.constant(wire.pingreq),
)
const stream = fc.array(packet, { maxLength: 12 }).map((packets) => Buffer.concat([wire.connect(ACCOUNT), ...packets]))
const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
const damaged = fc.tuple(stream, damage).map(([bytes, changes]) => {
  const copy = Buffer.from(bytes)
  for (const [at, byte] of changes) copy[at % copy.length] = byte
  return copy
})
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 })

/** Feeds a stream in pieces, as a socket would. */
function feed(bytes: Buffer, sizes: number[]): { out: Buffer; fault: string | undefined } {
  const scanner = new PacketScanner(LIMITS)
  const out: Buffer[] = []
  for (let at = 0, i = 0; at < bytes.length && scanner.fault === null; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length
    for (
      let batch = scanner.push(bytes.subarray(at, at + size));
      batch;
      batch = scanner.fault ? null : scanner.next()
    ) {
      out.push(batch)
    }
    at += size
  }
  return { out: Buffer.concat(out), fault: scanner.fault?.detail }
}

describe('the scanner', () => {
  it('hands on what is sound, byte for byte, wherever it is cut', () => {
    fc.assert(
      fc.property(stream, cuts, (bytes, sizes) => {
        const { out, fault } = feed(bytes, sizes)
        expect(fault).toBeUndefined()
        expect(out.equals(bytes)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('finds the same fault at the same place, wherever it is cut, and never throws', () => {
    fc.assert(
      fc.property(damaged, cuts, (bytes, sizes) => {
        const [whole, cut] = [feed(bytes, []), feed(bytes, sizes)]
        expect(cut.fault).toBe(whole.fault)
        expect(cut.out.equals(whole.out)).toBe(true)
        expect(bytes.subarray(0, whole.out.length).equals(whole.out)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

it('stays at fault, whatever is pushed after it', () => {
  const scanner = new PacketScanner(LIMITS)
  scanner.push(Buffer.concat([wire.connect(ACCOUNT), wire.pingreq, wire.pingreq, wire.publish('', 'x')]))
  expect(scanner.next()).toBeNull()
  const { fault } = scanner
  expect(fault).not.toBeNull()
  expect(scanner.push(wire.pingreq)).toBeNull()
  expect(scanner.fault).toBe(fault)
})

describe('the broker', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig({ env: { PQ_MQTT_DEVICE_MESSAGES_PER_S: '0' } })
    await rig.addDevice('S1')
    await rig.addDevice('S2')
  })
  afterAll(() => rig.close())

  it('survives whatever comes, and its neighbours with it', async () => {
    const calm = await wire.dial(rig.port)
    calm.send(wire.connect({ username: 'S2', password: 'secret-of-S2' }))
    expect((await calm.next()).body[1]).toBe(0)
    const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, noise), async (bytes) => {
        const peer = await wire.dial(rig.port)
        peer.socket.resume()
        peer.send(bytes)
        calm.send(wire.pingreq)
        expect((await calm.next()).type).toBe(13)
        peer.close()
      }),
      { numRuns: 300 },
    )
    calm.close()
  })
})
