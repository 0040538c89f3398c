import { setImmediate } from 'node:timers/promises'
import type { Reading } from '../../domain/reading.ts'
import type { Rows } from './append.ts'
import type { Table } from './schema.ts'
import type { Source } from './sources.ts'
import { hold, mayHold } from './spans.ts'

/** The rows of one table: `fresh` cannot exist yet, `late` might and must be merged. */
export interface Sorted {
  fresh: Rows
  late: Rows
}

/** Readings between two turns of the event loop: some 5 ms. */
const SLICE = 8192

/** Where each instant of each source stands among the sorted rows. */
type Places = Map<number, Map<number, { rows: Rows; at: number }>>

interface Sorting {
  sorted: Map<Table, Sorted>
  /** Made when the first reading shows up that may repeat another; most batches have none. */
  places?: Places
}

/**
 * Sorts readings by table into new and possibly repeated ones. The same identity twice within the
 * batch becomes one row here, so every row that comes out stands for another (source, instant).
 * `sources` are those of the readings; a reading without one has no values, and nothing of it is kept.
 */
export async function sortBatch(
  readings: readonly Reading[],
  sources: readonly (Source | undefined)[],
): Promise<Map<Table, Sorted>> {
  const sorting: Sorting = { sorted: new Map() }
  for (let i = 0; i < readings.length; i++) {
    if (i > 0 && i % SLICE === 0) await setImmediate()
    const source = sources[i]
    if (source) sortOne(readings[i] as Reading, source, sorting)
  }
  return sorting.sorted
}

function sortOne(reading: Reading, source: Source, sorting: Sorting): void {
  let lists = sorting.sorted.get(source.table)
  if (!lists) {
    lists = { fresh: { keys: [], readings: [] }, late: { keys: [], readings: [] } }
    sorting.sorted.set(source.table, lists)
  }
  const mayRepeat = mayHold(source.spans, reading.ts)
  if (mayRepeat) {
    sorting.places ??= placesOf(sorting.sorted)
    const earlier = sorting.places.get(source.key)?.get(reading.ts)
    if (earlier) {
      mergeInto(earlier.rows, earlier.at, reading)
      return
    }
  } else hold(source.spans, reading.ts)
  const rows = mayRepeat ? lists.late : lists.fresh
  rows.keys.push(source.key)
  rows.readings.push(reading)
  if (sorting.places) remember(sorting.places, rows, rows.keys.length - 1)
}

function mergeInto({ readings }: Rows, at: number, { values }: Reading): void {
  const earlier = readings[at] as Reading
  readings[at] = { ...earlier, values: { ...earlier.values, ...values } }
}

function placesOf(sorted: Map<Table, Sorted>): Places {
  const places: Places = new Map()
  for (const { fresh } of sorted.values()) {
    for (let at = 0; at < fresh.keys.length; at++) remember(places, fresh, at)
  }
  return places
}

function remember(places: Places, rows: Rows, at: number): void {
  const key = rows.keys[at] as number
  const { ts } = rows.readings[at] as Reading
  const mine = places.get(key)
  if (mine) mine.set(ts, { rows, at })
  else places.set(key, new Map([[ts, { rows, at }]]))
}
