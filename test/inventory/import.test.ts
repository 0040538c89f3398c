import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Inventory } from '../../domain/inventory.ts'
import { formatInventory } from '../../domain/inventory-file.ts'
import { formatCsv } from '../../infra/inventory/csv.ts'
import { fillRegistry } from '../../infra/inventory/fill.ts'
import { currentInventory, planImport } from '../../infra/inventory/load.ts'
import { openRegistry } from '../../store/registry/open.ts'
import type { Registry } from '../../store/registry/port.ts'
import { newDataDir, removeData } from '../harness/platform.ts'

/** Two fibre nodes, a mast, a sensor and all that joins them: in Dương Đông. */
const CITY: Inventory = {
  sites: [
    {
      kind: 'fibre',
      id: 'F-1',
      name: 'Nút 1',
      position: { lon: 103.9605, lat: 10.2168 },
      transit: true,
      interval_s: 30,
      ward: 'duong-dong',
    },
    {
      kind: 'fibre',
      id: 'F-2',
      name: 'Nút 2',
      position: { lon: 103.965, lat: 10.215 },
      transit: true,
      interval_s: 30,
      ward: 'duong-dong',
    },
    {
      kind: 'bts',
      id: 'B-1',
      name: 'Trạm 1',
      position: { lon: 103.962, lat: 10.217 },
      transit: false,
      interval_s: 60,
      ward: 'duong-dong',
      sectors: [1, 2].map((direction) => ({
        id: `4g-${direction}`,
        technology: '4g' as const,
        direction,
        band: 'B3',
        frequency_mhz: 1850,
        bandwidth_mhz: 20,
        height_m: 30,
        azimuth_deg: 120 * direction,
        electrical_tilt_deg: 4,
        mechanical_tilt_deg: 0,
        power_dbm: 46,
        gain_dbi: 17.5,
        beamwidth_deg: 65,
      })),
    },
    {
      kind: 'sensor',
      id: 'S-1',
      name: 'Mưa 1',
      position: { lon: 103.961, lat: 10.218 },
      transit: false,
      interval_s: 300,
      ward: 'duong-dong',
      measures: ['rain_mm'],
    },
  ],
  links: [
    { id: 'SP-1', kind: 'span', a: 'F-1', b: 'F-2' },
    { id: 'SB-1', kind: 'served-by', a: 'B-1', b: 'F-1' },
  ],
  groups: [
    { id: 'D-1', kind: 'duct', name: 'Cống 1', members: ['SP-1'] },
    { id: 'P-1', kind: 'feeder', name: 'Trạm điện', members: [] },
    { id: 'P-2', kind: 'feeder', name: 'Xuất tuyến', members: ['B-1', 'F-1'], parent: 'P-1' },
  ],
}

/** As the registry gives it: by id. */
const sorted = ({ sites, links, groups }: Inventory): Inventory => {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
  return { sites: sites.toSorted(byId), links: links.toSorted(byId), groups: groups.toSorted(byId) }
}

let dir: string
let registry: Registry
let n = 0
const openFresh = async () => {
  registry = await openRegistry({ file: join(dir, `registry-${n++}.db`) })
}
beforeAll(async () => {
  dir = await newDataDir()
})
afterAll(() => removeData(dir))

async function fileOf(text: string, name = 'city.geojson'): Promise<string> {
  const folder = join(dir, `file-${n++}`)
  await mkdir(folder)
  await writeFile(join(folder, name), text)
  return join(folder, name)
}
const plan = (path: string, replace = false) => planImport(registry, path, { replace })

const geojson = formatInventory(CITY)
const csv = formatCsv(CITY)

/** The file as somebody edits it, and the line of what they wrote, from 1. */
function edited(text: string, from: string, to: string, mark = to): { text: string; line: number } {
  const changed = text.replace(from, () => to)
  const line = changed.split('\n').findIndex((row) => row.includes(mark)) + 1
  if (changed === text || line === 0) throw new Error(`${from} or ${mark} does not stand in the file`)
  return { text: changed, line }
}

type Case = [what: string, from: string, to: string, id: string | null, path: string, mark?: string]

