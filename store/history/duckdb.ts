import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import type { Catalogue } from '../../domain/catalogue.ts'
import { closedError } from './errors.ts'
import { exportRows } from './export.ts'
import { openDatabaseFile } from './file.ts'
import { askLatest, askStatuses } from './latest.ts'
import type { History } from './port.ts'
import { openReaders, type Readers } from './readers.ts'
import { askSeries } from './series.ts'
import { loadSources, type Sources } from './sources.ts'
import { createWriter, serialise } from './writer.ts'

export interface HistoryOptions {
  /** The database file; made when there is none. One process at a time may open it. */
  file: string
  catalogue: Catalogue
  /** Bytes with unit, as DuckDB reads it. */
  memoryLimit?: string
  /** Threads that may work on one statement; half of the processors when not given. */
  threads?: number
  log?: Logger
}

/** Bytes of write-ahead log before it is folded into the file: a fold takes some 100 ms of a commit. */
const CHECKPOINT_THRESHOLD = '16MB'

/** The broker and whoever writes need the other half. Questions of several readers run beside each other anyway. */
const halfOfProcessors = (): number => Math.max(1, Math.floor(availableParallelism() / 2))

/**
 * Opens the embedded history.
 * @throws HistoryFileError when the file is locked, foreign, damaged or of a newer release.
 */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const startedAt = performance.now()
  const file = await openDatabaseFile(options.file, {
    threads: String(options.threads ?? halfOfProcessors()),
    memory_limit: options.memoryLimit ?? '2GB',
    checkpoint_threshold: CHECKPOINT_THRESHOLD,
    autoinstall_known_extensions: 'false',
    storage_compatibility_version: 'latest',
  })
  try {
    const sources = await loadSources(file.writer, options.catalogue)
    const readers = await openReaders(file.connect)
    options.log?.info(
      { file: options.file, sources: sources.byKey.length, ms: Math.round(performance.now() - startedAt) },
      'history open',
    )
    return describe(file, sources, readers, options.catalogue)
  } catch (error) {
    await file.close()
    throw error
  }
}

function describe(
  file: Awaited<ReturnType<typeof openDatabaseFile>>,
  sources: Sources,
  readers: Readers,
  catalogue: Catalogue,
): History {
  const writer = createWriter(file.writer, sources)
  const inTurn = serialise()
  const context = { readers, sources, catalogue }
  let closing: Promise<void> | undefined
  const close = async () => {
    await inTurn(async () => undefined)
    await readers.close()
    await file.close()
  }
  const whileOpen = <T>(work: () => Promise<T>): Promise<T> =>
    closing === undefined ? inTurn(work) : Promise.reject(closedError())
  return {
    write: (batch) => whileOpen(() => writer.write(batch)),
    forget: (beforeMs) => whileOpen(() => writer.forget(beforeMs)),
    async committedOffset() {
      const [row] = await readers.rows('SELECT next_offset::DOUBLE FROM progress')
      return Number(row?.[0] ?? 0)
    },
    latest: (atMs, windowMs) => askLatest(context, atMs, windowMs),
    statuses: (atMs) => askStatuses(readers, atMs),
    series: (questions, signal) => askSeries(context, questions, signal),
    export: (question, signal) => exportRows(context, question, signal),
    extent: () => askExtent(readers, sources),
    async stats() {
      const counts = sources.tables.map(({ name }) => `(SELECT count(*) FROM ${name})`)
      const [row] = await readers.rows(`SELECT (${['0', ...counts].join(' + ')})::DOUBLE`)
      return { bytes: await file.bytes(), rows: Number(row?.[0]) }
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

async function askExtent(readers: Readers, { tables }: Sources) {
  if (tables.length === 0) return null
  const each = tables.map(({ name }) => `SELECT min(_ts) AS a, max(_ts) AS b FROM ${name}`)
  const [row] = await readers.rows(`SELECT min(a)::DOUBLE, max(b)::DOUBLE FROM (${each.join(' UNION ALL ')})`)
  return row?.[0] == null ? null : { oldestMs: Number(row[0]), newestMs: Number(row[1]) }
}
