import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

/**
 * The file behind kept sessions and retained messages: JSON lines, each with its CRC, appended in
 * groups with one fsync, written anew from what is in memory when it has outgrown that.
 */

const FILE = 'sessions.log'
const FLUSH_INTERVAL_MS = 5
const SMALLEST_REWRITE_BYTES = 16 * 1024 * 1024
/** The file is written anew when it is this many times what it was then. */
const GROWTH = 4

export interface SessionsLogOptions {
  dir: string
  /** Every record that describes what is in memory now. */
  snapshot: () => Iterable<object>
  /** The disk failed; what was written meanwhile is not on it. */
  onProblem: (problem: Error) => void
}

/** The log has reported it, and says it to whoever waits. */
const ignore = (): void => {}

const lineOf = (record: object): string => {
  const json = JSON.stringify(record)
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
}

function recordOf(line: string): object | undefined {
  const json = line.slice(9)
  return line[8] === ' ' && Number.parseInt(line.slice(0, 8), 16) === crc32(json) ? JSON.parse(json) : undefined
}

/** Reads the records of a folder up to the first damaged one: a torn tail is what a crash leaves. */
export async function readSessionsLog(dir: string): Promise<{ records: object[]; lostBytes: number }> {
  const text = await readFile(join(dir, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const records: object[] = []
  let at = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
    const record = recordOf(text.slice(at, end))
    if (record === undefined) break
    records.push(record)
    at = end + 1
  }
  return { records, lostBytes: text.length - at }
}

export class SessionsLog {
  readonly #options: SessionsLogOptions
  #file: FileHandle
  #bytes = 0
  #rewriteAtBytes = SMALLEST_REWRITE_BYTES
  #waiting: string[] = []
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #broken = false

  private constructor(options: SessionsLogOptions, file: FileHandle) {
    this.#options = options
    this.#file = file
  }

  /** Begins a new file that holds the snapshot. */
  static async open(options: SessionsLogOptions): Promise<SessionsLog> {
    await mkdir(options.dir, { recursive: true })
    const log = new SessionsLog(options, await open(join(options.dir, FILE), 'a'))
    await log.#rewrite()
    return log
  }

  append(record: object): void {
    this.#waiting.push(lineOf(record))
    if (this.#running === null) this.#startLater()
  }

  /**
   * Resolves once all that was appended is on disk, also what an earlier failure left off it.
   * @throws what the disk said, which was reported too.
   */
  async flushed(): Promise<void> {
    // What is being written holds nothing of what waits.
    if (this.#running !== null && this.#waiting.length > 0) await this.#running.catch(ignore)
    if (this.#running !== null || this.#waiting.length > 0 || this.#broken) await this.#start()
  }

  /** Writes what waits; what cannot be written was reported. */
  async close(): Promise<void> {
    await this.flushed().catch(ignore)
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#file.close()
  }

  #startLater(): void {
    this.#timer ??= setTimeout(() => this.#start().catch(ignore), FLUSH_INTERVAL_MS)
  }

  #start(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#running ??= this.#flush().finally(() => {
      this.#running = null
      if (this.#waiting.length > 0) this.#startLater()
    })
    return this.#running
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.join('')
    this.#waiting = []
    try {
      // After a failed write the file's end is unknown: only a new one can be trusted.
      if (this.#broken || this.#bytes > this.#rewriteAtBytes) return await this.#rewrite()
      await this.#file.writeFile(text)
      this.#bytes += Buffer.byteLength(text)
      await this.#file.datasync()
    } catch (error) {
      this.#broken = true
      this.#options.onProblem(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  /** What is in memory already holds what waits, so that goes with it. */
  async #rewrite(): Promise<void> {
    this.#waiting = []
    const text = Array.from(this.#options.snapshot(), lineOf).join('')
    const path = join(this.#options.dir, FILE)
    const fresh = await open(`${path}.new`, 'w')
    try {
      await fresh.writeFile(text)
      await fresh.datasync()
      await rename(`${path}.new`, path)
      await syncFolder(this.#options.dir)
    } catch (error) {
      await fresh.close()
      await rm(`${path}.new`, { force: true })
      throw error
    }
    await this.#file.close()
    this.#file = fresh
    this.#bytes = Buffer.byteLength(text)
    this.#rewriteAtBytes = Math.max(SMALLEST_REWRITE_BYTES, this.#bytes * GROWTH)
    this.#broken = false
  }
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
