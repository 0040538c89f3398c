import { expect, it } from 'vitest'
import { createClock } from '../../domain/clock.ts'
import { startThread } from '../../infra/threads/owner.ts'

it('a stage that dies is told of, and stopping it afterwards does not wait for ever', async () => {
  const thread = await startThread(new URL('./crashing-thread.ts', import.meta.url), null)
  expect(thread.started).toBe('fine')
  expect((await thread.died).message).toContain('out of luck')
  await thread.stop()
}, 20_000)

it('a fast clock starts where it is told and runs at its pace', async () => {
  const platformMs = Date.UTC(2030, 0, 1)
  const clock = createClock({ realMs: Date.now() - 1000, platformMs, scale: 60 })
  expect(clock.now() - platformMs).toBeGreaterThanOrEqual(60_000)
  expect(clock.now() - platformMs).toBeLessThan(120_000)
})
