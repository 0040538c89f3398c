import type { Kysely } from 'kysely'
import { batchLookUps } from './look-up.ts'
import type { Registry } from './port.ts'
import { change } from './revisions.ts'
import { accountRow, toAccount } from './rows.ts'
import type { Tables } from './schema.ts'

type AccountPart = Pick<Registry, 'account' | 'accounts' | 'putAccount' | 'deleteAccount'>

/** Who may connect. */
export function accountsOf(db: Kysely<Tables>): AccountPart {
  const lookUp = batchLookUps(
    (usernames) => db.selectFrom('accounts').selectAll().where('username', 'in', usernames).execute(),
    ({ username }) => username,
  )
  return {
    async account(username) {
      const row = await lookUp(username)
      return row && toAccount(row)
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
      if (!(await lookUp(username))) return false
      await change(db, 'accounts', (trx) => trx.deleteFrom('accounts').where('username', '=', username).execute())
      return true
    },
  }
}
