import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

const ARTEFACTS = fileURLToPath(new URL('../../artefacts/', import.meta.url))

/** Software WebGL, and none of the browser's own calls home. */
const ARGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ARGS })

/** A page that may reach this machine alone; what it tried beyond, and what went wrong in it, is kept. */
export interface WatchedPage {
  page: Page
  /** Addresses outside loopback that the page asked for; each was refused. */
  outside: string[]
  /** Uncaught errors and console errors. */
  errors: string[]
}

export async function openPage(browser: Browser, viewport: { width: number; height: number }): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport, locale: 'vi-VN' })
  const outside: string[] = []
  const errors: string[] = []
  await page.route('**/*', (route) => {
    const { hostname, protocol } = new URL(route.request().url())
    if (hostname === '127.0.0.1' || protocol === 'data:' || protocol === 'blob:') return route.continue()
    outside.push(route.request().url())
    return route.abort()
  })
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  return { page, outside, errors }
}

/** Keeps a picture for whoever looks at the run afterwards. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(ARTEFACTS, { recursive: true })
  await page.screenshot({ path: `${ARTEFACTS}${name}.png` })
}
