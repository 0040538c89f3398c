import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Clock } from '../domain/clock.ts'
import type { Reading } from '../domain/reading.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { JournalEntry, JournalReader, ReadEntry } from '../store/journal/port.ts'
import type { Decode } from './decode.ts'
import type { HistoryQueue } from './history-queue.ts'
import { interpret, isDoubtful, NOTHING, type Outcome } from './interpret.ts'
import type { Inventory } from './inventory.ts'
import { tailJournal } from './journal-tail.ts'
import type { ScreenLimits } from './screen.ts'
import { type Effects, reduce, type State } from './state.ts'
import type { Counters } from './stats.ts'

const COMMIT_MS = 1000
const DRAIN_POLL_MS = 5
const LONGEST_DRAIN_MS = 10_000
/** Behind by more than this, silence is judged by how far the journal was read, not by the clock. */
const LAG_BYTES = 1024 * 1024
const LAG_MS = 5000

export interface PipelineOptions {
  journal: JournalReader
  queue: HistoryQueue
  inventory: Inventory
  decode: Decode
  limits: ScreenLimits
  state: State
  effects: Effects
  counters: Counters
  clock: Clock
  log: Logger
  /** Epoch ms of the newest evidence known before the journal is read. */
  heardUpTo: number
  /** Told after each stretch of journal that may have had effects. */
  onEffects(): void
  onRefused(entry: JournalEntry, refusals: Refusal[]): void
}

export interface Pipeline {
  /** Bytes of journal whose state is not shown yet. */
  lagBytes(): number
  /** Bytes of journal that the history does not hold yet. */
  historyLagBytes(): number
  /** Age of what is shown, in ms; 0 when nothing waits. */
  lagMs(): number
  /** The instant up to which silence may be concluded: now, or less while lagging. */
  silenceAt(): number
  /** Reads to the durable end, writes it, commits, and stops. */
  stop(): Promise<void>
}

/** How far a run has come. */
interface Run extends PipelineOptions {
  readonly abort: AbortController
  /** Offset that follows the last entry the state has seen. */
  position: number
  /** Does what the state sees go to the history as well? */
  joined: boolean
  rejoining: Promise<void>
  committed: number
}

function tally(counters: Counters, entry: ReadEntry, outcome: Outcome): void {
  counters.entries++
  counters.readings += outcome.readings.length
  if (outcome.status) counters.statuses++
  if (entry.type === 'connection') counters.connections++
}

function apply({ state, effects }: Run, { readings, status }: Outcome): void {
  for (let i = 0; i < readings.length; i++) {
    reduce(state, { type: 'reading', reading: readings[i] as Reading }, effects)
  }
  if (status) reduce(state, { type: 'status', status }, effects)
}

function take(run: Run, entry: ReadEntry, outcome: Outcome): void {
  tally(run.counters, entry, outcome)
  if (run.joined) run.queue.add(outcome.readings, outcome.status, entry.next)
  apply(run, outcome)
  if (outcome.refusals.length > 0) run.onRefused(entry, outcome.refusals)
  if (entry.receivedAt > run.heardUpTo) run.heardUpTo = entry.receivedAt
}

async function takeAll(run: Run, entries: ReadEntry[]): Promise<void> {
  const readAt = run.clock.now()
  for (const entry of entries) {
    try {
      let outcome = interpret(run, entry)
      if (isDoubtful(outcome)) {
        await run.inventory.catchUp(Math.min(entry.receivedAt, readAt))
        outcome = interpret(run, entry)
      }
      take(run, entry, outcome)
    } catch (error) {
      // A fault of ours in one entry must not stop its neighbours.
      run.counters.faults++
      run.log.error({ err: error, siteId: entry.siteId, next: entry.next }, 'an entry could not be processed')
    }
    run.position = entry.next
  }
}

