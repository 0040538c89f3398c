import type { DuckDBConnection } from '@duckdb/node-api'
import { appendColumns, appendRows } from './append.ts'
import { mergeLate, withAppender } from './merge-late.ts'
import type { HistoryBatch, StatusEvent } from './port.ts'
import { STATUS_TYPES, type Table } from './schema.ts'
import { type Sorted, sortBatch } from './sort-batch.ts'
import type { Sources } from './sources.ts'

/** The one that writes. Its calls must not overlap: `serialise` them. */
export interface Writer {
  write(batch: HistoryBatch): Promise<void>
  forget(beforeMs: number): Promise<void>
}

/** Runs asynchronous work one after another, in order of calling; a failure does not stop the next. */
export function serialise(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}

export function createWriter(connection: DuckDBConnection, sources: Sources): Writer {
  return {
    async write({ readings, statuses, offset }) {
      const sorted = await sortBatch(readings, await sources.admit(readings))
      await inTransaction(connection, async () => {
        // the repeated first: what is fresh is then not yet there to be searched
        for (const [table, { late }] of sorted) if (late.keys.length > 0) await mergeLate(connection, table, late)
        await appendFresh(connection, sorted)
        if (statuses.length > 0) await appendStatuses(connection, statuses)
        return offset === undefined ? '' : `UPDATE progress SET next_offset = ${offset};`
      })
    },
    forget: (beforeMs) =>
      inTransaction(connection, async () => {
        for (const { name } of sources.tables) await connection.run(`DELETE FROM ${name} WHERE _ts < ${beforeMs}`)
        return forgetStatuses(beforeMs)
      }),
  }
}

/** `work` answers the transaction's last statements, to be sent together with its end. */
async function inTransaction(connection: DuckDBConnection, work: () => Promise<string>): Promise<void> {
  await connection.run('BEGIN')
  try {
    await connection.run(`${await work()} COMMIT`)
  } catch (error) {
    try {
      await connection.run('ROLLBACK')
    } catch (second) {
      throw new AggregateError([error, second], 'a write to the history failed and could not be undone')
    }
    throw error
  }
}

async function appendFresh(connection: DuckDBConnection, sorted: Map<Table, Sorted>): Promise<void> {
  for (const [table, { fresh }] of sorted) {
    if (fresh.keys.length === 0) continue
    await withAppender(connection, table.name, (appender) => appendRows(appender, table, fresh))
  }
}

async function appendStatuses(connection: DuckDBConnection, statuses: readonly StatusEvent[]): Promise<void> {
  await withAppender(connection, 'statuses', (appender) =>
    appendColumns(appender, STATUS_TYPES, [
      statuses.map(({ kind }) => kind),
      statuses.map(({ siteId }) => siteId),
      statuses.map(({ at }) => BigInt(at)),
      statuses.map(({ online }) => online),
    ]),
  )
}

/** A site's newest status before the instant still says how it was then: it stays. */
const forgetStatuses = (beforeMs: number): string => `
  DELETE FROM statuses s WHERE s.ts < (
    SELECT max(n.ts) FROM statuses n WHERE n.site = s.site AND n.kind = s.kind AND n.ts < ${beforeMs});`
