import { BIGINT, type DuckDBAppender, type DuckDBConnection, INTEGER } from '@duckdb/node-api'
import { appendColumns, appendRows, type Rows } from './append.ts'
import { quote, type Table } from './schema.ts'

/**
 * Merges rows that may exist already into their table, within the open transaction: fields merge, the
 * new value wins, what changes nothing writes nothing. Cost follows the table's rows in the batch's
 * range of time.
 */
export async function mergeLate(connection: DuckDBConnection, table: Table, rows: Rows): Promise<void> {
  const repeated = await findRepeated(connection, table, rows)
  const unheard = pick(rows, (at) => !repeated.has(at))
  if (repeated.size > 0)
    await mergeRepeated(
      connection,
      table,
      pick(rows, (at) => repeated.has(at)),
    )
  if (unheard.keys.length > 0) {
    await withAppender(connection, table.name, (appender) => appendRows(appender, table, unheard))
  }
}

/** Opens an appender for some work and closes it, whatever happens. */
export async function withAppender(
  connection: DuckDBConnection,
  table: string,
  work: (appender: DuckDBAppender) => Promise<void>,
  catalog?: 'temp',
): Promise<void> {
  const appender = await connection.createAppender(table, null, catalog)
  try {
    await work(appender)
  } finally {
    appender.closeSync()
  }
}

function pick({ keys, readings }: Rows, wanted: (at: number) => boolean): Rows {
  const picked: Rows = { keys: [], readings: [] }
  keys.forEach((key, at) => {
    if (!wanted(at)) return
    picked.keys.push(key)
    picked.readings.push(readings[at] as Rows['readings'][number])
  })
  return picked
}

/** SQL that confines `t` to the range of the rows' time, by which storage is skipped. */
function rangeOf({ readings }: Rows): string {
  let from = Infinity
  let to = -Infinity
  for (const { ts } of readings) {
    if (ts < from) from = ts
    if (ts > to) to = ts
  }
  return `t._ts BETWEEN ${from} AND ${to}`
}

/** Positions of the rows whose identity the table holds. */
async function findRepeated(connection: DuckDBConnection, table: Table, rows: Rows): Promise<Set<number>> {
  await connection.run('CREATE OR REPLACE TEMP TABLE probe (_at INTEGER, _source INTEGER, _ts BIGINT)')
  const instants = rows.readings.map(({ ts }) => BigInt(ts))
  await withAppender(
    connection,
    'probe',
    (appender) => appendColumns(appender, [INTEGER, INTEGER, BIGINT], [[...rows.keys.keys()], rows.keys, instants]),
    'temp',
  )
  const found = await connection.runAndReadAll(
    `SELECT p._at FROM ${table.name} t JOIN probe p ON t._source = p._source AND t._ts = p._ts WHERE ${rangeOf(rows)}`,
  )
  return new Set(found.getColumns()[0] as number[] | undefined)
}

async function mergeRepeated(connection: DuckDBConnection, table: Table, rows: Rows): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE late AS FROM ${table.name} LIMIT 0`)
  await withAppender(connection, 'late', (appender) => appendRows(appender, table, rows), 'temp')
  const names = table.columns.map(quote)
  const list = ['_source', '_ts', ...names].join(', ')
  const merged = names.map((column) => `coalesce(l.${column}, t.${column}) AS ${column}`)
  const changes = names.map((column) => `(l.${column} IS NOT NULL AND l.${column} IS DISTINCT FROM t.${column})`)
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE changed AS
      SELECT t.rowid AS _row, t._source, t._ts, ${merged.join(', ')}
      FROM ${table.name} t JOIN late l ON t._source = l._source AND t._ts = l._ts
      WHERE ${rangeOf(rows)} AND (${changes.join(' OR ')});
    DELETE FROM ${table.name} WHERE rowid IN (SELECT _row FROM changed);
    INSERT INTO ${table.name} (${list}) SELECT ${list} FROM changed;`)
}
