import { realpathSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { HistoryFileError } from './errors.ts'
import { ensureSchema } from './schema.ts'

export interface DatabaseFile {
  writer: DuckDBConnection
  connect(): Promise<DuckDBConnection>
  /** Bytes on disk, the write-ahead log included. */
  bytes(): Promise<number>
  /** Checkpoints and lets go of the file. */
  close(): Promise<void>
}

/** Files open in this thread: the operating system's lock does not keep a process from itself. */
const openHere = new Set<string>()

/**
 * Opens the database file, makes it if there is none.
 * @throws HistoryFileError when it is locked, foreign, damaged or newer.
 */
export async function openDatabaseFile(path: string, options: Record<string, string>): Promise<DatabaseFile> {
  await mkdir(dirname(path), { recursive: true })
  const file = join(realpathSync(dirname(path)), basename(path))
  if (openHere.has(file)) throw new HistoryFileError(`${file} is open already in this process; use that history`)
  openHere.add(file)
  let instance: DuckDBInstance | undefined
  try {
    instance = await DuckDBInstance.create(file, options)
    const writer = await instance.connect()
    await ensureSchema(writer, file)
    return describe(file, instance, writer)
  } catch (error) {
    instance?.closeSync()
    openHere.delete(file)
    throw explain(file, error)
  }
}

function describe(file: string, instance: DuckDBInstance, writer: DuckDBConnection): DatabaseFile {
  return {
    writer,
    connect: () => instance.connect(),
    async bytes() {
      const sizes = await Promise.all([file, `${file}.wal`].map((name) => sizeOf(name)))
      return sizes.reduce((sum, size) => sum + size, 0)
    },
    async close() {
      try {
        await writer.run('CHECKPOINT')
      } finally {
        writer.closeSync()
        instance.closeSync()
        openHere.delete(file)
      }
    },
  }
}

async function sizeOf(name: string): Promise<number> {
  try {
    return (await stat(name)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

const EXPLANATIONS: readonly [RegExp, string][] = [
  [
    /could not set lock|conflicting lock/i,
    'is in use by another process; stop it, or give this one another data folder',
  ],
  [/version number|newer version|storage version/i, 'was written by a newer database release; update the platform'],
  [/not a valid DuckDB database/i, 'is not a history database; name another file or move it away'],
  [/corrupt|checksum/i, 'is damaged; restore it from a copy or move it away to start anew'],
]

function explain(file: string, error: unknown): unknown {
  if (error instanceof HistoryFileError || !(error instanceof Error)) return error
  const found = EXPLANATIONS.find(([pattern]) => pattern.test(error.message))
  return found ? new HistoryFileError(`${file} ${found[1]}. Nothing was changed.`, { cause: error }) : error
}