const GEOJSON_CASES: Case[] = [
  ['a word for a number', '"gain_dbi":17.5', '"gain_dbi":"17.5"', 'B-1', 'sectors[0].gain_dbi'],
  ['a number out of range', '"azimuth_deg":240', '"azimuth_deg":420', 'B-1', 'sectors[1].azimuth_deg'],
  ['an unknown kind', '"kind":"sensor"', '"kind":"camera"', 'S-1', 'kind'],
  ['no name', '"name":"Mưa 1",', '', 'S-1', 'name', '"S-1"'],
  ['an empty name', '"name":"Mưa 1"', '"name":"  "', 'S-1', 'name'],
  ['an unknown field', '"measures"', '"colour":"red","measures"', 'S-1', 'colour'],
  ['swapped coordinates', '[103.961,10.218]', '[10.218,103.961]', 'S-1', 'geometry.coordinates[1]'],
  ['a position far away', '[103.961,10.218]', '[10.218,10.961]', 'S-1', 'position'],
  [
    'a place that is a line',
    '"type":"Point","coordinates":[103.961,10.218]',
    '"type":"LineString","coordinates":[[1,1],[2,2]]',
    'S-1',
    'geometry',
    '"S-1"',
  ],
  [
    'a place that is an area',
    '"type":"Point","coordinates":[103.961,10.218]',
    '"type":"Polygon","coordinates":[[[1,1]]]',
    'S-1',
    'geometry',
  ],
  ['a place that is nowhere', '{"type":"Point","coordinates":[103.961,10.218]}', 'null', 'S-1', 'geometry', '"S-1"'],
  ['a metric that is none', '"rain_mm"', '"rain_inches"', 'S-1', 'measures[0]'],
  [
    'an id of two rows',
    '"id":"SP-1","geometry":null,"properties":{"id":"SP-1"',
    '"id":"F-1","geometry":null,"properties":{"id":"F-1"',
    'F-1',
    'id',
  ],
  ['a link that ends nowhere', '"a":"B-1"', '"a":"B-9"', 'SB-1', 'a'],
  ['a link to itself', '"b":"F-2"', '"b":"F-1"', 'SP-1', 'b', '"SP-1"'],
  ['a member that is not there', '\n"B-1"', '\n"B-9"', 'P-2', 'members[0]', '"P-2"'],
  ['a duct of sites', '[\n"SP-1"', '[\n"F-1"', 'D-1', 'members[0]', '"D-1"'],
  ['a parent that is not there', '"parent":"P-1"', '"parent":"P-9"', 'P-2', 'parent'],
  ['a parent that is itself', '"parent":"P-1"', '"parent":"P-2"', 'P-2', 'parent'],
  ['a parent that is a duct', '"parent":"P-1"', '"parent":"D-1"', 'P-2', 'parent'],
]

const CSV_CASES: Case[] = [
  ['a word for a number', 'sensor,S-1,,Mưa 1,,duong-dong,103.961', 'sensor,S-1,,Mưa 1,,duong-dong,east', 'S-1', 'lon'],
  ['a decimal comma', 'sensor,S-1,,Mưa 1,,duong-dong,103.961', 'sensor,S-1,,Mưa 1,,duong-dong,"103,961"', 'S-1', 'lon'],
  ['a number out of range', '30,240,4', '30,420,4', 'B-1', 'azimuth_deg'],
  ['an unknown kind', 'sensor,S-1', 'camera,S-1', 'S-1', 'kind'],
  ['no name', 'sensor,S-1,,Mưa 1', 'sensor,S-1,,', 'S-1', 'name'],
  ['a field of another kind', 'sensor,S-1,,', 'sensor,S-1,F-1,', 'S-1', 'site'],
  ['an id of two rows', 'span,SP-1', 'span,F-1', 'F-1', 'id'],
  ['a sector of no station', 'sector,4g-2,B-1', 'sector,4g-2,B-9', '4g-2', 'site'],
  ['a member that is not there', 'SP-1,,\n', 'SP-9,,\n', 'D-1', 'members[0]', 'SP-9'],
  ['an unknown column', 'power_dbm,', 'power_kw,', null, 'power_kw'],
  ['a column twice', 'power_dbm,', 'lon,', null, 'lon', 'kind,'],
  ['a cell too many', 'sensor,S-1,', 'sensor,,S-1,', null, ''],
]

/** A cell of two lines before the row at fault: lines are counted, not rows. */
const long = csv.replace('Nút 2', '"Nút\r\n2"')

describe.each([
  ['GeoJSON', 'city.geojson', geojson, GEOJSON_CASES],
  ['GeoJSON as Windows writes it', 'city.json', `\uFEFF${geojson.replaceAll('\n', '\r\n')}`, GEOJSON_CASES],
  ['CSV', 'city.csv', csv, CSV_CASES],
  ['CSV as Windows writes it', 'city.CSV', `\uFEFF${csv.replaceAll('\n', '\r\n')}`, CSV_CASES],
  ['CSV with a cell of two lines', 'city.csv', long, CSV_CASES.filter(([what]) => !what.includes('colum'))],
])('a bad row of %s', (_, name, original, cases) => {
  // Nothing is written: one registry does for all.
  beforeAll(openFresh)
  afterAll(() => registry.close())
  const lineEnd = original.includes('\r\n') && name !== 'city.csv' ? '\r\n' : '\n'
  it.each(cases)('that has %s is named by line, id and field', async (_, from, to, id, path, mark) => {
    const [before, after] = [from, to].map((part) => part.replaceAll('\n', lineEnd)) as [string, string]
    const { text, line } = edited(original, before, after, mark ?? after.trim())
    const file = await fileOf(text, name)
    const { errors } = await plan(file)
    expect(errors.map((error) => [error.file, error.line, error.id, error.path])).toEqual([[file, line, id, path]])
    expect(errors[0]?.message).toMatch(/\w{2}/)
    expect(errors[0]?.message).not.toBe('Invalid input')
  })
})

