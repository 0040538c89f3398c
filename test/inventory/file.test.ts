import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Inventory, SiteOfKind } from '../../domain/inventory.ts'
import { checkReferences, diffInventory, mergeInventory } from '../../domain/inventory-diff.ts'
import { formatInventory, parseInventory } from '../../domain/inventory-file.ts'
import { faultIn } from '../../domain/json-fault.ts'
import { createLineCounter, locate, rootAt } from '../../domain/json-text.ts'
import { createGeography } from '../../infra/geo/geography.ts'
import { readLayers } from '../../infra/geo/layers.ts'
import { completeBy } from '../../infra/inventory/complete.ts'
import { formatCsv, parseCsv } from '../../infra/inventory/csv.ts'
import { DEMO_DIR, readInventory } from '../../infra/inventory/files.ts'
import { newDataDir, removeData } from '../harness/platform.ts'

let demo: Inventory
let dir: string
beforeAll(async () => {
  demo = (await readInventory(DEMO_DIR)).inventory
  dir = await newDataDir()
})
afterAll(() => removeData(dir))

const sensor = {
  kind: 'sensor',
  name: 'Đo mưa',
  ward: null,
  transit: false,
  interval_s: 300,
  measures: ['rain_mm'],
}
const point = (lon: unknown, lat: unknown) => ({ type: 'Point', coordinates: [lon, lat] })
const feature = (id: string, properties: object, geometry: object | null = point(104, 10.2)) => ({
  type: 'Feature',
  id,
  geometry,
  properties,
})
const fileOf = (...features: object[]) =>
  `{"type":"FeatureCollection","features":[\n${features.map((f) => JSON.stringify(f)).join(',\n')}\n]}`

