import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readSessionsLog, SessionsLog } from '../../broker/sessions-log.ts'
import {
  apply,
  emptyState,
  type KeptPacket,
  type Session,
  type SessionRecord,
  snapshot,
} from '../../broker/sessions-state.ts'
import { readSessions } from './harness.ts'

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
  expect((await readSessions(dir)).records).toEqual(state)
  await log.close()
})

it('lets the broker do its other work while it writes and reads much', async () => {
  const payload = 'x'.repeat(10_000)
  const inTurns = (pieces: number[]) => {
    let open = 0
    return () => {
      if (open++ === 0) {
        setImmediate(() => {
          pieces.push(open)
          open = 0
        })
      }
    }
  }
  const [written, read]: [number[], number[]] = [[], []]
  const count = inTurns(written)
  const log = await SessionsLog.open({
    dir,
    *snapshot() {
      for (let n = 0; n < 2000; n++) {
        count()
        yield { n, payload }
      }
    },
    onProblem: () => {},
  })
  expect(await readSessionsLog(dir, inTurns(read))).toBe(0)
  await log.close()
  expect(read.reduce((sum, piece) => sum + piece, 0)).toBe(2000)
  expect(Math.max(...written, ...read)).toBeLessThan(200)
})

it('keeps what changes while it is written anew, once', async () => {
  const state = emptyState()
  const payload = Buffer.alloc(20_000)
  const said: SessionRecord[] = []
  const say = (record: SessionRecord) => {
    apply(state, record)
    said.push(record)
    log?.append(record)
  }
  const packetOf = (n: number): KeptPacket => ({
    cmd: 'publish',
    brokerId: 'b',
    brokerCounter: n,
    topic: 'out',
    payload,
    qos: 1,
    retain: false,
    dup: false,
  })
  let log: SessionsLog | undefined
  for (let n = 0; n < 100; n++) {
    say({ type: 'session', client: `a/${n}` })
    say({ type: 'queue', client: `a/${n}`, packet: packetOf(n) })
  }
  const opening = SessionsLog.open({
    dir,
    *snapshot() {
      let n = 0
      for (const record of snapshot(state)) {
        yield record
        // Of a session that is written already, and of one that is not.
        if (record.type !== 'queue' || log === undefined || n >= 40) continue
        for (const at of [n, 99 - n]) {
          say({ type: 'queue', client: `a/${at}`, packet: packetOf(1000 + at) })
          say({ type: 'sent', client: `a/${at}`, key: `b:${1000 + at}`, messageId: 5 })
          if (at % 2) say({ type: 'done', client: `a/${at}`, key: `b:${1000 + at}` })
        }
        n += 1
      }
    },
    onProblem: () => {},
  })
  log = await opening
  log.append({ type: 'filler', big: BIG })
  await log.flushed()
  log.append({ type: 'no-will', client: 'a/1' })
  await log.flushed()
  await log.flushed()
  expect(said.length).toBeGreaterThan(300)
  await log.close()
  const again = emptyState()
  for (const record of (await readSessions(dir)).records as SessionRecord[]) apply(again, revive(record))
  expect([...again.sessions.values()].map(factsOf)).toEqual([...state.sessions.values()].map(factsOf))
  expect(again.payloadBytes).toBe(state.payloadBytes)
})

const factsOf = ({ id, outgoing, keyOfMessage }: Session) => [id, [...outgoing.keys()], [...keyOfMessage]]

function revive(record: SessionRecord): SessionRecord {
  if ('packet' in record) record.packet.payload = Buffer.from(record.packet.payload)
  return record
}
