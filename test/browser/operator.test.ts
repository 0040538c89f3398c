import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, openPage, shoot, type WatchedPage } from '../harness/browser.ts'
import { needDebian } from '../harness/debian.ts'
import { newDataDir, removeData, startTestPlatform, type TestPlatform } from '../harness/platform.ts'
import { until } from '../harness/until.ts'

const chromium = await needDebian('chromium')
const SLOW_MS = 60_000

describe.skipIf(typeof chromium !== 'string')('the operator’s page', () => {
  let dataDir: string
  let platform: TestPlatform
  let browser: Browser
  let operator: WatchedPage

  beforeAll(async () => {
    dataDir = await newDataDir()
    platform = await startTestPlatform({ dataDir, env: { PQ_SIMULATE: 'on' } })
    browser = await launchBrowser(chromium as string)
    operator = await openPage(browser, { width: 1366, height: 768 })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await platform?.stop()
    await removeData(dataDir)
  })

  const list = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${platform.httpUrl}/api/v1${path}`)).json()) as T

  it('draws the island and every site without asking anything of the internet', async () => {
    const { page, outside } = operator
    await page.goto(platform.httpUrl)
    await page.getByTestId('map').and(page.locator('[data-ready="true"]')).waitFor({ timeout: SLOW_MS })
    await until(
      async () => /990/.test((await page.getByTestId('list-count').textContent()) ?? ''),
      'all sites in the list',
      SLOW_MS,
    )
    await until(
      async () => (await list<{ features: unknown[] }>('/sites?state=ok')).features.length > 900,
      'the city to speak',
      SLOW_MS,
    )
    await shoot(page, 'operator-vi-dark')
    expect(outside).toEqual([])
  }, 180_000)

  it('turns sites red when a fibre is cut, the worst first, and back when it is mended', async () => {
    const { page } = operator
    const started = await fetch(`${platform.httpUrl}/api/v1/scenarios/fibre-cut/start`, { method: 'POST' })
    expect(started.ok).toBe(true)
    const red = page.locator('[data-testid="site-row"][data-state="down"]')
    await red.first().waitFor({ timeout: SLOW_MS + 30_000 })
    expect(await page.getByTestId('site-row').first().getAttribute('data-state')).toBe('down')
    const down = await list<{ features: { properties: { kind: string } }[] }>('/sites?state=down')
    expect(down.features.some(({ properties }) => properties.kind === 'bts')).toBe(true)
    await until(
      async () =>
        (await list<{ features: { properties: { state: string } }[] }>('/links')).features.some(
          (f) => f.properties.state === 'down',
        ),
      'the cut link',
      SLOW_MS,
    )
    await shoot(page, 'operator-fibre-cut')
    await fetch(`${platform.httpUrl}/api/v1/scenarios/fibre-cut/stop`, { method: 'POST' })
    await until(async () => (await red.count()) === 0, 'the sites to return', SLOW_MS)
  }, 240_000)

  it('opens a site with live values and a day of chart, and keeps the selection in the address', async () => {
    const { page, errors } = operator
    // The last day is made last, so a full chart means that the past is whole.
    await until(
      async () => {
        const series = await list<{ count: number[] }>(
          '/sites/B-DD-01/series?metric=dc_voltage_v&from=-24h&to=now&bucket=1h',
        )
        return series.count.filter((count) => count > 0).length >= 20
      },
      'the past of B-DD-01',
      300_000,
    )
    await page.getByTestId('search').fill('B-DD-01')
    await page.getByTestId('search-result').first().click()
    await page.locator('[data-testid="site-panel"][data-state="ready"]').waitFor({ timeout: SLOW_MS })
    expect(new URL(page.url()).searchParams.get('s')).toBe('B-DD-01')
    await page.locator('[data-testid="chart"][data-state="ready"]').first().waitFor({ timeout: SLOW_MS })
    await shoot(page, 'operator-site')
    await page.reload()
    await page.locator('[data-testid="site-panel"][data-state="ready"]').waitFor({ timeout: SLOW_MS })
    expect(await page.getByTestId('values').textContent()).toMatch(/\d/)
    expect(errors).toEqual([])
  }, 400_000)

  it('speaks English and turns light by its address', async () => {
    const { page } = await openPage(browser, { width: 1366, height: 768 })
    await page.goto(`${platform.httpUrl}/?lang=en&theme=light&s=B-DD-01`)
    await page.getByTestId('map').and(page.locator('[data-ready="true"]')).waitFor({ timeout: SLOW_MS })
    await page.locator('[data-testid="chart"][data-state="ready"]').first().waitFor({ timeout: SLOW_MS })
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await page.getByText('DC voltage').first().waitFor()
    await shoot(page, 'operator-en-light')
    await page.close()
  }, 120_000)

  it('says loudly, with the time of the picture, that the platform is gone', async () => {
    const { page } = operator
    await platform.kill()
    await page.getByTestId('veil').waitFor({ timeout: 15_000 })
    expect(await page.getByTestId('connection').getAttribute('data-state')).toBe('lost')
    expect(await page.getByTestId('banner').first().textContent()).toMatch(/\d\d:\d\d:\d\d/)
    await shoot(page, 'operator-disconnected')
  }, 60_000)
})
