import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { liveRefusalSchema, stageStatsSchema } from '../../domain/live.ts'
import { eventually, type Rig, SECRETS, startRig, text } from './harness.ts'
import * as wire from './wire.ts'

const topics = (id: string) => ({
  telemetry: `pq/v1/sensor/${id}/telemetry`,
  status: `pq/v1/sensor/${id}/status`,
  rejected: `pq/v1/sensor/${id}/rejected`,
})

let rig: Rig
beforeAll(async () => {
  rig = await startRig({ env: { PQ_MQTT_FAILED_LOGINS_PER_MINUTE: '1000', PQ_MQTT_DEVICE_CONNECTIONS: '3' } })
  await rig.addDevice('S1')
  await rig.addDevice('S2')
  await rig.addDevice('D1', true)
  await rig.addIntegration(
    'bridge',
    ['pq/v1/sensor/+/telemetry', 'pq/v1/sensor/+/status', 'out/#'],
    ['out/#', 'pq/v1/#'],
  )
})
afterAll(() => rig.close())

const code = async (o: wire.Connect): Promise<number> => {
  const peer = await wire.dial(rig.port)
  peer.send(wire.connect(o))
  const connack = await peer.next()
  peer.close()
  return connack.body[1] as number
}
async function signIn(username: string, o: wire.Connect = {}, password = `secret-of-${username}`) {
  const peer = await wire.dial(rig.port)
  peer.send(wire.connect({ username, password, clientId: username, ...o }))
  const connack = await peer.next()
  expect([connack.type, connack.body[1]]).toEqual([2, 0])
  return { ...peer, sessionPresent: connack.body[0] === 1 }
}
const granted = async (peer: wire.Peer, filter: string, qos = 0) => {
  peer.send(wire.subscribe(5, [filter, qos]))
  const suback = await peer.next()
  expect(suback.type).toBe(9)
  return suback.body[2]
}
/** Reads refusals as the operator gets them. */
async function listen(filter: string) {
  const peer = await signIn('api', { clientId: `api-${Math.random()}` }, SECRETS.api)
  expect(await granted(peer, filter)).toBe(0)
  return peer
}
const payloadOf = ({ body }: wire.Received) => JSON.parse(text(body.subarray(2 + body.readUInt16BE(0))))

describe('who may connect', () => {
  it('is a device with its own secret, and nobody else', async () => {
    expect(await code({ username: 'S1', password: 'secret-of-S1' })).toBe(0)
    expect(await code({ username: 'S1', password: 'secret-of-S2' })).toBe(4)
    expect(await code({ username: 'S1' })).toBe(4)
    expect(await code({})).toBe(4)
    expect(await code({ username: 'nobody', password: 'x' })).toBe(4)
    expect(await code({ username: 'S1/x', password: 'secret-of-S1' })).toBe(4)
    expect(await code({ username: '__proto__', password: 'x' })).toBe(4)
    expect(await code({ username: 'ingest', password: 'x' })).toBe(4)
    expect(await code({ username: 'ingest', password: SECRETS.ingest })).toBe(0)
  })

  it('is a device whose secret is a moment old', async () => {
    await rig.addDevice('fresh')
    expect(await code({ username: 'fresh', password: 'secret-of-fresh' })).toBe(0)
  })

  it('is told to the operators when a known site fails', async () => {
    const operator = await listen('pq/v1/live/refusals')
    expect(await code({ username: 'S2', password: 'secret-of-S2' })).toBe(0)
    await code({ username: 'S2', password: 'wrong' })
    const refusal = liveRefusalSchema.parse(payloadOf(await operator.next()))
    expect(refusal).toMatchObject({ siteId: 'S2', reason: 'bad-credentials' })
    operator.close()
  })

  it('ends within a second of the secret being replaced or revoked', async () => {
    await rig.addDevice('R1')
    await rig.addDevice('R2')
    const [one, two, other] = [await signIn('R1'), await signIn('R2'), await signIn('S1', { clientId: 'stays' })]
    const started = Date.now()
    await rig.addDevice('R1')
    await rig.registry.deleteAccount('R2')
    await Promise.all([one.ended, two.ended])
    expect(Date.now() - started).toBeLessThan(1000)
    expect(await code({ username: 'R2', password: 'secret-of-R2' })).toBe(4)
    other.send(wire.pingreq)
    expect((await other.next()).type).toBe(13)
    other.close()
  })

  it('gives up its oldest connection for one too many', async () => {
    const peers = []
    for (const clientId of ['1', '2', '3', '4']) peers.push(await signIn('S2', { clientId }))
    await peers[0]?.ended
    peers[1]?.send(wire.pingreq)
    expect((await (peers[1] as wire.Peer).next()).type).toBe(13)
    for (const peer of peers) peer.close()
  })

  it('cannot end or resume the session of another account by taking its client id', async () => {
    const mine = await signIn('S1', { clientId: 'same', clean: false })
    const theirs = await signIn('S2', { clientId: 'same', clean: false })
    expect(theirs.sessionPresent).toBe(false)
    mine.send(wire.pingreq)
    expect((await mine.next()).type).toBe(13)
    const again = await signIn('S1', { clientId: 'same', clean: false })
    expect(again.sessionPresent).toBe(true)
    await mine.ended
    again.close()
    theirs.close()
  })

  it('does not lock others out behind an address that fails', async () => {
    const strict = await startRig({ env: { PQ_MQTT_FAILED_LOGINS_PER_MINUTE: '2' } })
    await strict.addDevice('S1')
    const attempt = async (password: string) => {
      const peer = await wire.dial(strict.port)
      const started = Date.now()
      peer.send(wire.connect({ username: 'S1', password }))
      const answer = (await peer.next()).body[1]
      peer.close()
      return { answer, ms: Date.now() - started }
    }
    for (let i = 0; i < 2; i++) expect((await attempt('wrong')).answer).toBe(4)
    const [slow, good] = await Promise.all([attempt('wrong'), attempt('secret-of-S1')])
    expect(slow.answer).toBe(4)
    expect(slow.ms).toBeGreaterThan(1500)
    expect(good.answer).toBe(0)
    expect(good.ms).toBeLessThan(1000)
    await strict.close()
  })
})

