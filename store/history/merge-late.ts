import type { DuckDBConnection } from '@duckdb/node-api'
import { appendRows, type Rows } from './append.ts'
import { quote, type Table } from './schema.ts'

/**
 * Merges rows that may exist already into their table, within the open transaction: fields merge, the
 * new value wins, what changes nothing writes nothing. Cost follows the table's rows in the batch's
 * range of time.
 */
export async function mergeLate(connection: DuckDBConnection, table: Table, rows: Rows): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE late AS FROM ${table.name} LIMIT 0`)
  const appender = await connection.createAppender('late', null, 'temp')
  try {
    await appendRows(appender, table, rows)
  } finally {
    appender.closeSync()
  }
  await connection.run(mergeSql(table, rows))
}

function mergeSql({ name, columns }: Table, rows: Rows): string {
  let from = Infinity
  let to = -Infinity
  for (const { ts } of rows.readings) {
    if (ts < from) from = ts
    if (ts > to) to = ts
  }
  const names = columns.map(quote)
  const list = ['_source', '_ts', ...names].join(', ')
  const merged = names.map((column) => `coalesce(l.${column}, t.${column}) AS ${column}`)
  const changes = names.map((column) => `(l.${column} IS NOT NULL AND l.${column} IS DISTINCT FROM t.${column})`)
  return `
    CREATE OR REPLACE TEMP TABLE met AS
      SELECT t.rowid AS _row, ${changes.join(' OR ')} AS _changes, t._source, t._ts, ${merged.join(', ')}
      FROM ${name} t JOIN late l ON t._source = l._source AND t._ts = l._ts
      WHERE t._ts BETWEEN ${from} AND ${to};
    DELETE FROM ${name} WHERE rowid IN (SELECT _row FROM met WHERE _changes);
    INSERT INTO ${name} (${list}) SELECT ${list} FROM late ANTI JOIN met USING (_source, _ts);
    INSERT INTO ${name} (${list}) SELECT ${list} FROM met WHERE _changes;`
}