describe('an import', () => {
  beforeEach(openFresh)
  afterEach(() => registry.close())
  const load = async (path: string, replace = false) => {
    const { incoming, errors } = await plan(path, replace)
    expect(errors).toEqual([])
    await registry.importInventory(incoming, { replace })
  }
  const without = (id: string): Inventory => ({
    sites: CITY.sites.filter((site) => site.id !== id),
    links: CITY.links.filter(({ a, b }) => a !== id && b !== id),
    groups: CITY.groups.map((group) => ({ ...group, members: group.members.filter((member) => member !== id) })),
  })

  it('loads the same from either format, and tells each row that it adds', async () => {
    const first = await plan(await fileOf(geojson))
    expect(first.diff.unchanged).toBe(0)
    expect(first.diff.changes.map(({ change, id }) => `${change} ${id}`)).toEqual(
      [...CITY.sites, ...CITY.links, ...CITY.groups].map(({ id }) => `added ${id}`),
    )
    await load(await fileOf(geojson))
    expect(await currentInventory(registry)).toEqual(sorted(CITY))
    const again = await plan(await fileOf(csv, 'city.csv'))
    expect([again.errors, again.diff]).toEqual([[], { changes: [], unchanged: 9 }])
  })

  it('judges references by what will be there: rows of the registry count, unless they are replaced', async () => {
    const link = { ...CITY.links[0], id: 'SP-2' } as Inventory['links'][number]
    const path = await fileOf(formatInventory({ sites: [], links: [link], groups: [] }))
    expect((await plan(path)).errors.map((error) => error.path)).toEqual(['a', 'b'])
    await load(await fileOf(geojson))
    expect((await plan(path)).errors).toEqual([])
    expect((await plan(path, true)).errors.map((error) => error.path)).toEqual(['a', 'b'])
  })

  it('takes away with replace what the file lacks, with all that hangs on it, and only then', async () => {
    await load(await fileOf(geojson))
    const path = await fileOf(formatInventory(without('B-1')))
    expect((await plan(path)).diff.changes.map(({ change, id }) => `${change} ${id}`)).toEqual(['changed P-2'])
    expect((await plan(path, true)).diff.changes.map(({ change, id }) => `${change} ${id}`)).toEqual([
      'removed B-1',
      'removed SB-1',
      'changed P-2',
    ])
    await load(path, true)
    expect(await currentInventory(registry)).toEqual(sorted(without('B-1')))
  })

  it('that the registry breaks off leaves nothing behind', async () => {
    await load(await fileOf(geojson))
    const before = await currentInventory(registry)
    const revision = (await registry.revisions()).inventory
    const sites = [
      { ...CITY.sites[0], id: 'F-3' },
      { ...CITY.sites[0], id: 'F-4', kind: null },
    ] as unknown as Inventory['sites']
    const broken = registry.importInventory({ sites, links: [], groups: [] }, { replace: true })
    await expect(broken).rejects.toThrow()
    expect(await currentInventory(registry)).toEqual(before)
    expect((await registry.revisions()).inventory).toBe(revision)
  })

  it('names a text that is no GeoJSON by the line where it ends to be, and reads nothing of it', async () => {
    const cut = geojson.slice(0, geojson.indexOf('"S-1"'))
    const { incoming, errors } = await plan(await fileOf(cut))
    expect(incoming.sites).toEqual([])
    expect(errors).toMatchObject([{ line: 8, id: null }])
    for (const [text, name] of [
      ['', 'a.json'],
      ['[]', 'b.json'],
      ['', 'c.csv'],
      ['nonsense', 'd.csv'],
      ['"', 'e.csv'],
    ] as const)
      expect((await plan(await fileOf(text, name))).errors, name).toMatchObject([{ line: 1, id: null }])
  })

  it('refuses a file that is too large before it reads it', async () => {
    const path = await fileOf('')
    await truncate(path, 300 * 1024 * 1024)
    await expect(plan(path)).rejects.toThrow(/larger than 256 MiB/)
  })
})

describe('a first start', () => {
  beforeEach(openFresh)
  afterEach(() => registry.close())
  const log = pino({ level: 'silent' })

  it('fills an empty registry from a file, and leaves a filled one alone', async () => {
    await fillRegistry(registry, 'none', log)
    expect(await registry.sites()).toEqual([])
    await fillRegistry(registry, await fileOf(geojson), log)
    expect(await currentInventory(registry)).toEqual(sorted(CITY))
    await fillRegistry(registry, 'demo', log)
    expect(await registry.sites()).toHaveLength(4)
  })

  it('names the setting and the rows of a bad file, and what it accepts when there is none', async () => {
    const { text, line } = edited(geojson, '"interval_s":300', '"interval_s":0')
    const bad = await fileOf(text)
    await expect(fillRegistry(registry, bad, log)).rejects.toThrow(
      new RegExp(`^PQ_INVENTORY: .* has one bad row, nothing was loaded\n {2}${bad}:${line}: S-1 interval_s: `),
    )
    await expect(fillRegistry(registry, join(dir, 'gone.csv'), log)).rejects.toThrow(
      /^PQ_INVENTORY=".*gone\.csv" .*demo, none or a file/,
    )
    expect(await registry.sites()).toEqual([])
  })
})
