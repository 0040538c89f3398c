import { setImmediate } from 'node:timers/promises'
import { type DuckDBAppender, DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import type { Reading, Value } from '../../domain/reading.ts'

/** A data chunk's capacity. A chunk of ten columns takes about a millisecond of the caller's thread. */
const CHUNK_ROWS = 2048

/** Readings on their way into one table, each with the key of its source. */
export interface Rows {
  keys: number[]
  readings: Reading[]
}

/** Appends columns of equal length, chunk by chunk, giving way between chunks. Flushes. */
export async function appendColumns(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const rows = columns[0]?.length ?? 0
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    if (from > 0) await setImmediate()
    const chunk = DuckDBDataChunk.create(types)
    chunk.setColumns(columns.map((column) => column.slice(from, from + CHUNK_ROWS)))
    appender.appendDataChunk(chunk)
    appender.flushSync()
  }
}

/** Appends rows of one table, chunk by chunk, giving way between chunks. Flushes. */
export async function appendRows(
  appender: DuckDBAppender,
  { types, index }: { types: readonly DuckDBType[]; index: ReadonlyMap<string, number> },
  rows: Rows,
): Promise<void> {
  const count = rows.keys.length
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    if (from > 0) await setImmediate()
    const chunk = DuckDBDataChunk.create(types)
    chunk.setColumns(toColumns(rows, from, Math.min(count, from + CHUNK_ROWS), index))
    appender.appendDataChunk(chunk)
    appender.flushSync()
  }
}

function toColumns(rows: Rows, from: number, to: number, index: ReadonlyMap<string, number>): DuckDBValue[][] {
  const count = to - from
  const instants = new Array<DuckDBValue>(count)
  const columns = Array.from(index, () => new Array<DuckDBValue>(count).fill(null))
  for (let i = 0; i < count; i++) {
    const { ts, values } = rows.readings[from + i] as Reading
    instants[i] = BigInt(ts)
    for (const name in values) {
      const column = columns[index.get(name) as number] as DuckDBValue[]
      column[i] = values[name] as Value
    }
  }
  return [rows.keys.slice(from, to), instants, ...columns]
}
