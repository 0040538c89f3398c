import { setImmediate } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Catalogue } from '../../domain/catalogue.ts'
import type { Reading, Values } from '../../domain/reading.ts'
import { KINDS, type Kind } from '../../domain/words.ts'
import { appendColumns } from './append.ts'
import { addColumns, createTable, readTables, rowsOf, SOURCE_TYPES, type Table } from './schema.ts'
import { noSpans, type Spans } from './spans.ts'

/** One part of one site: what the integer key of a row stands for. It keeps its table for life. */
export interface Source {
  key: number
  kind: Kind
  siteId: string
  part: string
  table: Table
  spans: Spans
}

/** The dictionary of sources and their tables, in memory as in the database. */
export interface Sources {
  tables: Table[]
  byKey: Source[]
  find(kind: Kind, siteId: string, part: string): Source | undefined
  /**
   * The sources of readings, in their order; none for one that has no values. New sources get a key and
   * a table, new metrics a column: committed on their own, as they mean nothing without readings.
   */
  admit(readings: readonly Reading[]): Promise<(Source | undefined)[]>
}

/** Columns that a source would leave empty before a table of its own is worth it. */
const MAX_EMPTY_COLUMNS = 2
/**
 * Beyond this many, a kind's tables are widened instead: each costs every batch a statement, and the
 * file the unfilled end of each of its columns.
 */
const MAX_TABLES_PER_KIND = 8

type Index = Record<Kind, Map<string, Map<string, Source>>>

/** Reads the dictionary, and between which instants each source has readings. */
export async function loadSources(connection: DuckDBConnection, catalogue: Catalogue): Promise<Sources> {
  const tables = await readTables(connection, catalogue)
  const index = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as Index
  const byKey: Source[] = []
  for (const [key, tableId, site, part] of await rowsOf(
    connection,
    'SELECT key, table_id, site, part FROM sources ORDER BY key',
  )) {
    const table = tables.find(({ id }) => id === tableId) as Table
    enter(index, byKey, {
      key: Number(key),
      kind: table.kind,
      siteId: String(site),
      part: String(part),
      table,
      spans: noSpans(),
    })
  }
  for (const table of tables) await loadSpans(connection, table, byKey)
  return {
    tables,
    byKey,
    find: (kind, siteId, part) => index[kind].get(siteId)?.get(part),
    admit: (readings) => admit({ connection, catalogue, tables, index, byKey }, readings),
  }
}

async function loadSpans(connection: DuckDBConnection, table: Table, byKey: Source[]): Promise<void> {
  const spans = await rowsOf(
    connection,
    `SELECT _source, min(_ts)::DOUBLE, max(_ts)::DOUBLE FROM ${table.name} GROUP BY _source`,
  )
  for (const [key, from, to] of spans) {
    const source = byKey[Number(key)] as Source
    source.spans = { from: [Number(from)], to: [Number(to)] }
  }
}

function enter(index: Index, byKey: Source[], source: Source): void {
  byKey[source.key] = source
  const parts = index[source.kind].get(source.siteId) ?? new Map<string, Source>()
  index[source.kind].set(source.siteId, parts.set(source.part, source))
}

interface Dictionary {
  connection: DuckDBConnection
  catalogue: Catalogue
  tables: Table[]
  index: Index
  byKey: Source[]
}

/** Readings between two turns of the event loop: some 5 ms. */
const SLICE = 8192

async function admit(dictionary: Dictionary, readings: readonly Reading[]): Promise<(Source | undefined)[]> {
  const sources: (Source | undefined)[] = []
  const newcomers = new Map<string, Newcomer>()
  const wanted = new Map<Table, Set<string>>()
  for (let i = 0; i < readings.length; i++) {
    if (i > 0 && i % SLICE === 0) await setImmediate()
    const reading = readings[i] as Reading
    const source = lookUp(dictionary.index, reading)
    sources.push(source)
    if (source) noteMissing(source.table, reading, wanted)
    else noteNewcomer(newcomers, reading)
  }
  for (const [table, names] of wanted) {
    await addColumns(dictionary.connection, dictionary.catalogue, table, [...names])
  }
  if (newcomers.size === 0) return sources
  await enterNewcomers(dictionary, [...newcomers.values()])
  return sources.map((source, i) => source ?? lookUp(dictionary.index, readings[i] as Reading))
}

/** The source of a reading that says something. */
const lookUp = (index: Index, { kind, siteId, part, values }: Reading): Source | undefined =>
  isEmpty(values) ? undefined : index[kind].get(siteId)?.get(part)

function isEmpty(values: Values): boolean {
  for (const _ in values) return false
  return true
}

interface Newcomer {
  reading: Reading
  names: Set<string>
}

function noteMissing(table: Table, { values }: Reading, wanted: Map<Table, Set<string>>): void {
  for (const name in values) {
    if (table.index.has(name)) continue
    const names = wanted.get(table) ?? new Set<string>()
    wanted.set(table, names.add(name))
  }
}

function noteNewcomer(newcomers: Map<string, Newcomer>, reading: Reading): void {
  const id = `${reading.kind}/${reading.siteId}/${reading.part}`
  const known = newcomers.get(id) ?? { reading, names: new Set<string>() }
  newcomers.set(id, known)
  for (const name in reading.values) known.names.add(name)
}

async function enterNewcomers(dictionary: Dictionary, newcomers: Newcomer[]): Promise<void> {
  const { connection, byKey, index } = dictionary
  const entered: Source[] = []
  for (const { reading, names } of newcomers) {
    if (names.size === 0) continue
    const { kind, siteId, part } = reading
    const table = await tableFor(dictionary, kind, names)
    entered.push({ key: byKey.length + entered.length, kind, siteId, part, table, spans: noSpans() })
  }
  if (entered.length === 0) return
  const appender = await connection.createAppender('sources')
  try {
    await appendColumns(appender, SOURCE_TYPES, [
      entered.map(({ key }) => key),
      entered.map(({ table }) => table.id),
      entered.map(({ siteId }) => siteId),
      entered.map(({ part }) => part),
    ])
  } finally {
    appender.closeSync()
  }
  for (const source of entered) enter(index, byKey, source)
}

const countMissing = (table: Table, names: Set<string>): number => {
  let missing = 0
  for (const name of names) if (!table.index.has(name)) missing++
  return missing
}

async function tableFor(dictionary: Dictionary, kind: Kind, names: Set<string>): Promise<Table> {
  const { connection, catalogue, tables } = dictionary
  const candidates = tables
    .filter((table) => table.kind === kind)
    .map((table) => {
      const missing = countMissing(table, names)
      return { table, missing, empty: table.columns.length - (names.size - missing) }
    })
    .sort((a, b) => a.missing + a.empty - (b.missing + b.empty))
  const fitting = candidates.find(({ missing, empty }) => missing === 0 && empty <= MAX_EMPTY_COLUMNS)
  if (fitting) return fitting.table
  const nearest = candidates[0]
  if (nearest && candidates.length >= MAX_TABLES_PER_KIND) {
    await addColumns(
      connection,
      catalogue,
      nearest.table,
      [...names].filter((name) => !nearest.table.index.has(name)),
    )
    return nearest.table
  }
  const inOrder = catalogue.ofKind(kind).flatMap(({ name }) => (names.has(name) ? [name] : []))
  const unknown = [...names].filter((name) => !catalogue.find(kind, name))
  const table = await createTable(connection, catalogue, tables.length, kind, [...inOrder, ...unknown])
  tables.push(table)
  return table
}
