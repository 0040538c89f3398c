import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCES = ['web', 'domain', 'infra/geo', 'package-lock.json']

/** Where the built page lies. */
export const WEB_ROOT = join(ROOT, 'web/dist')

async function newestMs(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined)
  if (!info) return 0
  if (!info.isDirectory()) return info.mtimeMs
  const names = (await readdir(path)).filter((name) => name !== 'dist' && name !== 'node_modules')
  const times = await Promise.all(names.map((name) => newestMs(join(path, name))))
  return Math.max(0, ...times)
}

/** Builds the page when there is none, or when its sources are newer. `npm ci` has done it already. */
export async function ensureWebBuilt(say: (line: string) => void): Promise<void> {
  const builtMs = await newestMs(join(WEB_ROOT, 'index.html'))
  const sourcesMs = Math.max(...(await Promise.all(SOURCES.map((source) => newestMs(join(ROOT, source))))))
  if (builtMs > 0 && builtMs >= sourcesMs) return
  say('building the page…')
  const vite = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const [code] = await once(vite, 'exit')
  if (code !== 0) throw new Error(`the page could not be built (vite ended with ${code})`)
}
