import type { Kysely, Transaction } from 'kysely'
import type { Group, Inventory, Link, Site } from '../../domain/inventory.ts'
import type { Registry } from './port.ts'
import { change, raiseRevision } from './revisions.ts'
import { groupRow, linkRow, memberRows, siteRow, toGroup, toLink, toSite } from './rows.ts'
import type { Tables } from './schema.ts'

type InventoryPart = Pick<
  Registry,
  'sites' | 'site' | 'links' | 'groups' | 'importInventory' | 'putSite' | 'deleteSite' | 'putLink' | 'deleteLink'
>
type Trx = Transaction<Tables>

/** Rows in one statement: well below the parameters that either database takes. */
const CHUNK_ROWS = 1000

/** Sites, links and groups in the registry. Lists are in the order of ids, by character code. */
export function inventoryOf(db: Kysely<Tables>): InventoryPart {
  return {
    sites: async () => byId((await db.selectFrom('sites').select(['id', 'document']).execute()).map(toSite)),
    site: (id) => readSite(db, id),
    links: async () => byId((await db.selectFrom('links').select(['id', 'document']).execute()).map(toLink)),
    groups: () => readGroups(db),
    async importInventory(inventory, { replace }) {
      refuseDoubles(inventory)
      await change(db, 'inventory', async (trx) => {
        if (replace) await removeOthers(trx, inventory)
        await upsertSites(trx, inventory.sites)
        await upsertLinks(trx, inventory.links)
        await upsertGroups(trx, inventory.groups)
      })
    },
    putSite: (site) => change(db, 'inventory', (trx) => upsertSites(trx, [site])),
    async deleteSite(id) {
      const found = await db.selectFrom('sites').select('id').where('id', '=', id).executeTakeFirst()
      if (found) await change(db, 'inventory', (trx) => removeSites(trx, [id]))
      return found !== undefined
    },
    putLink: (link) => change(db, 'inventory', (trx) => upsertLinks(trx, [link])),
    async deleteLink(id) {
      const found = await db.selectFrom('links').select('id').where('id', '=', id).executeTakeFirst()
      if (found) await change(db, 'inventory', (trx) => removeLinks(trx, [id]))
      return found !== undefined
    },
  }
}

async function readSite(db: Kysely<Tables>, id: string): Promise<Site | undefined> {
  const row = await db.selectFrom('sites').select(['id', 'document']).where('id', '=', id).executeTakeFirst()
  return row && toSite(row)
}

/** In one statement, so that groups and members are of one moment. */
async function readGroups(db: Kysely<Tables>): Promise<Group[]> {
  const rows = await db
    .selectFrom('groups')
    .leftJoin('group_members', 'group_members.group_id', 'groups.id')
    .select(['groups.id', 'groups.document', 'group_members.member_id'])
    .orderBy('groups.id')
    .orderBy('group_members.position')
    .execute()
  const found = new Map<string, { row: (typeof rows)[number]; members: string[] }>()
  for (const row of rows) {
    const group = found.get(row.id) ?? { row, members: [] }
    found.set(row.id, group)
    if (row.member_id !== null) group.members.push(row.member_id)
  }
  return byId([...found.values()].map(({ row, members }) => toGroup(row, members)))
}

/** Databases order text by their collation; this is the same everywhere. */
const byId = <T extends { id: string }>(items: T[]): T[] => items.sort((a, b) => (a.id < b.id ? -1 : 1))

function refuseDoubles(inventory: Inventory): void {
  for (const name of ['sites', 'links', 'groups'] as const) {
    const seen = new Set<string>()
    for (const { id } of inventory[name]) {
      if (seen.has(id)) throw new Error(`the inventory holds two ${name} with the id ${id}`)
      seen.add(id)
    }
  }
}

function* chunksOf<T>(items: readonly T[]): Generator<T[]> {
  for (let i = 0; i < items.length; i += CHUNK_ROWS) yield items.slice(i, i + CHUNK_ROWS)
}

async function upsertSites(trx: Trx, sites: Site[]): Promise<void> {
  for (const chunk of chunksOf(sites)) {
    await trx
      .insertInto('sites')
      .values(chunk.map(siteRow))
      .onConflict((oc) =>
        oc.column('id').doUpdateSet((eb) => ({
          kind: eb.ref('excluded.kind'),
          ward: eb.ref('excluded.ward'),
          document: eb.ref('excluded.document'),
        })),
      )
      .execute()
  }
}

async function upsertLinks(trx: Trx, links: Link[]): Promise<void> {
  for (const chunk of chunksOf(links)) {
    await trx
      .insertInto('links')
      .values(chunk.map(linkRow))
      .onConflict((oc) =>
        oc.column('id').doUpdateSet((eb) => ({
          kind: eb.ref('excluded.kind'),
          a: eb.ref('excluded.a'),
          b: eb.ref('excluded.b'),
          document: eb.ref('excluded.document'),
        })),
      )
      .execute()
  }
}

/** A group that is there already is replaced whole, its members too. */
async function upsertGroups(trx: Trx, groups: Group[]): Promise<void> {
  for (const chunk of chunksOf(groups)) {
    const ids = chunk.map(({ id }) => id)
    await trx.deleteFrom('groups').where('id', 'in', ids).execute()
    await trx.insertInto('groups').values(chunk.map(groupRow)).execute()
  }
  for (const chunk of chunksOf(groups.flatMap(memberRows))) {
    await trx.insertInto('group_members').values(chunk).execute()
  }
}

async function removeOthers(trx: Trx, inventory: Inventory): Promise<void> {
  const kept = new Set(inventory.sites.map(({ id }) => id))
  const held = await trx.selectFrom('sites').select('id').execute()
  const gone = held.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
  await removeSites(trx, gone)
  await trx.deleteFrom('links').execute()
  await trx.deleteFrom('groups').execute()
}

/** Removes sites and all that hangs on them. */
async function removeSites(trx: Trx, ids: string[]): Promise<void> {
  let accounts = 0n
  for (const chunk of chunksOf(ids)) {
    await trx.deleteFrom('sites').where('id', 'in', chunk).execute()
    const links = await trx
      .selectFrom('links')
      .select('id')
      .where((eb) => eb.or([eb('a', 'in', chunk), eb('b', 'in', chunk)]))
      .execute()
    for (const some of chunksOf(links.map(({ id }) => id))) await removeLinks(trx, some)
    await removeMembers(trx, 'feeder', chunk)
    const removed = await trx
      .deleteFrom('accounts')
      .where('role', '=', 'device')
      .where('username', 'in', chunk)
      .executeTakeFirst()
    accounts += removed.numDeletedRows
  }
  if (accounts > 0n) await raiseRevision(trx, 'accounts')
}

async function removeLinks(trx: Trx, ids: string[]): Promise<void> {
  await trx.deleteFrom('links').where('id', 'in', ids).execute()
  await removeMembers(trx, 'duct', ids)
}

/** Ducts hold links, feeders hold sites; the two kinds of id may coincide. */
async function removeMembers(trx: Trx, kind: Group['kind'], ids: string[]): Promise<void> {
  await trx
    .deleteFrom('group_members')
    .where('member_id', 'in', ids)
    .where('group_id', 'in', (eb) => eb.selectFrom('groups').select('groups.id').where('groups.kind', '=', kind))
    .execute()
}
