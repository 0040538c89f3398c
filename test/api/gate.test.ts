import { expect, it } from 'vitest'
import { createGate } from '../../api/gate.ts'
import { Problem } from '../../api/problem.ts'

const STAYS = new AbortController().signal

/** Work that ends when told, and how many of it ran at once. */
function workshop() {
  const ends: (() => void)[] = []
  const seen = { running: 0, most: 0 }
  const work = async () => {
    seen.running += 1
    seen.most = Math.max(seen.most, seen.running)
    await new Promise<void>((resolve) => ends.push(resolve))
    seen.running -= 1
  }
  return { work, seen, endFirst: () => ends.shift()?.() }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
  'never lets more run than it may, when one comes %i steps after a place began to change hands',
  async (steps) => {
    const gate = createGate(1, 10)
    const { work, seen, endFirst } = workshop()
    const all = [gate.run(STAYS, work), gate.run(STAYS, work)]
    await turn()
    endFirst()
    for (let step = 0; step < steps; step += 1) await Promise.resolve()
    all.push(gate.run(STAYS, work))
    for (const done of all) {
      await turn()
      endFirst()
      await done
    }
    expect(seen.most).toBe(1)
  },
)

it('keeps no place for who went away', async () => {
  const gate = createGate(1, 1)
  const { work, endFirst } = workshop()
  const first = gate.run(STAYS, work)
  const leaver = new AbortController()
  const gone = gate.run(leaver.signal, work)
  expect(gate.waiting).toBe(1)
  await expect(gate.run(STAYS, work)).rejects.toThrow(Problem)
  leaver.abort(new Error('went away'))
  await expect(gone).rejects.toThrow('went away')
  expect(gate.waiting).toBe(0)
  const next = gate.run(STAYS, work)
  endFirst()
  await first
  await turn()
  endFirst()
  await next
  expect(gate).toMatchObject({ waiting: 0, refused: 1 })
})
