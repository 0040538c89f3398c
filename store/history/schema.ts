import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api'
import type { Catalogue } from '../../domain/catalogue.ts'
import type { Metric } from '../../domain/metrics.ts'
import { KINDS, type Kind } from '../../domain/words.ts'
import { HistoryFileError } from './errors.ts'

/**
 * A wide table of one kind. Sources that report the same metrics share one: a null among values costs
 * nearly as much on disk as a value, so sectors of 2G and 4G, or a noise and a water sensor, stand apart.
 */
export interface Table {
  id: number
  kind: Kind
  name: string
  /** Metric columns in table order; those whose metric has left the catalogue stay and hold nulls. */
  columns: string[]
  /** Types of all columns, `_source` and `_ts` first. */
  types: DuckDBType[]
  /** Position of a metric's column among `columns`. */
  index: Map<string, number>
}

/** Raised with every change that an older release could not read. */
const SCHEMA_VERSION = 1
const APPLICATION = 'phu-quoc-telemetry history'

/**
 * DOUBLE, so that every number comes back exactly as it was sent. It takes no more room on disk than
 * FLOAT: both are kept as the decimals that they are (ALP).
 */
const COLUMN_TYPES: Readonly<Record<Metric['type'], DuckDBType>> = {
  number: DOUBLE,
  boolean: BOOLEAN,
  text: VARCHAR,
}

export const quote = (name: string): string => `"${name}"`

/** Rows of an answer as plain arrays. */
export async function rowsOf(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[][]> {
  return (await connection.runAndReadAll(sql)).getRows()
}

const CREATE = `
  CREATE TABLE about (application VARCHAR, version INTEGER);
  INSERT INTO about VALUES ('${APPLICATION}', ${SCHEMA_VERSION});
  CREATE TABLE progress (next_offset BIGINT NOT NULL);
  INSERT INTO progress VALUES (0);
  CREATE TABLE tables (id INTEGER NOT NULL, kind VARCHAR NOT NULL);
  CREATE TABLE sources (key INTEGER NOT NULL, table_id INTEGER NOT NULL, site VARCHAR NOT NULL, part VARCHAR NOT NULL);
  CREATE TABLE statuses (kind VARCHAR NOT NULL, site VARCHAR NOT NULL, ts BIGINT NOT NULL, online BOOLEAN NOT NULL);`

/** Column types of `sources` and `statuses`, for their appenders. */
export const SOURCE_TYPES = [INTEGER, INTEGER, VARCHAR, VARCHAR]
export const STATUS_TYPES = [VARCHAR, VARCHAR, BIGINT, BOOLEAN]

/**
 * Makes the tables in an empty database; checks that a filled one is ours and not newer.
 * @throws HistoryFileError
 */
export async function ensureSchema(connection: DuckDBConnection, file: string): Promise<void> {
  const found = await rowsOf(connection, 'SELECT table_name FROM duckdb_tables() WHERE NOT temporary')
  if (found.length === 0) {
    await connection.run(`BEGIN; ${CREATE} COMMIT`)
    return
  }
  const ours = found.some(([name]) => name === 'about')
  const [about] = ours ? await rowsOf(connection, 'SELECT application, version FROM about') : []
  if (about?.[0] !== APPLICATION) {
    throw new HistoryFileError(
      `${file} is a database of something else; name another file or move it away. Nothing was changed.`,
    )
  }
  if (Number(about[1]) > SCHEMA_VERSION) {
    throw new HistoryFileError(
      `${file} was written by a newer release (format ${about[1]}, this one reads up to ${SCHEMA_VERSION}); update the platform. Nothing was changed.`,
    )
  }
}

const tableName = (kind: Kind, id: number): string => `readings_${kind}_${id}`

function describeTable(id: number, kind: Kind, columns: string[], types: DuckDBType[]): Table {
  return {
    id,
    kind,
    name: tableName(kind, id),
    columns,
    types: [INTEGER, BIGINT, ...types],
    index: new Map(columns.map((name, position) => [name, position])),
  }
}

const columnType = (metric: Metric | undefined, kind: Kind, name: string): DuckDBType => {
  if (!metric) throw new Error(`the history was given ${kind}/${name}, which the catalogue does not have`)
  return COLUMN_TYPES[metric.type]
}

/** Creates a table for these metrics. */
export async function createTable(
  connection: DuckDBConnection,
  catalogue: Catalogue,
  id: number,
  kind: Kind,
  names: string[],
): Promise<Table> {
  const types = names.map((name) => columnType(catalogue.find(kind, name), kind, name))
  const columns = names.map((name, i) => `${quote(name)} ${types[i]}`)
  await connection.run(
    `BEGIN; CREATE TABLE ${tableName(kind, id)} (_source INTEGER NOT NULL, _ts BIGINT NOT NULL, ${columns.join(', ')});
     INSERT INTO tables VALUES (${id}, '${kind}'); COMMIT`,
  )
  return describeTable(id, kind, names, types)
}

/** Adds columns to a table: in the database first, then in its description. */
export async function addColumns(
  connection: DuckDBConnection,
  catalogue: Catalogue,
  table: Table,
  names: string[],
): Promise<void> {
  for (const name of names) {
    const type = columnType(catalogue.find(table.kind, name), table.kind, name)
    await connection.run(`ALTER TABLE ${table.name} ADD COLUMN ${quote(name)} ${type}`)
    table.types.push(type)
    table.index.set(name, table.columns.push(name) - 1)
  }
}

/**
 * Describes the tables that are there.
 * @throws HistoryFileError when a metric's type is no longer that of its column.
 */
export async function readTables(connection: DuckDBConnection, catalogue: Catalogue): Promise<Table[]> {
  const known = new Map<string, DuckDBType>(Object.values(COLUMN_TYPES).map((type) => [type.toString(), type]))
  const columns = await rowsOf(
    connection,
    `SELECT table_name, column_name, data_type FROM duckdb_columns()
     WHERE database_name = current_database() AND column_index > 2 ORDER BY table_name, column_index`,
  )
  const tables: Table[] = []
  for (const [id, kind] of await rowsOf(connection, 'SELECT id, kind FROM tables ORDER BY id')) {
    const name = tableName(kind as Kind, Number(id))
    const mine = columns.filter(([owner]) => owner === name)
    for (const [, metric, type] of mine) checkType(catalogue.find(kind as Kind, String(metric)), String(type))
    tables.push(
      describeTable(
        Number(id),
        KINDS.find((k) => k === kind) as Kind,
        mine.map(([, column]) => String(column)),
        mine.map(([, , type]) => known.get(String(type)) ?? DOUBLE),
      ),
    )
  }
  return tables
}

function checkType(metric: Metric | undefined, stored: string): void {
  if (metric && COLUMN_TYPES[metric.type].toString() !== stored) {
    throw new HistoryFileError(
      `metric ${metric.kind}/${metric.name} is declared ${metric.type} but the history holds it as ${stored}; give the changed metric a new name`,
    )
  }
}
