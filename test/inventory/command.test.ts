import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Inventory } from '../../domain/inventory.ts'
import { formatInventory, parseInventory } from '../../domain/inventory-file.ts'
import { openDataFolder } from '../../infra/data-folder.ts'
import { DEMO_DIR } from '../../infra/inventory/files.ts'
import { openRegistry } from '../../store/registry/open.ts'
import type { Registry } from '../../store/registry/port.ts'
import { newDataDir, removeData, runCli } from '../harness/platform.ts'

/** The registry stays open as it does in a running platform. */
let dir: string
let registry: Registry
beforeAll(async () => {
  dir = await newDataDir()
  const { registryFile } = await openDataFolder(join(dir, 'data'), { create: true })
  registry = await openRegistry({ file: registryFile })
})
afterAll(async () => {
  await registry.close()
  await removeData(dir)
})

const run = (...args: string[]) => {
  const { DATABASE_URL: _url, ...env } = process.env
  return runCli('inventory', args, { ...env, PQ_DATA_DIR: join(dir, 'data') })
}
const counts = async () => [(await registry.sites()).length, (await registry.links()).length]

describe('the inventory command', () => {
  it('loads beside an open registry, and a second time finds nothing to do', async () => {
    const before = (await registry.revisions()).inventory
    const loaded = await run('import', DEMO_DIR)
    expect(loaded.code).toBe(0)
    expect(await counts()).toEqual([990, 1017])
    expect((await registry.revisions()).inventory).toBeGreaterThan(before)
    const again = await run('import', DEMO_DIR)
    expect(again.stdout).toContain('0 added, 0 changed, 0 removed, 2038 unchanged')
    expect(again.stdout.split('\n').length).toBeLessThan(30)
  }, 60_000)

  it('names line and field of a bad row, loads nothing of the file and fails', async () => {
    const text = await readFile(join(DEMO_DIR, 'services.geojson'), 'utf8')
    const file = join(dir, 'bad.geojson')
    const lines = text.split('\n')
    lines[2] = (lines[2] ?? '').replace(/"name":"[^"]*"/, '"name":"Đổi tên"')
    lines[4] = (lines[4] ?? '').replace('"interval_s":60', '"interval_s":-60')
    await writeFile(file, lines.join('\n'))
    const { code, stdout } = await run('import', file)
    expect(code).toBe(1)
    expect(stdout).toContain('one error, nothing was loaded')
    expect(stdout).toMatch(/bad\.geojson:5: D-[A-Z0-9]+-\d+ interval_s: /)
    expect((await registry.sites()).some(({ name }) => name === 'Đổi tên')).toBe(false)
    const { code: other, stderr } = await run('import', join(dir, 'none.geojson'))
    expect(other).not.toBe(0)
    expect(stderr).toContain('there is no file')
  }, 60_000)

  it('shows a change with the old and the new, and with --replace what goes', async () => {
    const file = join(dir, 'one.csv')
    const [service] = (await registry.sites()).filter(({ kind }) => kind === 'service')
    await writeFile(
      file,
      `kind,id,name,lon,lat,system\nservice,${service?.id},Tên mới,${service?.position.lon},${service?.position.lat},school\n`,
    )
    const { stdout } = await run('import', file, '--dry-run')
    expect(stdout).toContain(`name ${JSON.stringify(service?.name)} → "Tên mới"`)
    expect(stdout).toContain('would be: 0 added, 1 changed, 0 removed, 0 unchanged')
    expect((await registry.site(service?.id ?? ''))?.name).toBe(service?.name)
    const [feeder] = (await registry.groups()).filter(({ members }) => members.length > 3)
    const group = { ...feeder, members: feeder?.members.slice(1) } as Inventory['groups'][number]
    const groups = join(dir, 'groups.geojson')
    await writeFile(groups, formatInventory({ sites: [], links: [], groups: [group] }))
    expect((await run('import', groups, '--dry-run')).stdout).toContain(`${group.id}: members −${feeder?.members[0]}\n`)
    const replaced = await run('import', file, '--replace', '--dry-run')
    expect(replaced.stdout).toContain('2037 removed')
  }, 60_000)

  it('exports what it holds in both formats, and generates a city to standard output', async () => {
    const out = join(dir, 'all.csv')
    expect((await run('export', '--out', out)).code).toBe(0)
    const same = await run('import', out, '--dry-run', '--replace')
    expect(same.stdout).toContain('would be: 0 added, 0 changed, 0 removed, 2038 unchanged')
    const { stdout } = await run('export')
    expect(parseInventory(stdout).inventory.sites).toHaveLength(990)
    const nowhere = await run('export', '--out', join(dir, 'nowhere', 'all.csv'))
    expect([nowhere.code, nowhere.stderr.split('\n')[0]]).toEqual([2, expect.stringContaining("can't be written")])
    const city = await run('generate', '--sites', '320', '--seed', '9')
    expect(parseInventory(city.stdout).inventory.sites).toHaveLength(320)
  }, 90_000)
})
