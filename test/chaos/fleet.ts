import mqtt from 'mqtt'
import type { TestPlatform } from '../harness/platform.ts'

/** One device that never forgets what was acknowledged, and sends again what was not. */
export interface ChaosDevice {
  siteId: string
  username: string
  password: string
  topic: string
  /** Time of the next reading. */
  nextTs: number
  acked: Set<number>
  sent: Set<number>
  /** Sent and not acknowledged: to be sent again after the restart, as a real device does. */
  pending: number[]
}

/** What a device says at an instant: derived from the time, so that a stored value proves itself. */
export const valueAt = (ts: number): number => ((ts % 997) + 300) / 10

/** Sites that measure noise, each with a fresh credential. */
export async function enrol(platform: TestPlatform, count: number): Promise<ChaosDevice[]> {
  const api = `${platform.httpUrl}/api/v1`
  const list = (await (await fetch(`${api}/sites?kind=sensor`)).json()) as { features: { id: string }[] }
  const devices: ChaosDevice[] = []
  for (const { id } of list.features.slice(0, count)) {
    const answer = await fetch(`${api}/devices/${id}/credential`, { method: 'POST' })
    if (!answer.ok) throw new Error(`credential for ${id}: ${answer.status} ${await answer.text()}`)
    const credential = (await answer.json()) as Pick<ChaosDevice, 'siteId' | 'username' | 'password' | 'topic'>
    devices.push({ ...credential, nextTs: Date.now() - 3_600_000, acked: new Set(), sent: new Set(), pending: [] })
  }
  return devices
}

/** Publishes as fast as acknowledgements come, until `stopped` says so or the connection dies. */
export async function publishUntil(
  device: ChaosDevice,
  mqttUrl: string,
  qos: 1 | 2,
  stopped: () => boolean,
): Promise<void> {
  const { username, password, siteId, topic } = device
  const client = mqtt.connect(mqttUrl, {
    username,
    password,
    clientId: siteId,
    reconnectPeriod: 0,
    connectTimeout: 5000,
  })
  // A broker that is killed between the connection and its CONNACK gives no error: only a close.
  const connected = await new Promise<boolean>((resolve) => {
    client.once('connect', () => resolve(true))
    client.once('close', () => resolve(false))
    client.once('error', () => resolve(false))
  })
  if (!connected) {
    client.end(true)
    return
  }
  let dead = false
  client.on('close', () => {
    dead = true
  })
  client.on('error', () => {
    dead = true
  })
  const again = device.pending.splice(0)
  const publish = (ts: number): Promise<void> =>
    new Promise((resolve) => {
      device.sent.add(ts)
      let settled = false
      const settle = (stored: boolean) => {
        if (settled) return
        settled = true
        if (stored) device.acked.add(ts)
        else device.pending.push(ts)
        resolve()
      }
      client.once('close', () => settle(false))
      client.publish(topic, JSON.stringify({ ts, m: { noise_dba: valueAt(ts) } }), { qos }, (error) => settle(!error))
    })
  client.setMaxListeners(0)
  while (!dead && !stopped()) {
    const burst = Array.from({ length: 5 }, () => again.shift() ?? device.nextTs++)
    await Promise.all(burst.map(publish))
  }
  device.pending.push(...again)
  client.end(true)
}
