import { Server, type Socket } from 'socket.io'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FeedSite, Snapshot } from '../../domain/live.ts'
import { type Live, startLive } from '../../web/live.ts'
import { until } from '../harness/until.ts'

const AT = Date.parse('2026-11-24T00:00:00Z')
const SITE: FeedSite = { id: 'mast', state: 'down', at: AT, values: {} }
const SNAPSHOT: Snapshot = { seq: 1, at: AT, sites: [SITE] }
const REFUSED = { error: { message: 'too many watch requests; wait a moment' } }
const PULSE = { at: AT, lagMs: 1, ingestPerSecond: 1, journalBytes: 1, degraded: [] }

/** A feed that pulses quickly and answers `watch` as the test says. */
let feed: Server
let live: Live | undefined
let pulses: ReturnType<typeof setInterval>
let answers: (() => unknown)[]
let asked: number

beforeEach(() => {
  answers = []
  asked = 0
  feed = new Server(0)
  feed.on('connection', (socket: Socket) => {
    socket.on('watch', (_question: unknown, acknowledge: (answer: unknown) => void) => {
      asked += 1
      acknowledge(answers.shift()?.() ?? REFUSED)
    })
  })
  pulses = setInterval(() => feed.emit('pulse', PULSE), 50)
})
afterEach(async () => {
  live?.stop()
  clearInterval(pulses)
  await feed.close()
})

function look() {
  const seen = { pulses: 0, sites: [] as FeedSite[], statuses: [] as string[] }
  const { port } = feed.httpServer.address() as { port: number }
  live = startLive(
    {
      sites: (sites) => void seen.sites.push(...sites),
      link: () => {},
      pulse() {
        seen.pulses += 1
      },
      resync: () => {},
      status: (status) => void seen.statuses.push(status),
    },
    `http://127.0.0.1:${port}`,
  )
  return seen
}

it('asks again until it has the whole picture, and calls it the present only then', async () => {
  const unreadable = () => ({ ...SNAPSHOT, sites: [{ id: 'mast' }] })
  let beforeWhole: string[] = []
  const seen = look()
  answers.push(
    () => REFUSED,
    unreadable,
    () => {
      beforeWhole = [...seen.statuses]
      return SNAPSHOT
    },
  )
  await until(() => seen.sites.length > 0, 'the snapshot')
  expect(seen.pulses).toBeGreaterThan(5)
  expect(beforeWhole).not.toContain('live')
  expect(seen.statuses.at(-1)).toBe('live')
  expect([asked, seen.sites]).toEqual([3, [SITE]])
})

it('asks again after each connection, a goodbye of the platform too, and a change of what is watched is a sign of life', async () => {
  answers.push(() => SNAPSHOT)
  const seen = look()
  await until(() => seen.statuses.includes('live'), 'the first snapshot')
  feed.disconnectSockets(true)
  await until(() => asked === 2, 'the second question', 15_000)
  await until(() => seen.statuses.at(-1) === 'lost', 'pulses that say nothing of the picture')
  feed.emit('delta', { seq: 2, at: AT, folded: 0, sites: [{ ...SITE, state: 'ok' }] })
  await until(() => seen.statuses.at(-1) === 'live', 'the change')
  expect(seen.sites.at(-1)?.state).toBe('ok')
  answers.push(() => SNAPSHOT)
  await until(() => seen.sites.at(-1)?.state === 'down', 'the second snapshot')
})
