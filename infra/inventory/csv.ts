import { CsvError, parse } from 'csv-parse/sync'
import type { Inventory, Position, Sector } from '../../domain/inventory.ts'
import {
  type Complete,
  createGatherer,
  type Fields,
  type Gatherer,
  type Locate,
  type ParsedInventory,
} from '../../domain/inventory-rows.ts'

/**
 * The inventory as one flat table: a row a site, sector, link or group, told apart by `kind` (`sector` for
 * the sectors of the base station in column `site`). Lists are joined by `;`, a path is `lon lat;lon lat`,
 * `flood_levels_m` has a column each. Here and not in domain, which has no parser of CSV.
 */
const COLUMNS = [
  ...['kind', 'id', 'site', 'name', 'name_en', 'ward', 'lon', 'lat', 'transit', 'interval_s', 'battery_autonomy_h'],
  ...['operator', 'address', 'mast_height_m', 'role', 'design_loss_db', 'measures'],
  ...['flood_i_m', 'flood_ii_m', 'flood_iii_m', 'noise_zone', 'nominal_lamp_power_w', 'system', 'modem'],
  ...['technology', 'direction', 'band', 'frequency_mhz', 'bandwidth_mhz', 'height_m', 'azimuth_deg'],
  ...['electrical_tilt_deg', 'mechanical_tilt_deg', 'power_dbm', 'gain_dbi', 'beamwidth_deg'],
  ...['a', 'b', 'path', 'length_km', 'optic_class', 'frequency_ghz', 'route', 'members', 'parent', 'demonstration'],
] as const

type Row = Partial<Record<(typeof COLUMNS)[number], unknown>>

const NUMBERS = new Set<string>(
  COLUMNS.filter((name) => /_(m|s|h|db|dbm|dbi|deg|mhz|ghz|km|w)$|^(lon|lat|direction)$/.test(name)),
)
const FLAGS = new Set(['transit', 'demonstration'])
const LISTS = new Set(['measures', 'members'])