describe('an inventory as GeoJSON', () => {
  it('comes back as it was written, and the text too', () => {
    const text = formatInventory(demo, 'a note')
    const { inventory, errors } = parseInventory(text)
    expect(errors).toEqual([])
    expect(inventory).toEqual(demo)
    expect(formatInventory(inventory, 'a note') === text).toBe(true)
  })

  it('shows the change of one sector as the change of one line', () => {
    const station = demo.sites.find((site) => site.kind === 'bts') as SiteOfKind<'bts'>
    const turned = structuredClone(station)
    if (turned.sectors[4]) turned.sectors[4].azimuth_deg = 7
    const [before, after] = [station, turned].map((site) =>
      formatInventory({ sites: [site], links: [], groups: [] }).split('\n'),
    )
    expect(after?.filter((line, i) => line !== before?.[i])).toHaveLength(1)
    expect(after).toHaveLength(before?.length ?? 0)
  })

  it('has each bad row named by the line and the name of its field', () => {
    const text = fileOf(
      feature('S-1', sensor),
      feature('S-2', { ...sensor, interval_s: 'often' }),
      feature('S-3', sensor, point(104, 210)),
      feature('S-4', { ...sensor, colour: 'red' }),
      feature('S-5', { ...sensor, kind: 'lighthouse' }),
      feature('S 6', sensor),
      feature('S-1', sensor),
      { type: 'Feature', id: 'S-8', geometry: point(104, 10) },
      feature('S-9', { ...sensor, id: 'S-10' }),
      feature('S-11', sensor, { type: 'Polygon', coordinates: [] }),
    )
    const { inventory, errors } = parseInventory(text)
    expect(inventory.sites.map(({ id }) => id)).toEqual(['S-1'])
    expect(errors.map(({ line, id, path }) => [line, id, path])).toEqual([
      [3, 'S-2', 'interval_s'],
      [4, 'S-3', 'geometry.coordinates[1]'],
      [5, 'S-4', 'colour'],
      [6, 'S-5', 'kind'],
      [7, 'S 6', 'id'],
      [8, 'S-1', 'id'],
      [9, null, ''],
      [10, 'S-9', 'id'],
      [11, 'S-11', 'geometry'],
    ])
    expect(errors[5]?.message).toBe('stands already on line 2')
  })

  it('has the line of the field itself named in a file that is spread over lines', () => {
    const station = structuredClone(demo.sites.find((site) => site.kind === 'bts')) as SiteOfKind<'bts'>
    if (station.sectors[2]) station.sectors[2].power_dbm = 900
    const text = JSON.stringify(
      { ...JSON.parse(formatInventory({ sites: [station], links: [], groups: [] })), crs: { a: [{ b: {} }] } },
      null,
      2,
    )
    const { errors } = parseInventory(text)
    expect(errors).toHaveLength(1)
    expect(errors[0]?.path).toBe('sectors[2].power_dbm')
    expect(text.split('\n')[(errors[0]?.line ?? 0) - 1]?.trim()).toBe('"power_dbm": 900,')
  })

  it('is not misled by foreign members before the features', () => {
    const crs = '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}'
    const text = fileOf(feature('S-1', { ...sensor, transit: 'no' })).replace('"features"', `${crs},\n\n"features"`)
    expect(parseInventory(text).errors).toMatchObject([{ line: 4, id: 'S-1', path: 'transit' }])
  })

  it('says where it stops being JSON, and that something else is no collection', () => {
    expect(parseInventory('{"type":"FeatureCollection",\n"features":[\n}').errors).toMatchObject([{ line: 3 }])
    const text = fileOf(feature('S-1', sensor), feature('S-2', sensor))
    expect(parseInventory(text.replace('"S-2",', '"S-2"')).errors).toMatchObject([{ line: 3, path: '' }])
    expect(parseInventory(text.slice(0, -1)).errors).toMatchObject([{ line: 4 }])
    for (const text of ['[]', '{}', 'null', '"x"', '{"type":"FeatureCollection","features":{}}'])
      expect(parseInventory(text).errors[0]?.message).toContain('FeatureCollection')
    expect(parseInventory('').errors).toHaveLength(1)
  })

  it('is not brought down by depth, length or repetition', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const long = 'x'.repeat(3_000_000)
    expect(parseInventory(deep).errors).toHaveLength(1)
    expect(parseInventory(fileOf(feature('S-1', { ...sensor, name: long }))).errors).toMatchObject([{ path: 'name' }])
    const twins = structuredClone(demo.sites.find((site) => site.kind === 'bts')) as SiteOfKind<'bts'>
    twins.sectors.push(...structuredClone(twins.sectors.slice(0, 1)))
    const { errors } = parseInventory(formatInventory({ sites: [twins], links: [], groups: [] }))
    expect(errors.map(({ path }) => path)).toEqual([`sectors[${twins.sectors.length - 1}].id`])
    twins.sectors = Array.from({ length: 200 }, () => twins.sectors[0] as (typeof twins.sectors)[number])
    const many = parseInventory(formatInventory({ sites: [twins], links: [], groups: [] }))
    expect(many.errors).toMatchObject([{ path: 'sectors', message: '200 sectors; at most 120' }])
  })

  it('fills in ward, interval and transit where a row leaves them out, and never overrules it', () => {
    const complete = completeBy(createGeography(readLayers()))
    const { ward: _ward, transit: _transit, interval_s: _interval, ...bare } = sensor
    const text = fileOf(
      feature('S-1', bare, point(103.9605, 10.2168)),
      feature('S-2', bare, point(103.7, 10.2)),
      feature('S-3', { ...sensor, ward: 'an-thoi', interval_s: 10 }, point(103.9605, 10.2168)),
    )
    const { inventory, errors } = parseInventory(text, complete)
    expect(errors).toEqual([])
    expect(inventory.sites.map(({ ward, interval_s }) => [ward, interval_s])).toEqual([
      ['duong-dong', 300],
      [null, 300],
      ['an-thoi', 10],
    ])
  })
})

/** A value with all that is in it, each with the way to it. */
function* partsOf(value: unknown, path: PropertyKey[]): Generator<[PropertyKey[], unknown]> {
  yield [path, value]
  if (value === null || typeof value !== 'object') return
  const inner = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [key, part] of inner) yield* partsOf(part, [...path, key])
}

