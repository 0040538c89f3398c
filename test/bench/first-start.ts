import { newDataDir, removeData, startTestPlatform } from '../harness/platform.ts'
import { until } from '../harness/until.ts'

const LIMIT_MS = 300_000

/** From an installed checkout to a usable map, and to a week of past; then a second start on the same data. */
export async function benchFirstStart(): Promise<void> {
  const dataDir = await newDataDir()
  const startedAt = performance.now()
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1)
  const first = await startTestPlatform({ dataDir, env: { PQ_SIMULATE: 'on', PQ_LOG_LEVEL: 'info' } })
  const page = await (await fetch(first.httpUrl)).text()
  if (!page.includes('<html')) throw new Error('the page is missing')
  const usable = seconds()
  const speaking = async () => {
    const answer = (await (await fetch(`${first.httpUrl}/api/v1/sites?state=unknown`)).json()) as {
      features: unknown[]
    }
    return answer.features.length < 50
  }
  await until(speaking, 'the city to speak', LIMIT_MS)
  const alive = seconds()
  await until(() => first.output().includes('"outcome":"made"'), 'the past', LIMIT_MS)
  const past = seconds()
  await first.stop()
  const again = performance.now()
  const second = await startTestPlatform({ dataDir })
  const url = `${second.httpUrl}/api/v1/sites/B-DD-01/series?metric=dc_voltage_v&from=-7d&bucket=1d`
  const { count } = (await (await fetch(url)).json()) as { count: number[] }
  const restart = ((performance.now() - again) / 1000).toFixed(1)
  await second.stop()
  await removeData(dataDir)
  console.log(
    `first start: page and API after ${usable} s (asked: ≤ 15), 940 of 990 sites have spoken after ${alive} s, a week of past after ${past} s (asked: ≤ 60)\n` +
      `second start: ${restart} s, ${count.reduce((sum, n) => sum + n, 0)} readings of the week of one base station still there\n`,
  )
}
