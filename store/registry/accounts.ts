import type { CompiledQuery, Kysely, Selectable } from 'kysely'
import type { Registry } from './port.ts'
import { change } from './revisions.ts'
import { accountRow, toAccount } from './rows.ts'
import type { Tables } from './schema.ts'

type AccountPart = Pick<Registry, 'account' | 'accounts' | 'putAccount' | 'deleteAccount'>

/** Who may connect. The look-up by name is compiled once: it comes with every connection. */
export function accountsOf(db: Kysely<Tables>): AccountPart {
  const compiled = db.selectFrom('accounts').selectAll().where('username', '=', '').compile()
  const lookUp = (username: string): CompiledQuery<Selectable<Tables['accounts']>> => ({
    ...compiled,
    parameters: [username],
  })
  return {
    async account(username) {
      const { rows } = await db.executeQuery(lookUp(username))
      return rows[0] && toAccount(rows[0])
    },
    async accounts() {
      const accounts = (await db.selectFrom('accounts').selectAll().execute()).map(toAccount)
      return accounts.sort((a, b) => (a.username < b.username ? -1 : 1))
    },
    putAccount: (account) =>
      change(db, 'accounts', async (trx) => {
        const { username: _, ...fields } = accountRow(account)
        await trx
          .insertInto('accounts')
          .values(accountRow(account))
          .onConflict((oc) => oc.column('username').doUpdateSet(fields))
          .execute()
      }),
    async deleteAccount(username) {
      const { rows } = await db.executeQuery(lookUp(username))
      if (rows.length === 0) return false
      await change(db, 'accounts', (trx) => trx.deleteFrom('accounts').where('username', '=', username).execute())
      return true
    },
  }
}
