import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { catalogue } from '../../domain/catalogue.ts'
import { createClock } from '../../domain/clock.ts'
import { keepRetention } from '../../ingest/retention.ts'
import { openHistory } from '../../store/history/duckdb.ts'
import { newDataDir, removeData } from '../harness/platform.ts'

const DAY_MS = 86_400_000

let dir: string
beforeEach(async () => {
  dir = await newDataDir()
})
afterEach(() => removeData(dir))

it('forgets readings past their retention at start, and keeps the others', async () => {
  const history = await openHistory({ file: join(dir, 'history.duckdb'), catalogue })
  const now = Date.now()
  const reading = (ts: number) => ({
    kind: 'sensor' as const,
    siteId: 'S-1',
    part: '',
    ts,
    receivedAt: ts,
    values: { rain_mm: 1 },
  })
  await history.write({ readings: [reading(now - 8 * DAY_MS), reading(now - 6 * DAY_MS)], statuses: [] })
  const stop = keepRetention(history, createClock(), 7 * DAY_MS, pino({ level: 'silent' }))
  await stop()
  expect(await history.extent()).toEqual({ oldestMs: now - 6 * DAY_MS, newestMs: now - 6 * DAY_MS })
  await history.close()
})
