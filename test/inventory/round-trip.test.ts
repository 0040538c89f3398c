import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Group, Inventory, Link, Site } from '../../domain/inventory.ts'
import { diffInventory } from '../../domain/inventory-diff.ts'
import { formatInventory, parseInventory } from '../../domain/inventory-file.ts'
import type { Complete, ParsedInventory } from '../../domain/inventory-rows.ts'
import { KINDS, type Kind } from '../../domain/words.ts'
import { formatCsv, parseCsv } from '../../infra/inventory/csv.ts'
import { DEMO_DIR, readInventory } from '../../infra/inventory/files.ts'

let demo: Inventory
beforeAll(async () => {
  demo = (await readInventory(DEMO_DIR)).inventory
})

/** What people type, and what a table or a spreadsheet may stumble over. */
const word = fc.oneof(
  fc.constantFrom(
    '=1+1',
    "'=x",
    "'",
    '-',
    '+84 297',
    '@a',
    'a;b',
    'a,b',
    '"',
    'x\ny',
    'x\r\ny',
    'Trạm số 1',
    '0',
    'true',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
)
const name = word.map((text) => text.trim() || 'x')
const id = fc.stringMatching(/^[A-Za-z0-9][-_.A-Za-z0-9]{0,11}$/)
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true, noDefaultInfinity: true })
const position = fc
  .record({ lon: number(-180, 180), lat: number(-90, 90) })
  .map(({ lon, lat }) => ({ lon: lon + 0, lat: lat + 0 }))

/** Edits that any site may get. */
const siteEdit = fc.record(
  {
    name,
    name_en: name,
    address: word,
    operator: name,
    ward: fc.option(id, { nil: null }),
    position,
    transit: fc.boolean(),
    interval_s: number(1, 86_400),
    battery_autonomy_h: number(0, 720),
    demonstration: fc.boolean(),
  },
  { requiredKeys: [] },
)

interface Edit {
  sites: { at: number; id: string; edit: Partial<Site> }[]
  links: { at: number; id: string; edit: Partial<Link> }[]
  groups: { at: number; id: string; edit: Partial<Group> }[]
}
const rows = <T>(edit: fc.Arbitrary<T>) =>
  fc.uniqueArray(fc.record({ at: fc.nat(), id, edit }), { maxLength: 6, selector: (row) => row.id })
const edits: fc.Arbitrary<Edit> = fc.record({
  sites: rows(siteEdit as fc.Arbitrary<Partial<Site>>),
  links: rows(
    fc.record(
      {
        name,
        route: name,
        a: id,
        b: id,
        path: fc.array(position, { minLength: 2, maxLength: 5 }),
        length_km: number(0, 1000),
      },
      { requiredKeys: [] },
    ),
  ),
  groups: rows(fc.record({ name, members: fc.array(id, { maxLength: 4 }), parent: id }, { requiredKeys: [] })),
})

/** Some rows of the city, changed and under new ids. */
function edited({ sites, links, groups }: Edit): Inventory {
  const taken = new Set<string>()
  const fresh = (row: { id: string }) => {
    if (taken.has(row.id)) return false
    taken.add(row.id)
    return true
  }
  const take = <T extends { id: string }>(
    from: readonly T[],
    rows: { at: number; id: string; edit: Partial<T> }[],
  ): T[] => rows.map(({ at, id, edit }) => ({ ...(from[at % from.length] as T), ...edit, id })).filter(fresh)
  return { sites: take(demo.sites, sites), links: take(demo.links, links), groups: take(demo.groups, groups) }
}

const expectSame = ({ inventory, errors }: ParsedInventory, wanted: Inventory): void => {
  expect(errors).toEqual([])
  expect(inventory).toEqual(wanted)
  expect(diffInventory(wanted, inventory, { replace: true }).changes).toEqual([])
}

/** An empty cell says nothing: that a site lies in no ward is for the reader to find out. */
const wardlessAllowed: Complete = (fields) =>
  KINDS.includes(fields['kind'] as Kind) ? { ward: null, ...fields } : fields

describe('any inventory', () => {
  it('comes back from GeoJSON as it went', () => {
    fc.assert(
      fc.property(edits, (edit) => {
        const inventory = edited(edit)
        expectSame(parseInventory(formatInventory(inventory)), inventory)
      }),
      { numRuns: 200 },
    )
  })

  it('comes back from CSV as it went', () => {
    fc.assert(
      fc.property(edits, (edit) => {
        const inventory = edited(edit)
        expectSame(parseCsv(formatCsv(inventory), wardlessAllowed), inventory)
      }),
      { numRuns: 200 },
    )
  })
})
