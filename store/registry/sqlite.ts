import { setTimeout as delay } from 'node:timers/promises'
import {
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely'
import Database from 'libsql'

/** How long a statement waits for others. It blocks its thread, so what may take longer is tried again instead. */
const BUSY_TIMEOUT_MS = 20
/** How long a write waits for another's: an import of 20,000 sites takes a second or two. */
const PATIENCE_MS = 15_000
const RETRY_MS = 5
/** Marks the file as ours: "PQRG". */
const APPLICATION_ID = 0x50515247
const CACHED_STATEMENTS = 64

/**
 * Opens an embedded registry: libsql in WAL mode, every commit fsynced. Several processes may have it open.
 * @throws Error naming the file when it is not a registry.
 */
export function openSqlite(file: string): Dialect {
  const database = openDatabase(file)
  const config = { database: withStatementCache(database) }
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new ExecDriver(config, database),
    createIntrospector: (db) => new SqliteDialect(config).createIntrospector(db),
    createQueryCompiler: () => new SqliteDialect(config).createQueryCompiler(),
  }
}

/** Also where it is the cause of another error. */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY') || isBusy(error.cause)
}

/** Tries again while another connection is in the way, without holding up the thread. */
export async function patiently<T>(work: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    }
    await delay(RETRY_MS)
  }
}

function openDatabase(file: string): InstanceType<typeof Database> {
  const database = new Database(file)
  try {
    prepareDatabase(database)
    return database
  } catch (error) {
    database.close()
    if (isBusy(error)) throw error
    throw new Error(`the registry ${file} cannot be opened: ${(error as Error).message}`, { cause: error })
  }
}

function prepareDatabase(database: InstanceType<typeof Database>): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
  const { mark, tables } = database
    .prepare(
      'SELECT (SELECT application_id FROM pragma_application_id) AS mark, (SELECT count(*) FROM sqlite_master) AS tables',
    )
    .all()[0] as { mark: number; tables: number }
  if (mark !== APPLICATION_ID && (mark !== 0 || tables > 0)) {
    throw new Error('it is a database of another application')
  }
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA foreign_keys = ON')
  if (mark === 0) database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
}

/** Preparing costs more than running for the small statements that are asked again and again. */
function withStatementCache(database: InstanceType<typeof Database>): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    prepare(sql) {
      const known = statements.get(sql)
      if (known) return known
      const statement = database.prepare(sql) as unknown as SqliteStatement
      const cacheable = /^(select|insert|update|delete)\b/i.test(sql)
      if (!cacheable) return statement
      if (statements.size >= CACHED_STATEMENTS) statements.delete(statements.keys().next().value as string)
      statements.set(sql, statement)
      return statement
    },
    close: () => database.close(),
  }
}

/**
 * Takes the write lock at the start, where it can be waited for; later SQLite refuses a stale reader at once. By
 * `exec`, because libsql leaves a prepared statement that met a lock half done, and no commit passes while it is.
 */
class ExecDriver extends SqliteDriver {
  readonly #database: InstanceType<typeof Database>

  constructor(config: SqliteDialectConfig, database: InstanceType<typeof Database>) {
    super(config)
    this.#database = database
  }

  override async beginTransaction(): Promise<void> {
    await patiently(() => this.#database.exec('begin immediate'))
  }

  override async commitTransaction(): Promise<void> {
    this.#database.exec('commit')
  }

  override async rollbackTransaction(): Promise<void> {
    this.#database.exec('rollback')
  }
}

/** SQLite can roll back DDL: a migration is all or nothing, and two processes do not run it at once. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
