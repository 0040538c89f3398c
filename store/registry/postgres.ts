import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'

const CONNECTIONS = 4
const CONNECT_TIMEOUT_MS = 10_000

/**
 * A registry on a PostgreSQL server. Connections are made when needed; one that breaks while idle is reported and
 * replaced.
 */
export function openPostgres(url: string, onProblem: (problem: Error) => void): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'phu-quoc-telemetry',
    types: { getTypeParser },
  })
  pool.on('error', onProblem)
  return new PostgresDialect({ pool })
}

/** Counts and epoch milliseconds fit a number; the driver would give text. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text')
