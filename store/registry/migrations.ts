import { type Kysely, type Migration, Migrator } from 'kysely'
import type { Tables } from './schema.ts'

/** Released migrations never change; a later one comes after them in the order of names. */
const MIGRATIONS: Record<string, Migration> = {
  '2026-11-24-first': {
    async up(db: Kysely<unknown>): Promise<void> {
      await createInventory(db)
      await createAccounts(db)
      await createCounters(db as Kysely<Tables>)
    },
  },
}

async function createInventory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sites')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('ward', 'text')
    .addColumn('document', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('links')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('a', 'text', (c) => c.notNull())
    .addColumn('b', 'text', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('links_a').on('links').column('a').execute()
  await db.schema.createIndex('links_b').on('links').column('b').execute()
  await db.schema
    .createTable('groups')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('group_members')
    .addColumn('group_id', 'text', (c) => c.notNull().references('groups.id').onDelete('cascade'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('member_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('group_members_key', ['group_id', 'position'])
    .execute()
  await db.schema.createIndex('group_members_member').on('group_members').column('member_id').execute()
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('username', 'text', (c) => c.primaryKey())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('salt', 'text', (c) => c.notNull())
    .addColumn('secret_hash', 'text', (c) => c.notNull())
    .addColumn('read_filters', 'text', (c) => c.notNull())
    .addColumn('write_filters', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()
}

async function createCounters(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('revisions')
    .addColumn('topic', 'text', (c) => c.primaryKey())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('facts')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute()
  await db
    .insertInto('revisions')
    .values([
      { topic: 'inventory', revision: 0 },
      { topic: 'accounts', revision: 0 },
    ])
    .execute()
}

/**
 * Brings a database up to this release; does nothing when it is.
 * @throws Error when it was made by a newer release, or a migration fails.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const message = error instanceof Error ? error.message : String(error)
  if (/previously executed migration .* is missing/.test(message)) {
    throw new Error('the registry was made by a newer release of the platform: start that one', { cause: error })
  }
  throw new Error(`the registry cannot be brought up to this release: ${message}`, { cause: error })
}