/** A spreadsheet would run a cell that begins like a formula: an apostrophe makes it text. */
const guard = (text: string): string => (/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text)
const unguard = (text: string): string => (/^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text)

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = guard(Array.isArray(value) ? value.join(';') : String(value))
  // Blanks at an end would be taken for the file's layout.
  return /[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const sectorRow = (site: string, sector: Sector): Row => ({ kind: 'sector', site, ...sector })
const pathText = (path: readonly Position[] | undefined): string | undefined =>
  path?.map(({ lon, lat }) => `${lon} ${lat}`).join(';')

function rowsOf({ sites, links, groups }: Inventory): Row[] {
  return [
    ...sites.flatMap((site): Row[] => {
      const { position, ...rest } = site
      const row: Row = { ...(rest as Row), ...position }
      if (site.kind === 'sensor' && site.flood_levels_m) {
        const { i, ii, iii } = site.flood_levels_m
        Object.assign(row, { flood_i_m: i, flood_ii_m: ii, flood_iii_m: iii })
      }
      return [row, ...(site.kind === 'bts' ? site.sectors.map((sector) => sectorRow(site.id, sector)) : [])]
    }),
    ...links.map(({ path, ...link }): Row => ({ ...link, path: pathText(path) })),
    ...groups.map((group): Row => ({ ...group })),
  ]
}

/** Writes the whole inventory as CSV (RFC 4180, UTF-8). */
export const formatCsv = (inventory: Inventory): string =>
  `${[COLUMNS.join(','), ...rowsOf(inventory).map((row) => COLUMNS.map((name) => cell(row[name])).join(','))].join('\n')}\n`

/** A cell's text as the schema wants it; what does not fit stays text, so that the schema names it. */
function value(name: string, text: string): unknown {
  if (NUMBERS.has(name)) return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
  if (FLAGS.has(name)) return /^(true|1|yes)$/i.test(text) ? true : /^(false|0|no)$/i.test(text) ? false : text
  if (LISTS.has(name))
    return text
      .split(';')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  return unguard(text)
}

function pathOf(text: unknown): unknown {
  if (typeof text !== 'string') return text
  return text.split(';').map((point) => {
    const [lon, lat] = point.trim().split(/\s+/).map(Number)
    return { lon, lat }
  })
}

/** Turns columns into the fields of a row: position, path, flood levels. */
function fieldsOf(record: Record<string, string>): Fields {
  const fields: Fields = {}
  for (const [name, text] of Object.entries(record)) if (text !== '') fields[name] = value(name, text)
  const { lon, lat, path, flood_i_m, flood_ii_m, flood_iii_m, ...rest } = fields
  if (lon !== undefined || lat !== undefined) rest['position'] = { lon, lat }
  if (path !== undefined) rest['path'] = pathOf(path)
  // An empty cell is an empty list here: a substation has feeders, and no members of its own.
  if (rest['kind'] === 'duct' || rest['kind'] === 'feeder') rest['members'] ??= []
  if (flood_i_m !== undefined) rest['flood_levels_m'] = { i: flood_i_m, ii: flood_ii_m, iii: flood_iii_m }
  return rest
}

interface Line {
  line: number
  fields: Fields
  /** Lines of a base station's sectors, in their order. */
  sectorLines: number[]
}

/** Hands sectors to their base stations; those without one are an error of their own. */
function adoptSectors(rows: Line[], orphan: (line: Line) => void): Line[] {
  const stations = new Map<unknown, Line>()
  for (const row of rows) {
    if (row.fields['kind'] !== 'bts') continue
    row.fields['sectors'] = []
    stations.set(row.fields['id'], row)
  }
  return rows.filter((row) => {
    if (row.fields['kind'] !== 'sector') return true
    const { kind: _kind, site, ...sector } = row.fields
    const station = stations.get(site)
    if (!station) orphan(row)
    else {
      ;(station.fields['sectors'] as Fields[]).push(sector)
      station.sectorLines.push(row.line)
    }
    return false
  })
}

/** The line and the column of a field. */
const locateIn =
  ({ line, sectorLines }: Line): Locate =>
  ([first, second, third]) => {
    if (first === 'sectors' && typeof second === 'number')
      return { line: sectorLines[second] ?? line, path: String(third ?? 'kind') }
    if (first === 'position') return { line, path: second === undefined ? 'lon' : String(second) }
    if (first === 'flood_levels_m' && second !== undefined) return { line, path: `flood_${String(second)}_m` }
    return { line, path: String(first ?? '') }
  }

/** Reads the table that `formatCsv` writes, or any part of its columns. */
export function parseCsv(text: string, complete?: Complete): ParsedInventory {
  const gatherer = createGatherer(complete)
  try {
    takeRecords(parse(text, OPTIONS) as unknown as CsvRecord[], gatherer)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    gatherer.fail({ line: Number(error['lines'] ?? 1), id: null, path: '', message: error.message })
  }
  return gatherer.done()
}

const OPTIONS = { bom: true, raw: true, relax_column_count: true, skip_empty_lines: true, trim: true } as const

interface CsvRecord {
  record: string[]
  /** Its text, with the line ends before and after it. */
  raw: string
}

const countLineEnds = (text: string): number => text.match(/\r\n|\r|\n/g)?.length ?? 0

/** Each record with the line that it begins on: the parser counts only where records end, and a cell may hold lines. */
function* withLines(records: readonly CsvRecord[]): Generator<{ line: number; cells: readonly string[] }> {
  let line = 1
  for (const { record, raw } of records) {
    yield { line: line + countLineEnds(/^\s*/.exec(raw)?.[0] ?? ''), cells: record }
    line += countLineEnds(raw)
  }
}

function takeRecords(records: readonly CsvRecord[], gatherer: Gatherer): void {
  const [header, ...rest] = withLines(records)
  if (!header) {
    gatherer.fail({ line: 1, id: null, path: '', message: 'the file is empty; its first line names the columns' })
    return
  }
  const wrong = wrongColumns(header.cells)
  for (const [path, message] of wrong) gatherer.fail({ line: header.line, id: null, path, message })
  if (wrong.length > 0) return
  const rows = rest.flatMap(({ line, cells }): Line[] => {
    if (cells.length === header.cells.length) {
      const record = Object.fromEntries(header.cells.map((name, i) => [name, cells[i] ?? '']))
      return [{ line, fields: fieldsOf(record), sectorLines: [] }]
    }
    const message = `${cells.length} cells, and the first line names ${header.cells.length} columns`
    gatherer.fail({ line, id: null, path: '', message })
    return []
  })
  const orphan = ({ line, fields }: Line) =>
    gatherer.fail({
      line,
      id: String(fields['id'] ?? ''),
      path: 'site',
      message: `there is no base station ${String(fields['site'] ?? '')} in this file`,
    })
  for (const row of adoptSectors(rows, orphan)) gatherer.add(row.line, row.fields, locateIn(row))
}

function wrongColumns(names: readonly string[]): [name: string, message: string][] {
  const known: readonly string[] = COLUMNS
  return names.flatMap((name, i): [string, string][] => {
    if (!known.includes(name)) return [[name, `no column of this name; there are ${COLUMNS.join(', ')}`]]
    return names.indexOf(name) < i ? [[name, 'two columns have this name']] : []
  })
}