describe('a device', () => {
  it('publishes on its own two topics and nowhere else', async () => {
    for (const topic of [
      topics('S2').telemetry,
      topics('S1').rejected,
      'pq/v1/bts/S1/telemetry',
      'pq/v1/live/sites',
      '$SYS/x',
      'x',
    ]) {
      const peer = await signIn('S1', { clientId: 'p' })
      peer.send(wire.publish(topic, '{}', { qos: 1, id: 1 }))
      await expect(peer.next()).rejects.toThrow('ended')
    }
    const peer = await signIn('S1', { clientId: 'p' })
    peer.send(wire.publish(topics('S1').telemetry, '{}', { qos: 1, id: 2 }))
    expect((await peer.next()).type).toBe(4)
    peer.close()
  })

  it('subscribes to its own down topic and nothing else, and stays connected when refused', async () => {
    const peer = await signIn('S1', { clientId: 's', clean: false })
    const refused = [
      '#',
      'pq/#',
      '+/+/+/+/+',
      '$SYS/#',
      topics('S2').rejected,
      topics('S1').telemetry,
      'pq/v1/live/sites',
      'pq/v1/sensor/+/rejected',
    ]
    for (const filter of refused) expect(await granted(peer, filter, 1)).toBe(0x80)
    expect(await granted(peer, topics('S1').rejected, 1)).toBe(1)
    peer.send(wire.subscribe(6, [topics('S1').rejected, 0], [topics('S2').rejected, 1]))
    expect([...(await peer.next()).body]).toEqual([0, 6, 0, 0x80])
    peer.close()
  })

  it('gets nothing later by a filter that was refused beside one that was granted', async () => {
    const ingest = await signIn('ingest', {}, SECRETS.ingest)
    const peer = await signIn('S1', { clientId: 'later', clean: false })
    peer.send(wire.subscribe(6, [topics('S1').rejected, 1], [topics('S2').rejected, 1]))
    expect([...(await peer.next()).body]).toEqual([0, 6, 1, 0x80])
    peer.send(wire.disconnect)
    await peer.ended
    for (const id of ['S2', 'S1']) ingest.send(wire.publish(topics(id).rejected, `"${id}"`, { qos: 1, id: 1 }))
    await ingest.next()
    await ingest.next()
    const again = await signIn('S1', { clientId: 'later', clean: false })
    expect(text((await again.next()).body)).toContain('"S1"')
    again.send(wire.pingreq)
    expect((await again.next()).type).toBe(13)
    again.close()
    ingest.close()
  })

  it('may not leave a Last Will anywhere but on its status', async () => {
    const will = { topic: topics('S2').status, payload: 'offline' }
    expect(await code({ username: 'S1', password: 'secret-of-S1', will })).toBe(5)
  })

  it('is told of to the operators when it oversteps', async () => {
    await rig.addDevice('O1')
    const operator = await listen('pq/v1/live/refusals')
    const peer = await signIn('O1')
    peer.send(wire.publish(topics('S2').telemetry, '{}'))
    expect(payloadOf(await operator.next())).toMatchObject({ siteId: 'O1', reason: 'forbidden-topic' })
    const big = await signIn('O1')
    big.send(wire.publish(topics('O1').telemetry, Buffer.alloc(70_000)))
    expect(payloadOf(await operator.next())).toMatchObject({ siteId: 'O1', reason: 'too-large' })
    operator.close()
  })
})

