import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadResult } from '../../simulators/load.ts'
import type { LoadOrder } from './load.ts'
import type { Mode, Ready, Usage } from './server.ts'
import type { ViewersOrder, ViewersResult } from './viewers.ts'

const children = new Set<ChildProcess>()
// A bench that fails leaves nobody behind who holds its output open.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

function start(file: string, args: string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: ['--import', 'tsx'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** The first message from now on that has a field, however many come at once. */
function message<T>(child: ChildProcess, has: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', hear)
      child.off('exit', end)
    }
    const hear = (answer: unknown) => {
      if (answer === null || typeof answer !== 'object' || !(has in answer)) return
      settle()
      resolve(answer as T)
    }
    const end = (code: number | null) => {
      settle()
      reject(new Error(`a bench process ended with ${code} before it said ${has}`))
    }
    child.on('message', hear)
    child.on('exit', end)
  })
}

/** The measured process. */
export interface BenchServer {
  ready: Ready
  usage(): Promise<Usage>
  /** Stops it; resolves with the size of the history file after its checkpoint, where it has one. */
  stop(): Promise<number | undefined>
}

export async function startServer(mode: Mode, sites: number): Promise<BenchServer> {
  const dir = await mkdtemp(join(tmpdir(), 'pq-bench-'))
  const child = start('./server.ts', [mode, String(sites), dir])
  const ready = await message<Ready>(child, 'port')
  return {
    ready,
    usage() {
      const answer = message<Usage>(child, 'cpuS')
      child.send('usage')
      return answer
    },
    async stop() {
      let bytes: number | undefined
      child.on('message', (answer: { historyBytes?: number }) => {
        bytes = answer.historyBytes ?? bytes
      })
      child.send('stop')
      await once(child, 'exit')
      await rm(dir, { recursive: true, force: true })
      return bytes
    },
  }
}

/** The load, in its own process too, so that both sides have a core. */
export async function startLoadProcess(order: LoadOrder): Promise<{ done: Promise<LoadResult>; stop(): void }> {
  const child = start('./load.ts', [JSON.stringify(order)])
  const done = message<LoadResult>(child, 'acknowledged')
  done.catch(() => {})
  await message(child, 'connected')
  return { done, stop: () => child.send('stop') }
}

/** Viewers and their probes: resolves with what they saw. */
export async function runViewers(order: ViewersOrder): Promise<ViewersResult> {
  return message<ViewersResult>(start('./viewers.ts', [JSON.stringify(order)]), 'p99Ms')
}
