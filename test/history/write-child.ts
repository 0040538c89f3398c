/** Run as a process of its own: opens the history and holds it, or writes numbered batches until it is killed. */
import { catalogue } from '../../domain/catalogue.ts'
import { openHistory } from '../../store/history/duckdb.ts'

const [file, mode] = process.argv.slice(2) as [string, string]
const history = await openHistory({ file, catalogue })
process.stdout.write('ready\n')
if (mode === 'idle') setInterval(() => undefined, 1000)
else {
  for (let batch = (await history.committedOffset()) + 1; ; batch++) {
    // every fifth reading repeats one of the batch before, so that merging is killed as well
    const readings = Array.from({ length: 500 }, (_, i) => reading(i, batch))
    const repeated = batch > 1 ? readings.filter((_, i) => i % 5 === 0).map((_, i) => reading(i * 5, batch - 1)) : []
    const statuses = [{ siteId: 'bts-0', kind: 'bts' as const, at: batch, online: true }]
    await history.write({ readings: [...repeated, ...readings], statuses, offset: batch })
    process.stdout.write(`done ${batch}\n`)
  }
}

function reading(site: number, batch: number) {
  const ts = batch * 1000
  return {
    kind: 'bts' as const,
    siteId: `bts-${site}`,
    part: '',
    ts,
    receivedAt: ts,
    values: { dc_voltage_v: batch % 70 },
  }
}