describe('places in a JSON text', () => {
  it('are found for every path of any value, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, 2), (value, spaces) => {
        const text = JSON.stringify(value, null, spaces)
        for (const [path, part] of partsOf(JSON.parse(text), [])) {
          const at = locate(text, rootAt(text), path)
          const shown = JSON.stringify(part, null, spaces).split('\n')[0] as string
          expect(text.slice(at, at + shown.length)).toBe(shown)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('where it stops being JSON are found just when the engine finds a fault', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', '}', '0', '\\', '\n', 'x', '['))
      .map(([json, at, junk]) => {
        const cut = at % (json.length + 1)
        return json.slice(0, cut) + junk + json.slice(cut + (junk === '' ? 1 : 0))
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), broken), (text) => {
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        expect(faultIn(text) === undefined).toBe(isJson)
      }),
      { numRuns: 2000 },
    )
    expect(faultIn('[1, 02]')).toBe(5)
    expect(faultIn('{"a":1,}')).toBe(7)
    expect(faultIn('[1] 2')).toBe(4)
    expect(faultIn('["a\tb"]'.replace('\\t', '\t'))).toBe(3)
  })

  it('are counted in lines, forwards and back', () => {
    const lineAt = createLineCounter('a\nb\n\nc')
    expect([0, 1, 2, 4, 5, 0].map(lineAt)).toEqual([1, 1, 2, 3, 4, 1])
  })
})

describe('an inventory as CSV', () => {
  it('comes back as it was written', () => {
    const { inventory, errors } = parseCsv(formatCsv(demo), completeBy(createGeography(readLayers())))
    expect(errors).toEqual([])
    expect(inventory).toEqual(demo)
  })

  it('keeps a spreadsheet from running a name as a formula, and gives the name back', () => {
    const names = ['=1+1', '+84', '-x', '@sum(a1)', "'=quoted", 'plain', 'a,"b"\nc']
    const sites = names.map((name, i) => ({ ...demo.sites[0], id: `X-${i}`, name })) as Inventory['sites']
    const text = formatCsv({ sites, links: [], groups: [] })
    expect(text).not.toMatch(/,[=+@]|,-x/)
    expect(parseCsv(text).inventory.sites.map(({ name }) => name)).toEqual(names)
  })

  it('has each bad row named by its line and column, sectors too', () => {
    const text = [
      'kind,id,site,name,ward,lon,lat,transit,interval_s,technology,direction,band,frequency_mhz,measures',
      'sensor,S-1,,Một,,104,10.2,false,300,,,,,rain_mm;battery_pct',
      'sensor,S-2,,Hai,,east,10.2,false,300,,,,,rain_mm',
      'bts,B-1,,Ba,,104,10.2,maybe,60,,,,,',
      'sector,4g-1,B-9,,,,,,,4g,1,B3,1800,',
      'bts,B-2,,Bốn,,104,10.2,false,60,,,,,',
      'sector,4g-1,B-2,,,,,,,6g,1,B3,1800,',
    ].join('\n')
    const { errors } = parseCsv(text, (fields) => ({ ward: null, ...fields }))
    const named = errors.map(({ line, path }) => `${line} ${path}`)
    expect(named).toContain('3 lon')
    expect(named).toContain('4 transit')
    expect(named).toContain('5 site')
    expect(named).toContain('7 technology')
    expect(named.filter((where) => where.startsWith('2 '))).toEqual([])
    expect(parseCsv('kind,id,shape\nsensor,S-1,round').errors).toMatchObject([{ line: 1, path: 'shape' }])
    expect(parseCsv('kind,id\n"sensor,S-1').errors).toHaveLength(1)
  })
})

