import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { closedError } from './errors.ts'

/** Connections that only read, apart from the writer's: a long question never holds up a write. */
export interface Readers {
  /** Columns of an answer. The signal interrupts the question in the database. */
  columns(sql: string, signal?: AbortSignal): Promise<DuckDBValue[][]>
  rows(sql: string, signal?: AbortSignal): Promise<DuckDBValue[][]>
  close(): Promise<void>
}

const CONNECTIONS = 4
/** Questions that may wait for a connection; beyond it the next is refused. */
const MAX_WAITING = 1000

export async function openReaders(connect: () => Promise<DuckDBConnection>): Promise<Readers> {
  const all = await Promise.all(Array.from({ length: CONNECTIONS }, connect))
  const idle = [...all]
  const waiting: ((connection: DuckDBConnection) => void)[] = []
  let closing: Promise<void> | undefined

  function acquire(): Promise<DuckDBConnection> {
    const connection = idle.pop()
    if (connection) return Promise.resolve(connection)
    if (waiting.length >= MAX_WAITING) return Promise.reject(new Error('the history has too many questions waiting'))
    return new Promise((resolve) => waiting.push(resolve))
  }

  function release(connection: DuckDBConnection): void {
    const next = waiting.shift()
    if (next) next(connection)
    else idle.push(connection)
  }

  async function closeAll(): Promise<void> {
    await Promise.all(all.map(() => acquire()))
    for (const connection of all) connection.closeSync()
  }

  async function ask<T>(signal: AbortSignal | undefined, work: (connection: DuckDBConnection) => Promise<T>) {
    if (closing !== undefined) throw closedError()
    signal?.throwIfAborted()
    const connection = await acquire()
    const interrupt = () => connection.interrupt()
    try {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', interrupt)
      const answer = await work(connection)
      signal?.throwIfAborted()
      return answer
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', interrupt)
      release(connection)
    }
  }

  return {
    columns: (sql, signal) => ask(signal, async (connection) => (await connection.runAndReadAll(sql)).getColumns()),
    rows: (sql, signal) => ask(signal, async (connection) => (await connection.runAndReadAll(sql)).getRows()),
    close() {
      closing ??= closeAll()
      return closing
    },
  }
}
