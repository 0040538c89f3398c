import * as z from 'zod'

const whole = (min: number, max: number, what: string) => {
  const accepted = `${what}, ${min} to ${max}`
  return z.coerce.number(accepted).int(accepted).min(min, accepted).max(max, accepted)
}
const port = whole(0, 65_535, 'a port; 0 takes a free one')
const off = z.literal(['off', '']).transform(() => null)
const portOrOff = z.union([off, port], 'off, or a port from 0 (a free one) to 65535')
const perSecond = whole(0, 1_000_000, 'messages a second; 0: no limit')
const burst = whole(1, 1_000_000, 'messages')

/** The broker's environment variables. */
export const brokerConfig = z.object({
  PQ_MQTT_HOST: z.string().min(1).default('127.0.0.1'),
  PQ_MQTT_PORT: port.default(1883),
  PQ_MQTT_WS_PORT: portOrOff.default(8083),
  PQ_MQTT_TLS_PORT: portOrOff.default(null),
  /** PEM files; both are needed when there is a TLS port. */
  PQ_MQTT_TLS_CERT: z.string().default(''),
  PQ_MQTT_TLS_KEY: z.string().default(''),

  PQ_MQTT_PACKET_BYTES: whole(128, 16_777_216, 'bytes').default(65_536),
  PQ_MQTT_CONNECTIONS: whole(1, 1_000_000, 'connections').default(50_000),
  /** The oldest gives way to one more. */
  PQ_MQTT_DEVICE_CONNECTIONS: whole(1, 1000, 'connections').default(4),
  PQ_MQTT_INTEGRATION_CONNECTIONS: whole(1, 10_000, 'connections').default(20),
  PQ_MQTT_CONNECT_TIMEOUT_S: whole(1, 300, 'seconds').default(10),
  /** A longer keep-alive, or none, is shortened to this. */
  PQ_MQTT_KEEPALIVE_LIMIT_S: whole(1, 43_690, 'seconds').default(1800),
  /** After so many failures a minute the answers to one address come late. */
  PQ_MQTT_FAILED_LOGINS_PER_MINUTE: whole(1, 100_000, 'failures a minute').default(30),

  /** Packets of one connection that are worked on before more is read of it. */
  PQ_MQTT_INFLIGHT_MESSAGES: whole(1, 10_000, 'messages').default(100),
  /** QoS 2 messages of one session that wait for their PUBREL. */
  PQ_MQTT_QOS2_MESSAGES: whole(1, 65_535, 'messages').default(1000),
  PQ_MQTT_DEVICE_MESSAGES_PER_S: perSecond.default(50),
  PQ_MQTT_DEVICE_BURST_MESSAGES: burst.default(500),
  /** Of each demonstration site that the fleet speaks for. */
  PQ_MQTT_FLEET_MESSAGES_PER_S: perSecond.default(1000),
  PQ_MQTT_FLEET_BURST_MESSAGES: burst.default(10_000),
  PQ_MQTT_INTEGRATION_MESSAGES_PER_S: perSecond.default(5000),
  PQ_MQTT_INTEGRATION_BURST_MESSAGES: burst.default(20_000),

  /** Bytes that wait for a client that does not read: beyond half of it QoS 0 is dropped, beyond it the client is. */
  PQ_MQTT_DEVICE_OUTBOX_BYTES: whole(4096, 1_073_741_824, 'bytes').default(1_048_576),
  PQ_MQTT_OUTBOX_BYTES: whole(4096, 1_073_741_824, 'bytes').default(67_108_864),
  PQ_MQTT_SUBSCRIPTIONS: whole(1, 100_000, 'subscriptions of one connection').default(100),
  /** Messages that wait for one kept session. */
  PQ_MQTT_SESSION_MESSAGES: whole(1, 1_000_000, 'messages').default(1000),
  /** Kept sessions of one device or integration; the one unused longest is forgotten. */
  PQ_MQTT_SESSIONS_PER_ACCOUNT: whole(1, 10_000, 'sessions').default(10),
  /** Payload bytes of retained and waiting messages in all; one account holds a quarter at most. */
  PQ_MQTT_SESSION_BYTES: whole(1_048_576, 1e12, 'bytes').default(268_435_456),
  /** Last Wills of devices that were connected when the broker died, and did not return within this. */
  PQ_MQTT_ORPHAN_WILL_S: whole(4, 86_400, 'seconds').default(240),
})
export type BrokerConfig = z.infer<typeof brokerConfig>
