import { setImmediate } from 'node:timers/promises'
import type { Reading } from '../../domain/reading.ts'
import type { Row } from './append.ts'
import type { Table } from './schema.ts'
import type { Source, Sources } from './sources.ts'
import { hold, mayHold } from './spans.ts'

/** The rows of one table: `fresh` cannot exist yet, `late` might and must be merged. */
export interface Sorted {
  fresh: Row[]
  late: Row[]
}

/** Readings between two turns of the event loop: some 5 ms. */
const SLICE = 8192

interface SourceRows {
  rows: Row[]
  /** Made when the first instant that may repeat shows up. */
  byTs?: Map<number, Row>
}

/**
 * Sorts readings by table into new and possibly repeated ones. The same identity twice within the
 * batch becomes one row here, so every row that comes out stands for another (source, instant).
 */
export async function sortBatch(readings: readonly Reading[], sources: Sources): Promise<Map<Table, Sorted>> {
  const sorted = new Map<Table, Sorted>()
  const seen = new Map<Source, SourceRows>()
  for (let i = 0; i < readings.length; i++) {
    if (i > 0 && i % SLICE === 0) await setImmediate()
    sortOne(readings[i] as Reading, sources, sorted, seen)
  }
  return sorted
}

function sortOne(
  { kind, siteId, part, ts, values }: Reading,
  sources: Sources,
  sorted: Map<Table, Sorted>,
  seen: Map<Source, SourceRows>,
): void {
  const source = sources.find(kind, siteId, part)
  if (!source) return // nothing but empty readings so far: there is nothing to keep
  const mine = seen.get(source)
  const mayRepeat = mayHold(source.spans, ts)
  const earlier = mayRepeat && mine ? findRow(mine, ts) : undefined
  if (earlier) {
    earlier.values = { ...earlier.values, ...values }
    return
  }
  const row: Row = { key: source.key, ts, values }
  const rows = sorted.get(source.table) ?? { fresh: [], late: [] }
  sorted.set(source.table, rows)
  if (mayRepeat) rows.late.push(row)
  else {
    rows.fresh.push(row)
    hold(source.spans, ts)
  }
  if (!mine) seen.set(source, { rows: [row] })
  else {
    mine.rows.push(row)
    mine.byTs?.set(ts, row)
  }
}

function findRow(mine: SourceRows, ts: number): Row | undefined {
  mine.byTs ??= new Map(mine.rows.map((row) => [row.ts, row]))
  return mine.byTs.get(ts)
}
