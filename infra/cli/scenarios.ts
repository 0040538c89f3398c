/** Steers the faults of the running demonstration city, over the API. */
import * as z from 'zod'
import { localHost } from '../platform.ts'
import { readSettings } from '../settings.ts'
import { runCommand, UsageError } from './command.ts'

const USAGE = `scenarios list            the faults that the city can play
scenarios start NAME      begins one
scenarios stop NAME       ends it`

const listSchema = z.object({
  items: z.array(
    z.object({ name: z.string(), running: z.boolean(), title: z.object({ vi: z.string(), en: z.string() }) }),
  ),
})
const problemSchema = z.object({ title: z.string(), detail: z.string().optional() })

async function call(base: string, path: string, method: string): Promise<unknown> {
  const answer = await fetch(`${base}/api/v1${path}`, { method, headers: { 'accept-language': 'en' } }).catch(() => {
    throw new UsageError(
      `nothing answers at ${base}: is the platform running, with these PQ_HTTP_HOST and PQ_HTTP_PORT?`,
    )
  })
  const body: unknown = await answer.json()
  if (answer.ok) return body
  const problem = problemSchema.safeParse(body)
  throw new UsageError(
    problem.success ? (problem.data.detail ?? problem.data.title) : `the API answered ${answer.status}`,
  )
}

await runCommand(USAGE, async ([verb = 'list', name]) => {
  const { PQ_HTTP_HOST, PQ_HTTP_PORT } = readSettings(process.env).api
  const base = `http://${localHost(PQ_HTTP_HOST)}:${PQ_HTTP_PORT}`
  if (verb === 'list') {
    const { items } = listSchema.parse(await call(base, '/scenarios', 'GET'))
    return items.map((s) => `${s.running ? 'running' : '       '}  ${s.name.padEnd(18)} ${s.title.en}`).join('\n')
  }
  if ((verb !== 'start' && verb !== 'stop') || !name) throw new UsageError('say start or stop, and which scenario')
  await call(base, `/scenarios/${encodeURIComponent(name)}/${verb}`, 'POST')
  return `${name}: ${verb === 'start' ? 'started' : 'stopped'}`
})
