import { writeSync } from 'node:fs'
import { openJournalWriter } from '../../store/journal/writer.ts'

/** Writes to a journal without end, and says each entry on standard output once it was acknowledged. */
const [dir = '', life = '0'] = process.argv.slice(2)
const writer = await openJournalWriter({ dir, limitBytes: 1e9, segmentBytes: 50_000 })
for (let n = 0; ; n++) {
  const text = `${life} ${n}`
  const entry = {
    type: 'telemetry',
    kind: 'bts',
    siteId: 'bts-1',
    receivedAt: Date.now(),
    payload: Buffer.from(text),
  } as const
  writer.append(entry, (error) => {
    if (!error) writeSync(1, `${text}\n`)
  })
  if (n % 20 === 0) await new Promise(setImmediate)
}
