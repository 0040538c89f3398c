import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cutToDurable } from '../harness/journal-cut.ts'
import { until } from '../harness/until.ts'
import { journalDir, readAll, readerOf, textOf, writerOf } from './fixture.ts'

/** A process takes a second to start, many when the machine is busy. */
const SLOW_MACHINE_MS = 40_000
const CHILD = fileURLToPath(new URL('./write-child.ts', import.meta.url))

/** Runs a writer in a process of its own, kills it in the middle, and answers what it had acknowledged. */
async function writeAndKill(dir: string, life: number, afterMs: number): Promise<string[]> {
  const said = join(dir, `acknowledged-${life}`)
  const output = await open(said, 'w')
  const args = ['--import', 'tsx', CHILD, dir, String(life)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', output.fd, 'inherit'] })
  const closed = once(child, 'close')
  await until(async () => (await stat(said)).size > 0, 'the first acknowledgement', SLOW_MACHINE_MS)
  setTimeout(() => child.kill('SIGKILL'), afterMs)
  await closed
  await output.close()
  return (await readFile(said, 'utf8')).split('\n').slice(0, -1)
}

describe('a writer that is killed', () => {
  for (const power of [false, true]) {
    it(
      `${power ? 'by a power loss ' : ''}loses nothing that it acknowledged, and keeps its order`,
      async () => {
        const dir = await journalDir()
        const acked: string[] = []
        for (let life = 0; life < 4; life++) {
          acked.push(...(await writeAndKill(dir, life, 20 + life * 37)))
          if (power) await cutToDurable(dir)
        }
        const writer = await writerOf(dir, { onProblem: (problem) => expect.fail(problem.message) })
        const read = (await readAll(await readerOf(dir))).map(textOf)
        const held = new Set(read)
        expect(acked.length).toBeGreaterThan(200)
        expect(acked.filter((text) => !held.has(text))).toEqual([])
        expect(held.size).toBe(read.length)
        const order = read.map((text) => text.split(' ').map(Number)).map(([life = 0, n = 0]) => life * 1e9 + n)
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        await writer.close()
      },
      4 * SLOW_MACHINE_MS,
    )
  }
})
