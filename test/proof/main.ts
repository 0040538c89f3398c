/**
 * `npm run proof`: the suites that take too long for every run, each in a vitest of its own, with a
 * table at the end. Exits 1 when one fails.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { table } from '../bench/table.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } })

const PROOFS = [
  {
    promise: `an acknowledged reading is stored once: ${values.rounds} rounds of kill -9, QoS 1 and 2`,
    args: ['test/chaos', '-t', 'kill -9'],
  },
  {
    promise: `the same, the journal cut back to its last fsync: ${values.rounds} rounds of power loss`,
    args: ['test/chaos', '-t', 'power loss'],
  },
]

const rows: string[][] = []
for (const { promise, args } of PROOFS) {
  const startedAt = performance.now()
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...args],
    {
      stdio: 'inherit',
      env: { ...process.env, CHAOS_ROUNDS: values.rounds },
    },
  )
  const [code] = (await once(child, 'exit')) as [number | null]
  rows.push([promise, code === 0 ? 'holds' : 'FAILED', `${Math.round((performance.now() - startedAt) / 1000)} s`])
  if (code !== 0) process.exitCode = 1
}
table(['promise', 'result', 'took'], rows)
