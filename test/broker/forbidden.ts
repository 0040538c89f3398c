import * as wire from './wire.ts'

/** One thing that MQTT 3.1.1 forbids, as bytes. */
export interface Forbidden {
  rule: string
  clause: string
  /** Sent instead of the first CONNECT where `first`, else after a good one. */
  bytes: Buffer
  first?: boolean
  returnCode?: number
}

const bad = {
  utf8: Buffer.from([0x61, 0xc3, 0x28]),
  surrogate: Buffer.from([0xed, 0xa0, 0x80]),
  zero: Buffer.from('a\0b'),
}
const u16 = (n: number) => Buffer.from([n >> 8, n & 255])
const raw = (...bytes: number[]) => Buffer.from(bytes)

export const afterConnect = (topic: string): Forbidden[] => {
  const start = Buffer.from(topic.slice(0, -1))
  const odd = (tail: Buffer) => Buffer.concat([start, tail])
  return [
    { rule: 'a second CONNECT', clause: 'MQTT-3.1.0-2', bytes: wire.connect() },
    { rule: 'a topic that is not UTF-8', clause: 'MQTT-1.5.3-1', bytes: wire.publish(odd(bad.utf8), 'x') },
    { rule: 'a topic with an encoded surrogate', clause: 'MQTT-1.5.3-1', bytes: wire.publish(odd(bad.surrogate), 'x') },
    { rule: 'a topic with U+0000', clause: 'MQTT-1.5.3-2', bytes: wire.publish(odd(bad.zero), 'x') },
    { rule: 'an empty topic', clause: 'MQTT-4.7.3-1', bytes: wire.publish('', 'x') },
    { rule: 'a topic with +', clause: 'MQTT-3.3.2-2', bytes: wire.publish('pq/+/x', 'x') },
    { rule: 'a topic with #', clause: 'MQTT-3.3.2-2', bytes: wire.publish('pq/#', 'x') },
    { rule: 'a topic longer than its packet', clause: '3.3.2.1', bytes: wire.packet(0x30, u16(9), Buffer.from('ab')) },
    { rule: 'PUBLISH with packet id 0', clause: 'MQTT-2.3.1-1', bytes: wire.publish(topic, '{}', { qos: 1, id: 0 }) },
    { rule: 'PUBLISH without its packet id', clause: 'MQTT-2.3.1-1', bytes: wire.packet(0x32, wire.field(topic)) },
    { rule: 'DUP with QoS 0', clause: 'MQTT-3.3.1-2', bytes: wire.publish(topic, '{}', { dup: true }) },
    { rule: 'QoS 3', clause: 'MQTT-3.3.1-4', bytes: wire.packet(0x36, wire.field(topic), u16(1)) },
    { rule: 'PUBREL with the wrong flags', clause: 'MQTT-3.6.1-1', bytes: wire.packet(0x60, u16(1)) },
    { rule: 'PUBREL with packet id 0', clause: 'MQTT-2.3.1-1', bytes: wire.pubrel(0) },
    { rule: 'PUBACK that is too long', clause: '3.4.1', bytes: wire.packet(0x40, raw(0, 1, 0)) },
    { rule: 'PUBACK that is too short', clause: '3.4.1', bytes: wire.packet(0x40, raw(1)) },
    {
      rule: 'SUBSCRIBE with the wrong flags',
      clause: 'MQTT-3.8.1-1',
      bytes: wire.packet(0x80, u16(1), wire.field('a'), raw(0)),
    },
    { rule: 'SUBSCRIBE with packet id 0', clause: 'MQTT-2.3.1-1', bytes: wire.subscribe(0, ['a', 0]) },
    { rule: 'SUBSCRIBE without a filter', clause: 'MQTT-3.8.3-3', bytes: wire.subscribe(1) },
    { rule: 'SUBSCRIBE with an empty filter', clause: 'MQTT-4.7.3-1', bytes: wire.subscribe(1, ['', 0]) },
    { rule: 'SUBSCRIBE with QoS 3', clause: 'MQTT-3-8.3-4', bytes: wire.subscribe(1, ['a', 3]) },
    { rule: 'SUBSCRIBE with reserved bits', clause: 'MQTT-3-8.3-4', bytes: wire.subscribe(1, ['a', 0x10]) },
    { rule: 'SUBSCRIBE without a QoS byte', clause: 'MQTT-3.8.3-3', bytes: wire.packet(0x82, u16(1), wire.field('a')) },
    { rule: 'a filter with # in the middle', clause: 'MQTT-4.7.1-2', bytes: wire.subscribe(1, ['a/#/b', 0]) },
    { rule: 'a filter with # beside text', clause: 'MQTT-4.7.1-2', bytes: wire.subscribe(1, ['a/b#', 0]) },
    { rule: 'a filter of text and #', clause: 'MQTT-4.7.1-2', bytes: wire.subscribe(1, ['a#', 0]) },
    { rule: 'a filter with + before text', clause: 'MQTT-4.7.1-3', bytes: wire.subscribe(1, ['a/+b', 0]) },
    { rule: 'a filter with + after text', clause: 'MQTT-4.7.1-3', bytes: wire.subscribe(1, ['a+', 0]) },
    { rule: 'a filter of two +', clause: 'MQTT-4.7.1-3', bytes: wire.subscribe(1, ['++', 0]) },
    { rule: 'a filter that is not UTF-8', clause: 'MQTT-1.5.3-1', bytes: wire.subscribe(1, [bad.utf8, 0]) },
    { rule: 'a filter with U+0000', clause: 'MQTT-1.5.3-2', bytes: wire.subscribe(1, [bad.zero, 0]) },
    { rule: 'UNSUBSCRIBE without a filter', clause: 'MQTT-3.10.3-2', bytes: wire.unsubscribe(1) },
    { rule: 'UNSUBSCRIBE with packet id 0', clause: 'MQTT-2.3.1-1', bytes: wire.unsubscribe(0, 'a') },
    {
      rule: 'UNSUBSCRIBE with the wrong flags',
      clause: 'MQTT-3.10.1-1',
      bytes: wire.packet(0xa0, u16(1), wire.field('a')),
    },
    { rule: 'UNSUBSCRIBE with a malformed filter', clause: 'MQTT-4.7.1-3', bytes: wire.unsubscribe(1, 'a+') },
    { rule: 'UNSUBSCRIBE with U+0000', clause: 'MQTT-1.5.3-2', bytes: wire.unsubscribe(1, bad.zero) },
    { rule: 'PINGREQ with a body', clause: '3.12', bytes: wire.packet(0xc0, raw(1)) },
    { rule: 'PINGREQ with flags', clause: 'MQTT-2.2.2-2', bytes: wire.packet(0xc1) },
    { rule: 'DISCONNECT with flags', clause: 'MQTT-3.14.1-1', bytes: wire.packet(0xe1) },
    { rule: 'DISCONNECT with a body', clause: '3.14', bytes: wire.packet(0xe0, raw(0)) },
    { rule: 'CONNACK from a client', clause: '2.2.1', bytes: wire.packet(0x20, raw(0, 0)) },
    { rule: 'SUBACK from a client', clause: '2.2.1', bytes: wire.packet(0x90, raw(0, 1, 0)) },
    { rule: 'UNSUBACK from a client', clause: '2.2.1', bytes: wire.packet(0xb0, raw(0, 1)) },
    { rule: 'PINGRESP from a client', clause: '2.2.1', bytes: wire.packet(0xd0) },
    { rule: 'packet type 0', clause: '2.2.1', bytes: wire.packet(0x00) },
    { rule: 'packet type 15', clause: '2.2.1', bytes: wire.packet(0xf0) },
    { rule: 'a remaining length of five bytes', clause: '2.2.3', bytes: raw(0x30, 0x80, 0x80, 0x80, 0x80, 0x01) },
  ]
}