describe('the fleet', () => {
  it('speaks for demonstration sites alone, by its client id', async () => {
    const peer = await signIn('fleet', { clientId: 'D1' }, SECRETS.fleet)
    peer.send(wire.publish(topics('D1').telemetry, '{}', { qos: 1, id: 1 }))
    expect((await peer.next()).type).toBe(4)
    peer.send(wire.publish('pq/v1/control/scenarios', '[]'))
    await peer.ended
    expect(await code({ username: 'fleet', password: SECRETS.fleet, clientId: 'S1' })).toBe(5)
  })

  it('speaks for no site where its client id names none, but hears of scenarios', async () => {
    const peer = await signIn('fleet', { clientId: 'control' }, SECRETS.fleet)
    expect(await granted(peer, 'pq/v1/control/scenario')).toBe(0)
    peer.send(wire.publish('pq/v1/control/scenarios', '[]', { qos: 1, id: 1, retain: true }))
    expect((await peer.next()).type).toBe(4)
    peer.send(wire.publish(topics('D1').telemetry, '{}', { qos: 1, id: 2 }))
    await peer.ended
  })
})

describe('an integration', () => {
  it('reads by its filters and no further', async () => {
    const bridge = await signIn('bridge')
    for (const filter of ['#', 'pq/v1/#', 'pq/v1/live/sites', '$SYS/#', 'pq/v1/sensor/+/rejected']) {
      expect(await granted(bridge, filter)).toBe(0x80)
    }
    expect(await granted(bridge, 'pq/v1/sensor/S1/+')).toBe(0x80)
    expect(await granted(bridge, 'pq/v1/sensor/+/telemetry')).toBe(0)
    const device = await signIn('S1', { clientId: 'd' })
    device.send(wire.publish(topics('S1').telemetry, '{"m":{"a":1}}'))
    expect(text((await bridge.next()).body)).toContain('{"m":{"a":1}}')
    bridge.close()
    device.close()
  })

  it('writes by its filters, never to the stages, and is not journalled', async () => {
    const bridge = await signIn('bridge', { clientId: 'w' })
    for (const topic of ['out/x', topics('S1').telemetry]) {
      bridge.send(wire.publish(topic, '"foreign"', { qos: 1, id: 1 }))
      expect((await bridge.next()).type).toBe(4)
    }
    const device = await signIn('S1', { clientId: 'after' })
    device.send(wire.publish(topics('S1').telemetry, '"own"', { qos: 1, id: 1 }))
    expect((await device.next()).type).toBe(4)
    device.close()
    const payloads = (await rig.entries()).map(({ payload }) => text(payload))
    expect(payloads).toContain('"own"')
    expect(payloads).not.toContain('"foreign"')
    for (const topic of ['pq/v1/live/sites', 'pq/v1/control/scenario', 'else']) {
      const peer = await signIn('bridge', { clientId: 'x' })
      peer.send(wire.publish(topic, '{}', { qos: 1, id: 1 }))
      await expect(peer.next()).rejects.toThrow('ended')
    }
    bridge.close()
  })

  it('is never sent QoS 2 on a wildcard that was granted QoS 1', async () => {
    const bridge = await signIn('bridge', { clientId: 'q' })
    expect(await granted(bridge, 'pq/v1/sensor/+/telemetry', 1)).toBe(1)
    const device = await signIn('S1', { clientId: 'd' })
    device.send(wire.publish(topics('S1').telemetry, '{}', { qos: 2, id: 3 }))
    const { first } = await bridge.next()
    expect((first >> 1) & 3).toBe(1)
    bridge.close()
    device.close()
  })
})

it('publishes its counters each second', async () => {
  const operator = await listen('pq/v1/live/stats/broker')
  const { values } = stageStatsSchema.parse(payloadOf(await operator.next()))
  expect(values['pq_broker_connections']).toBeGreaterThan(0)
  expect(values['pq_journal_limit_bytes']).toBe(64 * 1024 * 1024)
  expect(values['pq_broker_refused_total_forbidden_topic']).toBeGreaterThan(0)
  operator.close()
})

it('leaves no connection behind', async () => {
  const operator = await listen('pq/v1/live/stats/broker')
  const quiet = await eventually(async () => payloadOf(await operator.next()).values['pq_broker_connections'] === 1)
  expect(quiet).toBe(true)
  operator.close()
})
