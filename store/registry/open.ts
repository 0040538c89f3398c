import { type Dialect, Kysely } from 'kysely'
import { accountsOf } from './accounts.ts'
import { inventoryOf } from './inventory.ts'
import { migrate } from './migrations.ts'
import type { Registry } from './port.ts'
import { openPostgres } from './postgres.ts'
import { readRevisions } from './revisions.ts'
import type { Tables } from './schema.ts'
import { openSqlite, patiently } from './sqlite.ts'

export interface RegistryOptions {
  /** `postgres://…`; goes before `file`. */
  url?: string
  /** An SQLite file; made when it is not there. */
  file?: string
  /** Told of connections that broke while nobody used them. */
  onProblem?: (problem: Error) => void
}

/**
 * Opens the registry and brings its tables up to this release.
 * @throws Error that names what cannot be opened, or was made by a newer release.
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { url, file, onProblem = (problem) => process.emitWarning(problem) } = options
  if (!url && !file) throw new Error('a registry is opened by the url of a PostgreSQL server or the name of a file')
  const db = url
    ? await openMigrated(openPostgres(url, onProblem))
    : await patiently(() => openMigrated(openSqlite(file as string)))
  return {
    ...inventoryOf(db),
    ...accountsOf(db),
    revisions: () => readRevisions(db),
    getFact: (name) => readFact(db, name),
    setFact: (name, value) => writeFact(db, name, value),
    close: () => db.destroy(),
  }
}

async function openMigrated(dialect: Dialect): Promise<Kysely<Tables>> {
  const db = new Kysely<Tables>({ dialect })
  try {
    await migrate(db)
    return db
  } catch (error) {
    await db.destroy()
    throw error
  }
}

async function readFact(db: Kysely<Tables>, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('facts').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

async function writeFact(db: Kysely<Tables>, name: string, value: string): Promise<void> {
  await db.transaction().execute((trx) =>
    trx
      .insertInto('facts')
      .values({ name, value })
      .onConflict((oc) => oc.column('name').doUpdateSet({ value }))
      .execute(),
  )
}
