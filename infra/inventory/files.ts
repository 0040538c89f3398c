import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Inventory } from '../../domain/inventory.ts'
import { formatInventory, parseInventory } from '../../domain/inventory-file.ts'
import type { Complete, ParsedInventory, RowError } from '../../domain/inventory-rows.ts'
import { parseCsv } from './csv.ts'

/** Where the demonstration city lies. */
export const DEMO_DIR = fileURLToPath(new URL('./phu-quoc', import.meta.url))

const NOTE = 'Demonstration: generated, not surveyed. No operator’s network is shown.'
const MAX_BYTES = 256 * 1024 * 1024

/** An error of one file. */
export interface FileError extends RowError {
  file: string
}

/** `city.csv:12: S-1 lon: …`, as compilers say it, so that editors find the place. */
export const sayError = ({ file, line, id, path, message }: FileError): string =>
  [`${file}:${line}`, [id, path].filter(Boolean).join(' '), message].filter(Boolean).join(': ')

export interface ReadInventory {
  inventory: Inventory
  lines: ReadonlyMap<string, number>
  /** The file of each id. */
  files: ReadonlyMap<string, string>
  errors: FileError[]
}

/** One file a kind, so that a diff touches only what changed. */
function parts({ sites, links, groups }: Inventory): Record<string, Inventory> {
  const none = { sites: [], links: [], groups: [] }
  const ofKind = (kind: string): Inventory => ({ ...none, sites: sites.filter((site) => site.kind === kind) })
  return {
    'base-stations.geojson': ofKind('bts'),
    'fibre-nodes.geojson': ofKind('fibre'),
    'sensors.geojson': ofKind('sensor'),
    'services.geojson': ofKind('service'),
    'links.geojson': { ...none, links },
    'groups.geojson': { ...none, groups },
  }
}

/** Writes an inventory as a folder of GeoJSON files. */
export async function writeInventory(dir: string, inventory: Inventory): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const [name, part] of Object.entries(parts(inventory)))
    await writeFile(join(dir, name), formatInventory(part, NOTE))
}

const parserOf = (file: string): ((text: string, complete?: Complete) => ParsedInventory) | undefined =>
  ({ '.geojson': parseInventory, '.json': parseInventory, '.csv': parseCsv })[extname(file).toLowerCase()]

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => parserOf(name))
  return names.sort().map((name) => join(path, name))
}

/**
 * Reads a file, or all files of a folder, as one inventory.
 * @throws Error for what can't be read at all: no such file, an unknown ending, too large.
 */
export async function readInventory(path: string, complete?: Complete): Promise<ReadInventory> {
  const whole: Inventory = { sites: [], links: [], groups: [] }
  const lines = new Map<string, number>()
  const files = new Map<string, string>()
  const errors: FileError[] = []
  for (const file of await filesOf(path)) {
    const parse = parserOf(file)
    if (!parse) throw new Error(`${file}: a .geojson, .json or .csv file is expected`)
    if ((await stat(file)).size > MAX_BYTES)
      throw new Error(`${file} is larger than ${MAX_BYTES / 1024 / 1024} MiB: split it`)
    const parsed = parse(await readFile(file, 'utf8'), complete)
    for (const error of parsed.errors) errors.push({ file, ...error })
    for (const [id, line] of parsed.lines) {
      if (lines.has(id))
        errors.push({ file, line, id, path: 'id', message: 'stands in another file of this folder too' })
      lines.set(id, line)
      files.set(id, file)
    }
    whole.sites = whole.sites.concat(parsed.inventory.sites)
    whole.links = whole.links.concat(parsed.inventory.links)
    whole.groups = whole.groups.concat(parsed.inventory.groups)
  }
  return { inventory: whole, lines, files, errors }
}
