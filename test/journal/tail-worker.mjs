// Workers do not inherit the loader of the test runner.
import { parentPort, workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
const { openJournalReader } = await import('../../store/journal/reader.ts')
const reader = await openJournalReader(workerData)
const stop = new AbortController()
const seen = []
for await (const batch of reader.tail(0, { signal: stop.signal })) {
  for (const entry of batch) seen.push(Buffer.from(entry.payload).toString())
  await reader.commit(batch.at(-1).next)
  if (seen.length >= workerData.count) stop.abort()
}
await reader.close()
parentPort.postMessage(seen)
