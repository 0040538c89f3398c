import { type BenchServer, startLoadProcess, startServer } from './children.ts'
import type { Mode } from './server.ts'
import { median, table } from './table.ts'

const CONNECTIONS = 200
const IN_FLIGHT = 20
const ROWS: { mode: Mode; title: string; asked: string }[] = [
  { mode: 'bare', title: '(a) bare Aedes', asked: '' },
  { mode: 'validate', title: '(b) Aedes + validation', asked: '' },
  { mode: 'journal', title: '(c) to the fsynced acknowledgement', asked: '≥ 85 %' },
  { mode: 'history', title: '(d) to queryable in the history', asked: '≥ 70 %' },
]

interface Measured {
  perSecond: number
  cpuSPerMillion: number
  ackP50Ms: number
  ackP99Ms: number
  historyBytesPerMessage?: number
}

async function untilStored(server: BenchServer, messages: number): Promise<void> {
  while ((await server.usage()).stored < messages) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function measure(mode: Mode, messages: number): Promise<Measured> {
  const server = await startServer(mode, CONNECTIONS)
  const { port, fleetPassword } = server.ready
  const before = await server.usage()
  const firstTs = Date.now() - 3_600_000
  const load = await startLoadProcess({
    port,
    fleetPassword,
    devices: CONNECTIONS,
    inFlight: IN_FLIGHT,
    messages,
    firstTs,
  })
  const connectedAt = performance.now()
  const result = await load.done
  if (result.acknowledged !== messages)
    throw new Error(`${mode}: ${result.acknowledged} of ${messages} were acknowledged`)
  if (mode === 'history') await untilStored(server, messages)
  const elapsedS = mode === 'history' ? (performance.now() - connectedAt) / 1000 : result.elapsedMs / 1000
  const after = await server.usage()
  const bytes = await server.stop()
  return {
    perSecond: messages / elapsedS,
    cpuSPerMillion: ((after.cpuS - before.cpuS) / messages) * 1e6,
    ackP50Ms: result.latencyMs.p50,
    ackP99Ms: result.latencyMs.p99,
    historyBytesPerMessage: bytes === undefined ? undefined : bytes / messages,
  }
}

/** (a) to (d), in turn, several times; prints medians and the ratio to (a). */
export async function benchThroughput(messages: number, repeats: number): Promise<void> {
  const runs = new Map<Mode, Measured[]>(ROWS.map(({ mode }) => [mode, []]))
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const { mode } of ROWS) runs.get(mode)?.push(await measure(mode, messages))
  }
  const middle = (mode: Mode, pick: (m: Measured) => number) => median((runs.get(mode) ?? []).map(pick))
  const bare = middle('bare', (m) => m.perSecond)
  console.log(
    `QoS 1, ${messages} messages of 8 values, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight, median of ${repeats}`,
  )
  table(
    ['', 'messages/s', 'of (a)', 'asked', 'CPU s per million', 'ack p50 / p99 ms'],
    ROWS.map(({ mode, title, asked }) => [
      title,
      Math.round(middle(mode, (m) => m.perSecond)).toLocaleString('en'),
      `${Math.round((middle(mode, (m) => m.perSecond) / bare) * 100)} %`,
      asked,
      middle(mode, (m) => m.cpuSPerMillion).toFixed(1),
      `${middle(mode, (m) => m.ackP50Ms).toFixed(0)} / ${middle(mode, (m) => m.ackP99Ms).toFixed(0)}`,
    ]),
  )
  const bytes = middle('history', (m) => m.historyBytesPerMessage ?? Number.NaN)
  console.log(`history on disk after a checkpoint: ${bytes.toFixed(1)} B a message (asked: ≤ 16)\n`)
}
