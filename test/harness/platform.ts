import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The platform as a newcomer starts it: a child process, its own data folder, free ports. */
export interface TestPlatform {
  httpUrl: string
  mqttUrl: string
  mqttPort: number
  dataDir: string
  env: NodeJS.ProcessEnv
  child: ChildProcess
  /** Everything it wrote so far, for the message of a failed expectation. */
  output(): string
  /** SIGTERM, then waits. Resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, then waits: nothing is flushed. */
  kill(): Promise<void>
}

export interface TestPlatformOptions {
  /** Kept by the caller: to start again on the same data. Absent: a new one, removed by `removeData`. */
  dataDir?: string
  env?: Record<string, string>
}

export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'pq-test-'))
export const removeData = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true, maxRetries: 3 })

const START_LIMIT_MS = 60_000

/** Runs a command of the project beside a platform; resolves with what it printed. */
export async function runCli(
  script: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, `infra/cli/${script}.ts`), ...args], {
    cwd: ROOT,
    env,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Settings of a test's own: nothing of the caller's environment that begins with PQ_ leaks in. */
export function testEnv(dataDir: string, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PQ_|DATABASE_URL)/.test(name)))
  return {
    ...clean,
    PQ_DATA_DIR: dataDir,
    PQ_HTTP_PORT: '0',
    PQ_MQTT_PORT: '0',
    PQ_MQTT_WS_PORT: 'off',
    PQ_SIMULATE: 'off',
    PQ_LOG_LEVEL: 'warn',
    ...more,
  }
}

/** Starts the platform and waits until it prints its addresses. */
export async function startTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const dataDir = options.dataDir ?? (await newDataDir())
  const env = testEnv(dataDir, options.env)
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'infra/cli/start.ts')], { cwd: ROOT, env })
  let output = ''
  const exited = once(child, 'close') as Promise<[number | null]>
  const addresses = await new Promise<{ httpUrl: string; mqttUrl: string }>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the platform ${why}:\n${output}`))
    const timer = setTimeout(() => fail('did not start in time'), START_LIMIT_MS)
    const read = (chunk: Buffer) => {
      output += String(chunk)
      const httpUrl = /^ {2}map +(\S+)/m.exec(output)?.[1]
      const mqttUrl = /^ {2}MQTT +(mqtt:\S+)/m.exec(output)?.[1]
      if (!httpUrl || !mqttUrl) return
      clearTimeout(timer)
      resolve({ httpUrl, mqttUrl })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
  })
  return {
    ...addresses,
    mqttPort: Number(new URL(addresses.mqttUrl).port),
    dataDir,
    env: { ...env, PQ_HTTP_PORT: new URL(addresses.httpUrl).port, PQ_MQTT_PORT: new URL(addresses.mqttUrl).port },
    child,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      return (await exited)[0]
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
