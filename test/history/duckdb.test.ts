import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { catalogue, createCatalogue } from '../../domain/catalogue.ts'
import { METRICS } from '../../domain/metrics.ts'
import { openHistory } from '../../store/history/duckdb.ts'
import { historyContract } from './contract.ts'

const makeDir = () => mkdtemp(join(tmpdir(), 'history-'))

historyContract('DuckDB', async () => {
  const dir = await makeDir()
  return {
    open: (catalogue) => openHistory({ file: join(dir, 'history.duckdb'), catalogue }),
    remove: () => rm(dir, { recursive: true }),
  }
})

describe('the history file', () => {
  let dir: string
  let file: string
  beforeEach(async () => {
    dir = await makeDir()
    file = join(dir, 'history.duckdb')
  })
  afterEach(() => rm(dir, { recursive: true }))

  async function execute(sql: string): Promise<void> {
    const instance = await DuckDBInstance.create(file)
    const connection = await instance.connect()
    await connection.run(sql)
    connection.closeSync()
    instance.closeSync()
  }

  test('a file that is no database is refused and left alone', async () => {
    await writeFile(file, 'shopping list\n'.repeat(1000))
    await expect(openHistory({ file, catalogue })).rejects.toThrow(/is not a history database.*move it away/)
    expect(await readFile(file, 'utf8')).toContain('shopping list')
  })

  test('a database of something else is refused and left alone', async () => {
    await execute('CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1)')
    await expect(openHistory({ file, catalogue })).rejects.toThrow(/database of something else/)
    await execute('SELECT id FROM orders')
  })

  test('a history of a newer release is refused', async () => {
    await (await openHistory({ file, catalogue })).close()
    await execute('UPDATE about SET version = 99')
    await expect(openHistory({ file, catalogue })).rejects.toThrow(/newer release.*update the platform/)
  })

  test('a file that this process has open is refused a second time', async () => {
    const history = await openHistory({ file, catalogue })
    await expect(openHistory({ file, catalogue })).rejects.toThrow(/open already/)
    await history.close()
    await (await openHistory({ file, catalogue })).close()
  })

  test('a file that another process has open is refused', async () => {
    const child = startChild(file, 'idle')
    await child.says('ready')
    await expect(openHistory({ file, catalogue })).rejects.toThrow(/in use by another process; stop it/)
    await child.kill()
    await (await openHistory({ file, catalogue })).close()
  })

  test('a metric that changes its type is refused by name', async () => {
    const history = await openHistory({ file, catalogue })
    const readings = [{ kind: 'sensor' as const, siteId: 'a', part: '', ts: 1, receivedAt: 1, values: { rain_mm: 1 } }]
    await history.write({ readings, statuses: [] })
    await history.close()
    const changed = METRICS.map((metric) => (metric.name === 'rain_mm' ? { ...metric, type: 'text' as const } : metric))
    await expect(openHistory({ file, catalogue: createCatalogue(changed) })).rejects.toThrow(/sensor\/rain_mm/)
  })

  test('after a kill in the middle of writing, offset and rows agree and no acknowledged batch is lost', async () => {
    let written = 0
    for (let round = 0; round < 4; round++) {
      const child = startChild(file, 'write')
      await child.says(`done ${written + 4 + round * 3}`)
      const acknowledged = await child.kill()
      const history = await openHistory({ file, catalogue })
      const offset = await history.committedOffset()
      expect(offset).toBeGreaterThanOrEqual(acknowledged)
      const { rows } = await history.stats()
      expect(rows).toBe(offset * 500)
      const [status] = await history.statuses(Number.MAX_SAFE_INTEGER)
      expect(status?.at).toBe(offset)
      await history.close()
      written = offset
    }
    expect(written).toBeGreaterThan(20)
  }, 60_000)
})

function startChild(file: string, mode: 'idle' | 'write') {
  const script = fileURLToPath(new URL('./write-child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, file, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let onOutput = () => {}
  child.stdout.on('data', (data) => {
    output += data
    onOutput()
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    says: (line: string) =>
      new Promise<void>((resolve, reject) => {
        onOutput = () => output.includes(`${line}\n`) && resolve()
        void exited.then(() => reject(new Error(`the child ended before it said ${line}`)))
        onOutput()
      }),
    /** The number of the last batch that the child reported as written. */
    async kill(): Promise<number> {
      child.kill('SIGKILL')
      await exited
      return Number(/done (\d+)\n(?!.*done \d+\n)/s.exec(output)?.[1] ?? 0)
    },
  }
}