describe('a comparison', () => {
  const [first, second] = ['S-1', 'S-2'].map(
    (id) => parseInventory(fileOf(feature(id, sensor))).inventory.sites[0] as Inventory['sites'][number],
  ) as [Inventory['sites'][number], Inventory['sites'][number]]
  const only = (...sites: Inventory['sites']): Inventory => ({ sites, links: [], groups: [] })

  it('tells added, changed with the old and the new, removed and unchanged', () => {
    const moved = { ...first, position: { lon: 104.1, lat: 10.2 }, name: 'Đo mưa 2' }
    const { changes, unchanged } = diffInventory(only(first, second), only(moved), { replace: true })
    expect(unchanged).toBe(0)
    expect(changes).toEqual([
      {
        what: 'site',
        id: 'S-1',
        change: 'changed',
        fields: expect.arrayContaining([
          { field: 'name', from: 'Đo mưa', to: 'Đo mưa 2' },
          { field: 'position', from: first.position, to: moved.position },
        ]),
      },
      { what: 'site', id: 'S-2', change: 'removed', fields: [] },
    ])
    expect(diffInventory(only(first), only(first, second), { replace: false })).toMatchObject({
      changes: [{ id: 'S-2', change: 'added' }],
      unchanged: 1,
    })
  })

  it('tells of a mast which sector changed and how, and which came and went', () => {
    const before = demo.sites.find((site) => site.kind === 'bts') as SiteOfKind<'bts'>
    const [one, two, ...rest] = before.sectors as [
      SiteOfKind<'bts'>['sectors'][number],
      ...SiteOfKind<'bts'>['sectors'],
    ]
    const turned = { ...one, azimuth_deg: one.azimuth_deg + 1 }
    const added = { ...one, id: '4g-9' }
    const fieldsOf = (...sectors: typeof before.sectors) =>
      diffInventory(only(before), only({ ...before, sectors }), { replace: false }).changes[0]?.fields
    expect(fieldsOf(turned, added, ...rest)).toEqual([
      { field: `sectors[${one.id}].azimuth_deg`, from: one.azimuth_deg, to: turned.azimuth_deg },
      { field: `sectors[${two?.id}]`, from: two, to: undefined },
      { field: 'sectors[4g-9]', from: undefined, to: added },
    ])
    const ids = before.sectors.map(({ id }) => id)
    expect(fieldsOf(...before.sectors.toReversed())).toEqual([{ field: 'sectors', from: ids, to: ids.toReversed() }])
  })

  it('refuses links, members, measures and positions that can not be', () => {
    const bad: Inventory = {
      sites: [
        first,
        { ...second, measures: ['happiness'] } as typeof second,
        { ...first, id: 'S-3', position: { lon: 10.2, lat: 80 } },
        { ...first, id: 'fleet' },
      ],
      links: [
        { id: 'L-1', kind: 'served-by', a: 'S-1', b: 'nobody' },
        { id: 'L-2', kind: 'hop', a: 'S-1', b: 'S-1' },
      ],
      groups: [{ id: 'P-1', kind: 'feeder', name: 'P', members: ['S-1', 'S-7'], parent: 'P-0' }],
    }
    const lines = new Map([
      ['L-1', 12],
      ['fleet', 4],
    ])
    const errors = checkReferences(mergeInventory(only(first), bad, { replace: false }), lines, (m) => m === 'rain_mm')
    expect(errors.map(({ line, id, path }) => [line, id, path])).toEqual([
      [4, 'fleet', 'id'],
      [0, 'S-3', 'position'],
      [0, 'S-2', 'measures[0]'],
      [12, 'L-1', 'b'],
      [0, 'L-2', 'b'],
      [0, 'P-1', 'members[1]'],
      [0, 'P-1', 'parent'],
    ])
  })
})

describe('a folder of files', () => {
  it('is one inventory, and an id that stands in two of its files is named', async () => {
    const folder = join(dir, 'folder')
    await mkdir(folder)
    await writeFile(join(folder, 'a.geojson'), fileOf(feature('S-1', sensor)))
    await writeFile(join(folder, 'b.geojson'), fileOf(feature('S-2', sensor), feature('S-1', sensor)))
    await writeFile(join(folder, 'notes.txt'), 'not read')
    const { inventory, errors } = await readInventory(folder)
    expect(inventory.sites).toHaveLength(3)
    expect(errors).toMatchObject([{ file: join(folder, 'b.geojson'), line: 3, id: 'S-1', path: 'id' }])
  })

  it('refuses what it can not read', async () => {
    await expect(readInventory(join(dir, 'nothing.geojson'))).rejects.toThrow('ENOENT')
    await writeFile(join(dir, 'x.xlsx'), '')
    await expect(readInventory(join(dir, 'x.xlsx'))).rejects.toThrow('.geojson, .json or .csv')
  })
})
