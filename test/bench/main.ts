/**
 * `npm run bench`: the hot paths as ratios to a bare broker in the same run, in processes of their
 * own, on this machine. Prints tables; exits 1 only when something breaks, never for a figure.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { benchFeed } from './feed.ts'
import { benchFirstStart } from './first-start.ts'
import { benchMemory } from './memory.ts'
import { benchThroughput } from './throughput.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '400000' },
    repeats: { type: 'string', default: '3' },
    devices: { type: 'string', default: '19500' },
    only: { type: 'string', default: 'start,throughput,memory,feed' },
  },
})
const only = values.only.split(',')
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${new Date().toISOString()}\n`,
)
if (only.includes('start')) await benchFirstStart()
if (only.includes('throughput')) await benchThroughput(Number(values.messages), Number(values.repeats))
if (only.includes('memory')) await benchMemory(Number(values.devices))
if (only.includes('feed')) await benchFeed()
