import type { Kysely, Transaction } from 'kysely'
import type { ChangeTopic } from './port.ts'
import type { Tables } from './schema.ts'

/**
 * Runs a change in a transaction that raises the revision of what it changes. That comes first: it makes writers of
 * one topic queue up instead of running into each other.
 */
export function change<T>(
  db: Kysely<Tables>,
  topic: ChangeTopic,
  work: (trx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await raiseRevision(trx, topic)
    return work(trx)
  })
}

export async function raiseRevision(trx: Transaction<Tables>, topic: ChangeTopic): Promise<void> {
  await trx
    .updateTable('revisions')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('topic', '=', topic)
    .execute()
}

export async function readRevisions(db: Kysely<Tables>): Promise<Record<ChangeTopic, number>> {
  const revisions: Record<ChangeTopic, number> = { inventory: 0, accounts: 0 }
  for (const { topic, revision } of await db.selectFrom('revisions').selectAll().execute()) revisions[topic] = revision
  return revisions
}
