import { execFile } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

/** Debian's packages that tests make use of, and the program by which each is found. */
const PROGRAMS = {
  postgresql: { names: ['postgres'], folders: postgresFolders },
  'mosquitto-clients': { names: ['mosquitto_pub'], folders: () => [] },
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome-stable'], folders: () => ['/usr/lib/chromium'] },
} as const satisfies Record<string, { names: readonly string[]; folders: () => string[] }>
export type DebianPackage = keyof typeof PROGRAMS

const run = promisify(execFile)
const LOCK = join(tmpdir(), 'pq-test-apt.lock')
const LOCK_STALE_MS = 10 * 60_000
const INSTALL_TIMEOUT_MS = 8 * 60_000

/**
 * Path of the program that a package brings: found on PATH or in its known folders, else installed when running as
 * root on Debian. Otherwise the reason to skip, which says what to install.
 * @throws Error in CI, where nothing that Debian has may be missing.
 */
export async function needDebian(wanted: DebianPackage): Promise<string | { skip: string }> {
  const found = findProgram(wanted)
  if (found) return found
  if (!isDebianRoot()) return { skip: `needs ${PROGRAMS[wanted].names[0]}: install ${wanted} (apt install ${wanted})` }
  try {
    return await withLock(() => install(wanted))
  } catch (error) {
    const message = `${wanted} could not be installed: ${(error as Error).message}`
    if (process.env['CI']) throw new Error(message, { cause: error })
    return { skip: message }
  }
}

function findProgram(wanted: DebianPackage): string | undefined {
  const { names, folders } = PROGRAMS[wanted]
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...folders()]) {
    for (const name of names) if (isExecutable(join(folder, name))) return join(folder, name)
  }
  return undefined
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Debian keeps the server's programs off PATH, one folder a version; the newest first. */
function postgresFolders(): string[] {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => `/usr/lib/postgresql/${version}/bin`)
  } catch {
    return [] // not Debian, or no PostgreSQL
  }
}

function isDebianRoot(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

async function install(wanted: DebianPackage): Promise<string> {
  const already = findProgram(wanted) // another worker may have been faster
  if (already) return already
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: INSTALL_TIMEOUT_MS }
  await run('apt-get', ['update', '-q'], options)
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', wanted], options)
  const found = findProgram(wanted)
  if (!found) throw new Error(`the package brought no ${PROGRAMS[wanted].names[0]}`)
  return found
}

/** One worker installs at a time: a folder is made by one only. */
async function withLock<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await mkdir(LOCK)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const made = await stat(LOCK).catch(() => undefined)
      if (made && Date.now() - made.mtimeMs > LOCK_STALE_MS) await rm(LOCK, { recursive: true, force: true })
      await delay(500)
    }
  }
  try {
    return await work()
  } finally {
    await rm(LOCK, { recursive: true, force: true })
  }
}