export const insteadOfConnect = (username: string, password: string, statusTopic: string): Forbidden[] => {
  const good = { username, password }
  const with_ = (o: wire.Connect) => wire.connect({ ...good, ...o })
  const will = { topic: statusTopic, payload: 'offline' }
  return [
    { rule: 'a first packet other than CONNECT', clause: 'MQTT-3.1.0-1', bytes: wire.pingreq },
    {
      rule: 'CONNECT with header flags',
      clause: 'MQTT-2.2.2-2',
      bytes: Buffer.concat([raw(0x11), wire.connect(good).subarray(1)]),
    },
    { rule: 'an unknown protocol name', clause: 'MQTT-3.1.2-1', bytes: with_({ name: 'MQTX' }) },
    { rule: 'MQTT 5', clause: 'MQTT-3.1.2-2', bytes: with_({ level: 5 }), returnCode: 1 },
    { rule: 'a protocol level to come', clause: 'MQTT-3.1.2-2', bytes: with_({ level: 6 }), returnCode: 1 },
    { rule: 'a bridge level', clause: 'MQTT-3.1.2-2', bytes: with_({ level: 0x84 }), returnCode: 1 },
    { rule: 'the reserved CONNECT flag', clause: 'MQTT-3.1.2-3', bytes: with_({ flags: 0xc3 }) },
    { rule: 'will QoS without a will', clause: 'MQTT-3.1.2-13', bytes: with_({ flags: 0xca }) },
    { rule: 'will retain without a will', clause: 'MQTT-3.1.2-15', bytes: with_({ flags: 0xe2 }) },
    { rule: 'will QoS 3', clause: 'MQTT-3.1.2-14', bytes: with_({ will, flags: 0xde }) },
    { rule: 'a password without a user name', clause: 'MQTT-3.1.2-22', bytes: wire.connect({ password, flags: 0x42 }) },
    {
      rule: 'an empty client id with a kept session',
      clause: 'MQTT-3.1.3-8',
      bytes: with_({ clientId: '', clean: false }),
      returnCode: 2,
    },
    {
      rule: 'an empty client id in MQTT 3.1',
      clause: '3.1: 3.1',
      bytes: with_({ clientId: '', name: 'MQIsdp', level: 3 }),
      returnCode: 2,
    },
    { rule: 'a client id that is not UTF-8', clause: 'MQTT-1.5.3-1', bytes: with_({ clientId: bad.utf8 }) },
    { rule: 'a client id with U+0000', clause: 'MQTT-1.5.3-2', bytes: with_({ clientId: bad.zero }) },
    { rule: 'a user name that is not UTF-8', clause: 'MQTT-1.5.3-1', bytes: with_({ username: bad.utf8 }) },
    { rule: 'a user name with U+0000', clause: 'MQTT-1.5.3-2', bytes: with_({ username: bad.zero }) },
    { rule: 'a will topic with U+0000', clause: 'MQTT-1.5.3-2', bytes: with_({ will: { ...will, topic: bad.zero } }) },
    {
      rule: 'a will topic with wildcards',
      clause: 'MQTT-3.3.2-2',
      bytes: with_({ will: { ...will, topic: 'pq/v1/+' } }),
    },
    { rule: 'an empty will topic', clause: 'MQTT-4.7.3-1', bytes: with_({ will: { ...will, topic: '' } }) },
    {
      rule: 'bytes after the CONNECT payload',
      clause: '3.1.3',
      bytes: wire.packet(0x10, wire.connect(good).subarray(2), raw(0)),
    },
    { rule: 'a CONNECT that is cut short', clause: '3.1.2', bytes: wire.packet(0x10, wire.field('MQTT'), raw(4, 2)) },
  ].map((entry) => ({ ...entry, first: true }))
}
