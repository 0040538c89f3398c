import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { needDebian } from './debian.ts'
import { until } from './until.ts'

export interface TestPostgres {
  /** Of an empty database; the server has no other user. */
  url: string
  stop(): Promise<void>
}

const run = promisify(execFile)
const USER = 'pq'

/** Starts a PostgreSQL server of its own on a free port of loopback, in a temporary folder; or says why not. */
export async function startPostgres(): Promise<TestPostgres | { skip: string }> {
  const program = await needDebian('postgresql')
  if (typeof program !== 'string') return program
  const bin = dirname(await realpath(program))
  const owner = await serverUser()
  const dir = await mkdtemp(join(tmpdir(), 'pq-postgres-'))
  try {
    if (owner) await chown(dir, owner.uid, owner.gid)
    const data = join(dir, 'data')
    const how = { cwd: dir, ...owner }
    await run(join(bin, 'initdb'), ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'], how)
    const port = await freePort()
    const server = await startServer(bin, data, dir, port, owner)
    return { url: `postgres://${USER}@127.0.0.1:${port}/postgres`, stop: () => stopServer(server, dir) }
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

type Owner = { uid: number; gid: number }

/** PostgreSQL refuses to run as root: its own user then serves, else nobody. */
async function serverUser(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (!user) throw new Error('PostgreSQL needs a user other than root: there is neither postgres nor nobody')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

async function startServer(
  bin: string,
  data: string,
  dir: string,
  port: number,
  owner: Owner | undefined,
): Promise<ChildProcess> {
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', dir]
  const server = spawn(join(bin, 'postgres'), args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'], ...owner })
  let said = ''
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000)
  })
  await until(() => {
    if (server.exitCode !== null) throw new Error(`postgres ended: ${said}`)
    return said.includes('ready to accept connections')
  }, 'PostgreSQL to accept connections')
  return server
}

async function stopServer(server: ChildProcess, dir: string): Promise<void> {
  const ended = once(server, 'exit')
  if (server.exitCode === null) {
    server.kill('SIGQUIT') // at once: nothing of it is kept
    await ended
  }
  await rm(dir, { recursive: true, force: true })
}