/** Waits for the queue; when the history fails meanwhile, lets the state go on without it. */
async function makeRoom(run: Run): Promise<void> {
  const { queue, abort, log } = run
  while (run.joined && queue.isFull() && !abort.signal.aborted) {
    if (queue.isFailing()) {
      run.joined = false
      log.warn('the history fails: the live state goes on, the journal keeps what the history misses')
      run.rejoining = rejoin(run)
    } else await queue.change()
  }
}

async function whileFull({ queue, abort }: Run): Promise<void> {
  while (queue.isFull() && !abort.signal.aborted) await queue.change()
}

const isHistoryBehind = ({ queue, position }: Run): boolean => queue.tip() !== position

// A fault was counted and logged when the state met it.
function interpretAgain(run: Run, entry: ReadEntry): Outcome {
  try {
    return interpret(run, entry)
  } catch {
    return NOTHING
  }
}

/** Queues entries that the state has seen and the history has not. */
function queueMissed(run: Run, entries: ReadEntry[]): void {
  for (const entry of entries) {
    if (!isHistoryBehind(run)) return
    const { readings, status } = interpretAgain(run, entry)
    run.queue.add(readings, status, entry.next)
  }
}

/** Feeds the history from the journal until it is where the state is. */
async function rejoin(run: Run): Promise<void> {
  const { journal, queue, abort, counters, log } = run
  await whileFull(run)
  const tail = tailJournal({ journal, from: queue.tip(), signal: abort.signal, counters, log, onGap: queue.skipTo })
  while (isHistoryBehind(run)) {
    const { value: entries, done } = await tail.next()
    if (done) return
    queueMissed(run, entries)
    if (isHistoryBehind(run)) await whileFull(run)
  }
  run.joined = true
  log.info('the history is level with the live state again')
  await tail.return(undefined)
}

async function follow(run: Run): Promise<void> {
  const { journal, queue, abort, counters, log } = run
  const onGap = (resumeAt: number) => {
    run.position = resumeAt
    if (run.joined) queue.skipTo(resumeAt)
  }
  for await (const entries of tailJournal({
    journal,
    from: run.position,
    signal: abort.signal,
    counters,
    log,
    onGap,
  })) {
    await takeAll(run, entries)
    run.onEffects()
    await makeRoom(run)
  }
}

async function commit(run: Run): Promise<void> {
  const written = run.queue.written()
  if (written === run.committed) return
  run.committed = written
  await run.journal
    .commit(written)
    .catch((error: unknown) => run.log.error({ err: error }, 'the journal took no commit'))
}

async function drain(run: Run): Promise<void> {
  const { journal, queue } = run
  const deadline = performance.now() + LONGEST_DRAIN_MS
  const isLevel = () => run.joined && journal.behind(run.position) === 0
  while (!isLevel() && !queue.isFailing() && performance.now() < deadline) await delay(DRAIN_POLL_MS)
}

/**
 * Tails the journal: interpret, queue for the history, apply to the state, publish.
 *
 * When the history fails for longer than the queue can hold, the state goes on alone, and the history
 * catches up from the journal by a second tail once it takes batches again.
 */
export function startPipeline(options: PipelineOptions): Pipeline {
  const { journal, queue, clock } = options
  const run: Run = {
    ...options,
    abort: new AbortController(),
    position: queue.tip(),
    joined: true,
    rejoining: Promise.resolve(),
    committed: 0,
  }
  const following = follow(run)
  const committing = setInterval(() => void commit(run), COMMIT_MS)
  const lagBytes = () => journal.behind(run.position)

  return {
    lagBytes,
    historyLagBytes: () => journal.behind(queue.written()),
    lagMs: () => (lagBytes() > 0 ? Math.max(0, clock.now() - run.heardUpTo) : 0),
    silenceAt() {
      const now = clock.now()
      const lag = lagBytes()
      const isLagging = lag > LAG_BYTES || (lag > 0 && now - run.heardUpTo > LAG_MS)
      return isLagging ? Math.min(now, run.heardUpTo) : now
    },
    async stop() {
      await drain(run)
      run.abort.abort()
      await queue.close()
      await Promise.all([following, run.rejoining])
      clearInterval(committing)
      await commit(run)
    },
  }
}
