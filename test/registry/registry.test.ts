import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Site } from '../../domain/inventory.ts'
import { openRegistry } from '../../store/registry/open.ts'
import type { Registry } from '../../store/registry/port.ts'
import { startPostgres } from '../harness/postgres.ts'
import { accountOf, fibreOf, sensorOf, smallInventory, spanOf } from './fixture.ts'

/** A fresh database, and how to spoil it behind the registry's back. */
interface Place {
  options: { url: string } | { file: string }
  run(sql: string): Promise<void>
}

const dir = await mkdtemp(join(tmpdir(), 'pq-registry-'))
const postgres = await startPostgres()
afterAll(async () => {
  if ('url' in postgres) await postgres.stop()
  await rm(dir, { recursive: true, force: true })
})
let databases = 0

async function sqlitePlace(): Promise<Place> {
  const file = join(dir, `registry-${databases++}.db`)
  return {
    options: { file },
    async run(sql) {
      const database = new Database(file)
      database.exec(sql)
      database.close()
    },
  }
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

async function postgresPlace(): Promise<Place> {
  if (!('url' in postgres)) throw new Error(postgres.skip)
  const name = `registry_${databases++}`
  await ask(postgres.url, `create database ${name}`)
  const url = postgres.url.replace(/postgres$/, name)
  return { options: { url }, run: (sql) => ask(url, sql) }
}

if ('skip' in postgres) it.skip(`the registry on PostgreSQL: ${postgres.skip}`, () => undefined)

for (const [database, place] of [
  ['SQLite', sqlitePlace],
  ['PostgreSQL', postgresPlace],
] as const) {
  describe.skipIf(database === 'PostgreSQL' && 'skip' in postgres)(`a registry on ${database}`, () => {
    let where: Place
    let registry: Registry
    beforeEach(async () => {
      where = await place()
      registry = await openRegistry(where.options)
    })
    afterEach(() => registry.close())

    it('is empty at first', async () => {
      expect(await registry.sites()).toEqual([])
      expect(await registry.links()).toEqual([])
      expect(await registry.groups()).toEqual([])
      expect(await registry.accounts()).toEqual([])
      expect(await registry.site('x')).toBeUndefined()
      expect(await registry.account('x')).toBeUndefined()
      expect(await registry.revisions()).toEqual({ inventory: 0, accounts: 0 })
    })

    it('answers an inventory as it was imported, in the order of ids, members in their own', async () => {
      const inventory = smallInventory()
      await registry.importInventory({ ...inventory, sites: inventory.sites.toReversed() }, { replace: true })
      expect(await registry.sites()).toEqual(inventory.sites)
      expect(await registry.links()).toEqual(inventory.links)
      expect(await registry.groups()).toEqual(inventory.groups)
      expect(await registry.site('s1')).toEqual(sensorOf('s1'))
    })

    it('sorts ids alike whatever the locale of the database', async () => {
      const ids = ['B-1', 'a-1', 'a.1', 'a_1', 'b', 'bts-10', 'bts-2']
      for (const id of ids.toReversed()) await registry.putSite(sensorOf(id))
      expect((await registry.sites()).map(({ id }) => id)).toEqual(ids.toSorted())
    })

    it('keeps what an import without replacing does not hold, and overwrites what it does', async () => {
      await registry.importInventory(smallInventory(), { replace: true })
      const group = { id: 'duct', kind: 'duct', name: 'Mới', members: ['l1'] } as const
      const next = { sites: [sensorOf('s1', { name: 'Đổi tên' })], links: [], groups: [{ ...group, members: ['l1'] }] }
      await registry.importInventory(next, { replace: false })
      expect((await registry.sites()).map(({ name }) => name)).toEqual(['Nút f1', 'Nút f2', 'Nút f3', 'Đổi tên'])
      expect(await registry.links()).toHaveLength(2)
      expect((await registry.groups()).map(({ members }) => members)).toEqual([['l1'], ['f3', 'f1', 's1'], []])
    })

    it('removes what a replacing import does not hold, and the credentials of sites that went', async () => {
      await registry.importInventory(smallInventory(), { replace: true })
      for (const name of ['f1', 's1']) await registry.putAccount(accountOf(name))
      await registry.putAccount(accountOf('f2', { role: 'integration' }))
      await registry.importInventory({ sites: [fibreOf('f1')], links: [], groups: [] }, { replace: true })
      expect(await registry.sites()).toEqual([fibreOf('f1')])
      expect(await registry.links()).toEqual([])
      expect(await registry.groups()).toEqual([])
      expect((await registry.accounts()).map(({ username }) => username)).toEqual(['f1', 'f2'])
    })

    it('imports all or nothing', async () => {
      await registry.importInventory(smallInventory(), { replace: true })
      const before = await registry.revisions()
      const broken = {
        ...smallInventory(),
        sites: [sensorOf('new'), { ...sensorOf('x'), kind: null } as unknown as Site],
      }
      await expect(registry.importInventory(broken, { replace: true })).rejects.toThrow()
      const doubled = { ...smallInventory(), sites: [sensorOf('twice'), sensorOf('twice')] }
      await expect(registry.importInventory(doubled, { replace: true })).rejects.toThrow('two sites with the id twice')
      expect(await registry.sites()).toEqual(smallInventory().sites)
      expect(await registry.revisions()).toEqual(before)
    })

    it('imports 20,000 sites in seconds', async () => {
      const sites = Array.from({ length: 20_000 }, (_, i) => sensorOf(`s-${i}`))
      const links = sites.slice(1, 2000).map(({ id }, i) => spanOf(`l-${i}`, 's-0', id))
      const members = links.map(({ id }) => id)
      const groups = [{ id: 'duct', kind: 'duct', name: 'Cống', members } as const]
      const inventory = { sites, links, groups: groups.map((group) => ({ ...group })) }
      const started = performance.now()
      await registry.importInventory(inventory, { replace: true })
      expect(performance.now() - started).toBeLessThan(30_000)
      expect(await registry.sites()).toHaveLength(20_000)
      expect((await registry.groups())[0]?.members).toEqual(members)
    }, 60_000)

    it('deletes a site with its links, memberships and credential, and nothing of the same name elsewhere', async () => {
      const inventory = smallInventory()
      inventory.groups.push({ id: 'namesake', kind: 'duct', name: 'Trùng tên', members: ['f1'] })
      await registry.importInventory(inventory, { replace: true })
      await registry.putAccount(accountOf('f1'))
      expect(await registry.deleteSite('f1')).toBe(true)
      expect(await registry.deleteSite('f1')).toBe(false)
      expect((await registry.sites()).map(({ id }) => id)).toEqual(['f2', 'f3', 's1'])
      expect((await registry.links()).map(({ id }) => id)).toEqual(['l2'])
      const members = (await registry.groups()).map((group) => [group.id, group.members])
      expect(Object.fromEntries(members)).toEqual({
        duct: ['l2'],
        feeder: ['f3', 's1'],
        substation: [],
        namesake: ['f1'],
      })
      expect(await registry.account('f1')).toBeUndefined()
    })

    it('puts and deletes links', async () => {
      await registry.importInventory(smallInventory(), { replace: true })
      await registry.putLink({ ...spanOf('l1', 'f1', 'f3'), length_km: 4.5 })
      await registry.putLink(spanOf('l0', 'f1', 'f2'))
      expect((await registry.links()).map(({ id, b }) => [id, b])).toEqual([
        ['l0', 'f2'],
        ['l1', 'f3'],
        ['l2', 'f3'],
      ])
      expect(await registry.deleteLink('l1')).toBe(true)
      expect(await registry.deleteLink('l1')).toBe(false)
      expect((await registry.groups()).find(({ id }) => id === 'duct')?.members).toEqual(['l2'])
    })

    it('keeps accounts as they were put', async () => {
      const integration = accountOf('node-red', {
        role: 'integration',
        readFilters: ['pq/v1/#'],
        writeFilters: ['a/+', 'b'],
      })
      await registry.putAccount(integration)
      await registry.putAccount(accountOf('s1'))
      await registry.putAccount(accountOf('s1', { secretHash: 'cc' }))
      expect(await registry.account('node-red')).toEqual(integration)
      expect(await registry.accounts()).toEqual([integration, accountOf('s1', { secretHash: 'cc' })])
      expect(await registry.deleteAccount('s1')).toBe(true)
      expect(await registry.deleteAccount('s1')).toBe(false)
      expect(await registry.account('s1')).toBeUndefined()
    })

    it('answers a storm of look-ups, each its own account', async () => {
      for (let i = 0; i < 20; i++) await registry.putAccount(accountOf(`s-${i}`, { createdAt: i }))
      const asked = Array.from({ length: 5000 }, (_, i) => `s-${i % 500}`)
      const answers = await Promise.all(asked.map((name) => registry.account(name)))
      expect(answers.map((account) => account?.createdAt)).toEqual(
        asked.map((_, i) => (i % 500 < 20 ? i % 500 : undefined)),
      )
    })

    it('raises the revision of what changed, once a change, for every opener', async () => {
      const other = await openRegistry(where.options)
      await registry.importInventory(smallInventory(), { replace: true })
      expect(await other.revisions()).toEqual({ inventory: 1, accounts: 0 })
      await other.putAccount(accountOf('f1'))
      expect(await registry.revisions()).toEqual({ inventory: 1, accounts: 1 })
      await registry.deleteSite('f1')
      expect(await other.revisions()).toEqual({ inventory: 2, accounts: 2 })
      await registry.deleteSite('f1')
      await registry.deleteAccount('nobody')
      expect(await other.revisions()).toEqual({ inventory: 2, accounts: 2 })
      await other.close()
    })

    it('loses no change when several write at once', async () => {
      const others = await Promise.all([openRegistry(where.options), openRegistry(where.options)])
      await Promise.all(
        [registry, ...others].flatMap((one, i) =>
          Array.from({ length: 15 }, (_, n) => one.putSite(sensorOf(n % 3 === 0 ? 'shared' : `s-${i}-${n}`))),
        ),
      )
      expect(await registry.revisions()).toEqual({ inventory: 45, accounts: 0 })
      expect(await registry.sites()).toHaveLength(31)
      await Promise.all(others.map((one) => one.close()))
    })

    it('is made once when several open it at once', async () => {
      const fresh = await place()
      const all = await Promise.all(Array.from({ length: 4 }, () => openRegistry(fresh.options)))
      await all[0]?.putSite(sensorOf('s1'))
      for (const one of all) expect(await one.revisions()).toEqual({ inventory: 1, accounts: 0 })
      await Promise.all(all.map((one) => one.close()))
    })

    it('keeps facts', async () => {
      expect(await registry.getFact('past')).toBeUndefined()
      await registry.setFact('past', 'begun')
      await registry.setFact('past', 'done')
      await registry.close()
      registry = await openRegistry(where.options)
      expect(await registry.getFact('past')).toBe('done')
    })

    it('names a row that no longer parses', async () => {
      await registry.importInventory(smallInventory(), { replace: true })
      await registry.putAccount(accountOf('s1'))
      await where.run(`update sites set document = '{"id":"s1","kind":"sensor"}' where id = 's1'`)
      await where.run(`update links set document = 'nonsense' where id = 'l1'`)
      await where.run(`update accounts set role = 'king' where username = 's1'`)
      await expect(registry.sites()).rejects.toThrow(/sites row "s1" does not parse: .*name/)
      await expect(registry.links()).rejects.toThrow(/links row "l1" is not JSON/)
      await registry.putAccount(accountOf('f1'))
      const both = await Promise.allSettled([registry.account('s1'), registry.account('f1')])
      expect(both).toMatchObject([
        { reason: new Error('registry: accounts row "s1" does not parse: role: Invalid input') },
        { value: accountOf('f1') },
      ])
    })

    it('of a newer release is refused', async () => {
      await where.run(
        `insert into kysely_migration (name, timestamp) values ('2099-01-01-later', '2099-01-01T00:00:00Z')`,
      )
      await expect(openRegistry(where.options)).rejects.toThrow(/newer release/)
    })
  })
}
