import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { JournalLockedError } from './errors.ts'

/**
 * One writer a folder, also among the threads of one process. The lock is a file naming its process by id and start
 * time (an id alone comes again: after a reboot, or as 1 in each container). A lock whose process is gone is taken over.
 * Two machines or containers must not share a folder: they do not see each other's processes.
 */
interface Holder {
  pid: number
  /** Clock ticks after boot; null where the system does not say. */
  startedAt: string | null
  token: string
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Start time of a process, from field 22 of /proc/PID/stat; null when there is no telling, undefined when it is gone. */
function startOf(pid: number): string | null | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, ...rest] = fields.slice(fields.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : (rest[18] ?? null)
  } catch {
    return exists(pid) ? null : undefined // no /proc, or the process ended
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder
    return Number.isInteger(holder.pid) && holder.pid > 0 ? holder : undefined
  } catch {
    return undefined // written by nobody we know: it names no living process
  }
}

function lives(holder: Holder | undefined): boolean {
  if (!holder) return false
  const start = startOf(holder.pid)
  if (start === undefined) return false
  return start === null || holder.startedAt === null || start === holder.startedAt
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** `link` fails when the name is taken, so the lock appears whole or not at all. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Moves a dead lock away; puts it back if in the meantime a living one had taken its place. */
function removeStale(file: string, staleText: string, aside: string): void {
  try {
    renameSync(file, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (readFileSync(aside, 'utf8') !== staleText) tryLink(aside, file)
  unlinkSync(aside)
}

/**
 * Takes the lock of a folder; the answer releases it.
 * @throws JournalLockedError naming the process that holds it.
 */
export function takeLock(dir: string): () => void {
  const file = join(dir, 'lock')
  const token = randomUUID()
  const own = `${file}.${token}`
  const text = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) ?? null, token } satisfies Holder)
  writeFileSync(own, text, { flag: 'wx' })
  try {
    while (!tryLink(own, file)) {
      const held = readOptional(file)
      if (held === undefined) continue
      const holder = parseHolder(held)
      if (lives(holder)) {
        throw new JournalLockedError(`${dir} is being written by process ${holder?.pid}: a journal has one writer`)
      }
      removeStale(file, held, `${own}.stale`)
    }
  } finally {
    unlinkSync(own)
  }
  return () => {
    if (readOptional(file) === text) unlinkSync(file)
  }
}
