import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { afterAll, expect, it } from 'vitest'
import { openRegistry } from '../../store/registry/open.ts'
import { until } from '../harness/until.ts'
import { sensorOf, smallInventory } from './fixture.ts'

const dir = await mkdtemp(join(tmpdir(), 'pq-registry-'))
afterAll(() => rm(dir, { recursive: true, force: true }))
/** A process takes a second to start, many when the machine is busy. */
const SLOW_MACHINE_MS = 40_000
const CHILD = fileURLToPath(new URL('./write-child.ts', import.meta.url))

it('a file of another application is refused and left as it was', async () => {
  const file = join(dir, 'other.db')
  const other = new Database(file)
  other.exec('create table theirs (x)')
  other.close()
  const before = await readFile(file)
  await expect(openRegistry({ file })).rejects.toThrow(
    /other\.db cannot be opened: it is a database of another application/,
  )
  expect(await readFile(file)).toEqual(before)
})

it('a file that is no database is refused and left as it was', async () => {
  const file = join(dir, 'letter.txt')
  const text = 'Kính gửi '.repeat(200)
  await writeFile(file, text)
  await expect(openRegistry({ file })).rejects.toThrow(/letter\.txt cannot be opened/)
  expect(await readFile(file, 'utf8')).toBe(text)
})

it('commits in WAL mode with an fsync for each', async () => {
  const file = join(dir, 'modes.db')
  const registry = await openRegistry({ file })
  const look = new Database(file)
  expect(look.pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }])
  look.close()
  await registry.close()
})

it(
  'what was put survives a writer that is killed, beside a reader that is not disturbed',
  async () => {
    const file = join(dir, 'shared.db')
    const registry = await openRegistry({ file })
    await registry.importInventory(smallInventory(), { replace: true })
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await until(
      async () => {
        await registry.putSite(sensorOf('s1', { name: `lần ${said.length}` })) // both write: neither may find it locked
        return said.split('\n').length > 20
      },
      'twenty sites from the other process',
      SLOW_MACHINE_MS,
    )
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    const put = said.split('\n').slice(0, -1)
    const held = new Set((await registry.sites()).map(({ id }) => id))
    expect(put.filter((id) => !held.has(id))).toEqual([])
    await registry.close()
  },
  2 * SLOW_MACHINE_MS,
)
