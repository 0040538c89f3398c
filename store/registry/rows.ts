import type { Insertable, Selectable } from 'kysely'
import * as z from 'zod/mini'
import type { Group, Link, Site } from '../../domain/inventory.ts'
import { groupSchema, linkSchema, siteSchema } from '../../domain/inventory.ts'
import type { Account } from './port.ts'
import type { Tables } from './schema.ts'

/** Between the tables' rows and the words of the domain. */
const hex = z.string().check(z.regex(/^([0-9a-f]{2})+$/, 'hexadecimal'))

const accountSchema = z.strictObject({
  username: z.string(),
  role: z.enum(['device', 'integration']),
  salt: hex,
  secretHash: hex,
  readFilters: z.array(z.string()),
  writeFilters: z.array(z.string()),
  createdAt: z.number(),
}) satisfies z.ZodMiniType<Account>

/** @throws Error naming the row, the field and what is wrong with it. */
function parseRow<T>(table: keyof Tables, key: string, schema: z.ZodMiniType<T>, read: () => unknown): T {
  let value: unknown
  try {
    value = read()
  } catch (error) {
    throw new Error(`registry: ${table} row "${key}" is not JSON`, { cause: error })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`registry: ${table} row "${key}" does not parse: ${issues.join('; ')}`)
}

export const toSite = ({ id, document }: { id: string; document: string }): Site =>
  parseRow('sites', id, siteSchema, () => JSON.parse(document))

export const toLink = ({ id, document }: { id: string; document: string }): Link =>
  parseRow('links', id, linkSchema, () => JSON.parse(document))

export const toGroup = ({ id, document }: { id: string; document: string }, members: string[]): Group =>
  parseRow('groups', id, groupSchema, () => ({ ...JSON.parse(document), members }))

export const toAccount = (row: Selectable<Tables['accounts']>): Account =>
  parseRow('accounts', row.username, accountSchema, () => ({
    username: row.username,
    role: row.role,
    salt: row.salt,
    secretHash: row.secret_hash,
    readFilters: JSON.parse(row.read_filters),
    writeFilters: JSON.parse(row.write_filters),
    createdAt: row.created_at,
  }))

export const siteRow = (site: Site): Insertable<Tables['sites']> => ({
  id: site.id,
  kind: site.kind,
  ward: site.ward,
  document: JSON.stringify(site),
})

export const linkRow = (link: Link): Insertable<Tables['links']> => ({
  id: link.id,
  kind: link.kind,
  a: link.a,
  b: link.b,
  document: JSON.stringify(link),
})

export function groupRow({ members: _, ...group }: Group): Insertable<Tables['groups']> {
  return { id: group.id, kind: group.kind, document: JSON.stringify(group) }
}

export const memberRows = ({ id, members }: Group): Insertable<Tables['group_members']>[] =>
  members.map((member_id, position) => ({ group_id: id, position, member_id }))

export const accountRow = (account: Account): Insertable<Tables['accounts']> => ({
  username: account.username,
  role: account.role,
  salt: account.salt,
  secret_hash: account.secretHash,
  read_filters: JSON.stringify(account.readFilters),
  write_filters: JSON.stringify(account.writeFilters),
  created_at: account.createdAt,
})
