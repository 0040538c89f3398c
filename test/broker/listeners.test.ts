import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { brokerConfig } from '../../broker/config.ts'
import { CERTIFICATE, KEY } from './certificate.ts'
import { eventually, type Rig, startRig, text } from './harness.ts'
import * as wire from './wire.ts'

const TELEMETRY = 'pq/v1/sensor/S1/telemetry'

describe('the listeners', () => {
  let rig: Rig
  let keys: string
  beforeAll(async () => {
    keys = await mkdtemp(join(tmpdir(), 'pq-broker-keys-'))
    const [cert, key] = [join(keys, 'cert.pem'), join(keys, 'key.pem')]
    await writeFile(cert, CERTIFICATE)
    await writeFile(key, KEY)
    const env = {
      PQ_MQTT_WS_PORT: '0',
      PQ_MQTT_TLS_PORT: '0',
      PQ_MQTT_TLS_CERT: cert,
      PQ_MQTT_TLS_KEY: key,
      PQ_MQTT_CONNECTIONS: '8',
      PQ_MQTT_CONNECT_TIMEOUT_S: '1',
    }
    rig = await startRig({ env })
    await rig.addDevice('S1')
  })
  afterAll(async () => {
    await rig.close()
    await rm(keys, { recursive: true, force: true })
  })

  it.each(['mqtt', 'ws', 'mqtts'] as const)('take a device by %s, and its large messages', async (scheme) => {
    const port = { mqtt: rig.broker.ports.mqtt, ws: rig.broker.ports.ws, mqtts: rig.broker.ports.tls }[scheme]
    const client = await mqtt.connectAsync(`${scheme}://127.0.0.1:${port}/mqtt`, {
      username: 'S1',
      password: 'secret-of-S1',
      rejectUnauthorized: false,
      reconnectPeriod: 0,
    })
    for (const qos of [1, 2, 0] as const)
      await client.publishAsync(TELEMETRY, `${scheme}-${qos}-${'x'.repeat(30_000)}`, { qos })
    await client.subscribeAsync('pq/v1/sensor/S1/rejected')
    await client.endAsync()
    const payloads = await eventually(async () => {
      const found = (await rig.entries())
        .filter(({ type }) => type === 'telemetry')
        .map(({ payload }) => text(payload).slice(0, scheme.length + 2))
      return found.filter((payload) => payload.startsWith(`${scheme}-`)).length === 3 && found
    })
    expect(payloads).toContain(`${scheme}-2`)
    const transports = (await rig.entries())
      .filter(({ type }) => type === 'connection')
      .map(({ payload }) => JSON.parse(text(payload)).transport)
    expect(transports).toContain({ mqtt: 'tcp', ws: 'ws', mqtts: 'tls' }[scheme])
  })

  it('refuse a WebSocket without the subprotocol, with text, or with a frame that is too large', async () => {
    const url = `ws://127.0.0.1:${rig.broker.ports.ws}/`
    const plain = new WebSocket(url)
    await new Promise<void>((resolve) => plain.once('error', () => resolve()))
    for (const frame of ['text', Buffer.alloc(300_000, 0x30)]) {
      const socket = new WebSocket(url, 'mqtt')
      socket.on('error', () => {})
      await new Promise((resolve) => socket.once('open', resolve))
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.send(frame)
      await closed
    }
  })

  it('end a connection that says nothing', async () => {
    const peer = await wire.dial(rig.port)
    await peer.ended
  })

  it('refuse one connection too many, and take another once there is room', async () => {
    const peers = await Promise.all(Array.from({ length: 8 }, () => wire.dial(rig.port)))
    const extra = net.connect(rig.port, '127.0.0.1')
    await new Promise((resolve) => extra.once('close', resolve))
    for (const peer of peers) peer.close()
    await eventually(async () => {
      const peer = await wire.dial(rig.port)
      peer.send(wire.connect({ username: 'S1', password: 'secret-of-S1' }))
      const connack = await peer.next().catch(() => null)
      peer.close()
      return connack?.body[1] === 0
    })
  })

  it('name the port and the variable when one is taken, and leave nothing open', async () => {
    const taken = String(rig.port)
    await expect(startRig({ env: { PQ_MQTT_PORT: taken } })).rejects.toThrow(`port ${taken} is taken: set PQ_MQTT_PORT`)
    await expect(startRig({ env: { PQ_MQTT_WS_PORT: taken } })).rejects.toThrow('set PQ_MQTT_WS_PORT')
    await expect(startRig({ env: { PQ_MQTT_TLS_PORT: '0' } })).rejects.toThrow('PQ_MQTT_TLS_CERT')
    await expect(startRig({ env: { PQ_MQTT_TLS_PORT: '0', PQ_MQTT_TLS_CERT: '/nowhere' } })).rejects.toThrow('/nowhere')
  })
})

describe('stopping', () => {
  it('acknowledges what is on its way and writes no Last Will: the broker ends, not the device', async () => {
    let taken = 0
    const rig = await startRig({
      journal: (real) => ({
        append(entry, done) {
          if (entry.type === 'telemetry') taken += 1
          real.append(entry, done)
        },
        get durable() {
          return real.durable
        },
        usage: () => real.usage(),
        close: () => real.close(),
      }),
    })
    await rig.addDevice('S1')
    const peer = await wire.dial(rig.port)
    const will = { topic: 'pq/v1/sensor/S1/status', payload: 'offline' }
    peer.send(wire.connect({ username: 'S1', password: 'secret-of-S1', will }))
    await peer.next()
    peer.send(wire.publish(TELEMETRY, 'last', { qos: 1, id: 9 }))
    while (taken === 0) await new Promise(setImmediate)
    const [answer] = await Promise.all([peer.next(), rig.broker.stop()])
    expect(answer.type).toBe(4)
    await peer.ended
    const entries = await rig.entries()
    expect(entries.map(({ type }) => type)).toEqual(['connection', 'telemetry', 'connection'])
    await rig.close()
  })
})

describe('the settings', () => {
  it('have defaults, take off for a listener, and say what they accept', () => {
    const config = brokerConfig.parse({})
    expect([config.PQ_MQTT_HOST, config.PQ_MQTT_PORT, config.PQ_MQTT_WS_PORT, config.PQ_MQTT_TLS_PORT]).toEqual([
      '127.0.0.1',
      1883,
      8083,
      null,
    ])
    expect(config.PQ_MQTT_PACKET_BYTES).toBe(65_536)
    expect(brokerConfig.parse({ PQ_MQTT_WS_PORT: 'off' }).PQ_MQTT_WS_PORT).toBeNull()
    for (const [name, value] of [
      ['PQ_MQTT_PORT', '70000'],
      ['PQ_MQTT_WS_PORT', 'x'],
      ['PQ_MQTT_PACKET_BYTES', '1.5'],
    ]) {
      const result = brokerConfig.safeParse({ [name as string]: value })
      expect(result.error?.issues[0]?.message).toMatch(/port|bytes/)
    }
  })
})
