import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

/**
 * The file behind kept sessions and retained messages: JSON lines, each with its CRC, appended in
 * groups with one fsync, written anew from what is in memory when it has outgrown that.
 */

const FILE = 'sessions.log'
const FLUSH_INTERVAL_MS = 5
/** The file is written anew when it has grown by three times what it was then, within these bounds. */
const GROWTH = 3
const LEAST_GROWTH_BYTES = 16 * 1024 * 1024
const MOST_GROWTH_BYTES = 256 * 1024 * 1024
/** What is read or written at once: between two such pieces the broker does its other work. */
const PIECE_BYTES = 256 * 1024
/** Longer than any record: what has no end by then is damage. */
const LINE_LIMIT_BYTES = 64 * 1024 * 1024

export interface SessionsLogOptions {
  dir: string
  /**
   * Every record that describes what is in memory now. Taken bit by bit while memory changes: what changes meanwhile is
   * appended after it, and must come to the same when it is folded in twice.
   */
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

function recordOf(line: Buffer): object | undefined {
  const json = line.subarray(9)
  const sound = line[8] === SPACE && Number.parseInt(line.toString('latin1', 0, 8), 16) === crc32(json)
  return sound ? JSON.parse(json.toString()) : undefined
}

const SPACE = 32
const LINE_FEED = 10

/**
 * Reads the records of a folder up to the first damaged one: a torn tail is what a crash leaves.
 * @returns the bytes from there on.
 */
export async function readSessionsLog(dir: string, take: (record: object) => void): Promise<number> {
  const file = await open(join(dir, FILE), 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (file === null) return 0
  try {
    const { size } = await file.stat()
    return size - (await readLines(file, (line) => takeLine(line, take)))
  } finally {
    await file.close()
  }
}

function takeLine(line: Buffer, take: (record: object) => void): boolean {
  const record = recordOf(line)
  if (record !== undefined) take(record)
  return record !== undefined
}

/** Hands over line by line while they are taken; answers the bytes of those that were. */
async function readLines(file: FileHandle, take: (line: Buffer) => boolean): Promise<number> {
  let taken = 0
  /** Pieces of a line whose end is still to come. */
  let begun: Buffer[] = []
  let begunBytes = 0
  const stream = file.createReadStream({ highWaterMark: PIECE_BYTES, autoClose: false })
  for await (const piece of stream as AsyncIterable<Buffer>) {
    let at = 0
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, at)) {
      const line = Buffer.concat([...begun, piece.subarray(at, end)])
      if (!take(line)) return taken
      taken += line.length + 1
      begun = []
      begunBytes = 0
      at = end + 1
    }
    begun.push(piece.subarray(at))
    begunBytes += piece.length - at
    if (begunBytes > LINE_LIMIT_BYTES) return taken
  }
  return taken
}

/** Writes piece by piece; answers the bytes. */
async function writeLines(file: FileHandle, lines: Iterable<string>): Promise<number> {
  let bytes = 0
  let piece = ''
  for (const line of lines) {
    piece += line
    if (piece.length < PIECE_BYTES) continue
    bytes += Buffer.byteLength(piece)
    await file.writeFile(piece)
    piece = ''
  }
  await file.writeFile(piece)
  return bytes + Buffer.byteLength(piece)
}

function* linesOf(records: Iterable<object>): Generator<string> {
  for (const record of records) yield lineOf(record)
}

export class SessionsLog {
  readonly #options: SessionsLogOptions
  #file: FileHandle
  #bytes = 0
  #rewriteAtBytes = LEAST_GROWTH_BYTES
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
    const lines = this.#waiting
    this.#waiting = []
    try {
      // After a failed write the file's end is unknown: only a new one can be trusted.
      if (this.#broken || this.#bytes > this.#rewriteAtBytes) return await this.#rewrite()
      this.#bytes += await writeLines(this.#file, lines)
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
    const path = join(this.#options.dir, FILE)
    const fresh = await open(`${path}.new`, 'w')
    let bytes: number
    try {
      bytes = await writeLines(fresh, linesOf(this.#options.snapshot()))
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
    this.#bytes = bytes
    this.#rewriteAtBytes = bytes + Math.min(Math.max(bytes * GROWTH, LEAST_GROWTH_BYTES), MOST_GROWTH_BYTES)
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
