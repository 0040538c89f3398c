import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutToDurable } from '../harness/journal-cut.ts'
import { newDataDir, removeData, startTestPlatform, type TestPlatform } from '../harness/platform.ts'
import { until } from '../harness/until.ts'
import { type ChaosDevice, enrol, publishUntil, valueAt } from './fleet.ts'

const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 4)
const DEVICES = 16

/** Deterministic moments of death, so that a failing round can be played again. */
const killAfterMs = (round: number): number => 150 + ((round * 7919) % 650)

async function stored(
  platform: TestPlatform,
  device: ChaosDevice,
): Promise<Map<number, { value: number; count: number }>> {
  const from = Math.min(...device.sent)
  const to = Math.max(...device.sent) + 1
  const url = `${platform.httpUrl}/api/v1/sites/${device.siteId}/series?metric=noise_dba&bucket=raw&from=${from}&to=${to}`
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  const { t, mean } = (await answer.json()) as { t: number[]; mean: number[] }
  const rows = new Map<number, { value: number; count: number }>()
  for (const [i, ts] of t.entries()) rows.set(ts, { value: mean[i] as number, count: (rows.get(ts)?.count ?? 0) + 1 })
  return rows
}

interface Audit {
  acked: number
  lost: string[]
  doubled: string[]
  wrong: string[]
}

async function auditDevice(platform: TestPlatform, device: ChaosDevice, result: Audit): Promise<void> {
  result.acked += device.acked.size
  const settled = async () => {
    const rows = await stored(platform, device)
    return [...device.acked].every((ts) => rows.has(ts))
  }
  await until(settled, `what ${device.siteId} was promised`, 15_000).catch(() => undefined)
  const rows = await stored(platform, device)
  for (const ts of device.acked) if (!rows.has(ts)) result.lost.push(`${device.siteId} ${ts}`)
  for (const [ts, { value, count }] of rows) {
    if (count > 1) result.doubled.push(`${device.siteId} ${ts} x${count}`)
    if (!device.sent.has(ts) || Math.abs(value - valueAt(ts)) > 0.001)
      result.wrong.push(`${device.siteId} ${ts} = ${value}`)
  }
}

/** Every acknowledged reading is there, with its value, once; and nothing that was never sent. */
async function audit(platform: TestPlatform, devices: ChaosDevice[]): Promise<Audit> {
  const result: Audit = { acked: 0, lost: [], doubled: [], wrong: [] }
  for (const device of devices) if (device.sent.size > 0) await auditDevice(platform, device, result)
  return result
}

describe.each([
  { name: 'kill -9', powerLoss: false },
  { name: 'power loss', powerLoss: true },
])('$name under load', ({ powerLoss }) => {
  let dataDir: string
  let platform: TestPlatform
  let devices: ChaosDevice[]

  beforeAll(async () => {
    dataDir = await newDataDir()
    platform = await startTestPlatform({ dataDir })
    devices = await enrol(platform, DEVICES)
  })
  afterAll(async () => {
    await platform?.kill()
    await removeData(dataDir)
  })

  it(`loses no acknowledged reading and stores none twice in ${ROUNDS} rounds of QoS 1 and 2`, async () => {
    let acked = 0
    for (let round = 0; round < ROUNDS; round++) {
      const qos = round % 2 === 0 ? 1 : 2
      let dying = false
      const publishing = devices.map((device) => publishUntil(device, platform.mqttUrl, qos, () => dying))
      await new Promise((resolve) => setTimeout(resolve, killAfterMs(round)))
      await platform.kill()
      dying = true
      await Promise.all(publishing)
      if (powerLoss) await cutToDurable(`${dataDir}/journal`)
      platform = await startTestPlatform({ dataDir })
      const result = await audit(platform, devices)
      expect(result, `round ${round}`).toMatchObject({ lost: [], doubled: [], wrong: [] })
      expect(result.acked, `round ${round} acknowledged something`).toBeGreaterThan(acked)
      acked = result.acked
    }
  }, 600_000)
})
