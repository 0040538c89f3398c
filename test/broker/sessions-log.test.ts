import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readSessionsLog, SessionsLog } from '../../broker/sessions-log.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pq-sessions-log-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** More than the log grows before it is written anew. */
const BIG = 'x'.repeat(17 * 1024 * 1024)

it('tells whoever waits that the disk took nothing, until it has taken it', async () => {
  const state: object[] = []
  const problems: Error[] = []
  const log = await SessionsLog.open({ dir, snapshot: () => state, onProblem: (problem) => problems.push(problem) })
  log.append({ big: BIG })
  await log.flushed()
  // Where the new file would be: it cannot be written.
  const obstacle = join(dir, 'sessions.log.new')
  await mkdir(obstacle)
  state.push({ type: 'session', client: 'a/1' })
  log.append({ type: 'session', client: 'a/1' })
  const [first, second] = [log.flushed(), log.flushed()]
  await expect(first).rejects.toThrow('EISDIR')
  await expect(second).rejects.toThrow('EISDIR')
  // Nothing waits any longer, and yet it is not on disk.
  await expect(log.flushed()).rejects.toThrow('EISDIR')
  expect(problems.length).toBeGreaterThan(0)
  await rmdir(obstacle)
  await log.flushed()
  expect((await readSessionsLog(dir)).records).toEqual(state)
  await log.close()
})
