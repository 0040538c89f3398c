import { setImmediate } from 'node:timers/promises'
import {
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector,
} from '@duckdb/node-api'
import type { Reading, Value, Values } from '../../domain/reading.ts'
import type { Table } from './schema.ts'

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
  appendChunks(appender, types, columns[0]?.length ?? 0, (chunk, from, to) =>
    chunk.setColumns(columns.map((column) => column.slice(from, to))),
  )

/** Appends rows of one table, giving way between chunks. */
export const appendRows = (appender: DuckDBAppender, table: Table, rows: Rows): Promise<void> =>
  appendChunks(appender, table.types, rows.keys.length, (chunk, from, to) => fillChunk(chunk, table, rows, from, to))

async function appendChunks(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  count: number,
  fill: (chunk: DuckDBDataChunk, from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    const to = Math.min(count, from + CHUNK_ROWS)
    const chunk = DuckDBDataChunk.create(types, to - from)
    fill(chunk, from, to)
    appender.appendDataChunk(chunk)
    if ((from / CHUNK_ROWS) % CHUNKS_PER_FLUSH === CHUNKS_PER_FLUSH - 1) appender.flushSync()
    if (to < count) await setImmediate()
  }
  appender.flushSync()
}

/** Writes values where they are read from: columns made between would cost as much again. */
function fillChunk(chunk: DuckDBDataChunk, table: Table, { keys, readings }: Rows, from: number, to: number): void {
  const vectors = table.types.map((_, column) => chunk.getColumnVector(column))
  const [sources, instants, ...metrics] = vectors as [DuckDBVector, DuckDBVector, ...DuckDBVector[]]
  for (let row = 0; row < to - from; row++) {
    const { ts, values } = readings[from + row] as Reading
    sources.setItem(row, keys[from + row] as number)
    instants.setItem(row, BigInt(ts))
    let filled = 0
    for (const name in values) {
      const column = metrics[table.index.get(name) as number] as DuckDBVector
      column.setItem(row, values[name] as Value)
      filled++
    }
    if (filled < metrics.length) clearOthers(metrics, table, row, values)
  }
  for (const vector of vectors) vector.flush()
}

function clearOthers(metrics: DuckDBVector[], { columns }: Table, row: number, values: Values): void {
  for (let column = 0; column < columns.length; column++) {
    if (!((columns[column] as string) in values)) metrics[column]?.setItem(row, null)
  }
}
