import { setImmediate } from 'node:timers/promises'
import { type DuckDBAppender, DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import type { Reading, Value } from '../../domain/reading.ts'

/** A data chunk's capacity. A chunk of ten columns takes about a millisecond of the caller's thread. */
const CHUNK_ROWS = 2048
/** A flush is a statement of its own, some 1 ms whatever it holds; this many chunks at once take some 5 ms. */
const CHUNKS_PER_FLUSH = 4

/** Readings on their way into one table, each with the key of its source. */
export interface Rows {
  keys: number[]
  readings: Reading[]
}

/** Appends columns of equal length, giving way between chunks. */
export const appendColumns = (
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
): Promise<void> =>
  appendChunks(appender, types, columns[0]?.length ?? 0, (from, to) => columns.map((column) => column.slice(from, to)))

/** Appends rows of one table, giving way between chunks. */
export const appendRows = (
  appender: DuckDBAppender,
  { types, index }: { types: readonly DuckDBType[]; index: ReadonlyMap<string, number> },
  rows: Rows,
): Promise<void> => appendChunks(appender, types, rows.keys.length, (from, to) => toColumns(rows, from, to, index))

async function appendChunks(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  count: number,
  slice: (from: number, to: number) => readonly (readonly DuckDBValue[])[],
): Promise<void> {
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    const chunk = DuckDBDataChunk.create(types)
    chunk.setColumns(slice(from, Math.min(count, from + CHUNK_ROWS)))
    appender.appendDataChunk(chunk)
    if ((from / CHUNK_ROWS) % CHUNKS_PER_FLUSH === CHUNKS_PER_FLUSH - 1) appender.flushSync()
    if (from + CHUNK_ROWS < count) await setImmediate()
  }
  appender.flushSync()
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
