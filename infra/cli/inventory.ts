/** Sites, links and groups from the shell, beside a running platform. */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Inventory } from '../../domain/inventory.ts'
import type { FieldChange, RowChange } from '../../domain/inventory-diff.ts'
import { formatInventory } from '../../domain/inventory-file.ts'
import type { Registry } from '../../store/registry/port.ts'
import { formatCsv } from '../inventory/csv.ts'
import { sayError, writeInventory } from '../inventory/files.ts'
import { DEMO, generateInventory } from '../inventory/generate/generate.ts'
import { currentInventory, planImport } from '../inventory/load.ts'
import { readSettings } from '../settings.ts'
import { registryForCommand } from '../stores.ts'
import { runCommand, UsageError } from './command.ts'

const USAGE = `inventory import FILE [--replace] [--dry-run]
    loads GeoJSON or CSV (a file, or a folder of them): shows what would change, names line and field of
    every bad row, loads all or nothing. --replace removes what FILE does not hold; --dry-run only shows
inventory export [--format geojson|csv] [--out FILE]
    prints or writes all of it; without --format as the ending of FILE says, else as GeoJSON
inventory generate --sites N --seed S [--out FOLDER]
    makes a demonstration city; without --out it is printed as one GeoJSON file`

const SHOWN = 20
const SHOWN_ERRORS = 200

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const isIds = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** Of a long list of members, those that come and go. */
function describeField({ field, from, to }: FieldChange): string {
  if (!isIds(from) || !isIds(to)) return `${field} ${short(from)} → ${short(to)}`
  const gone = from.filter((id) => !to.includes(id)).map((id) => `−${id}`)
  const come = to.filter((id) => !from.includes(id)).map((id) => `+${id}`)
  return `${field} ${[...gone, ...come].join(' ') || 'in another order'}`
}

function describe({ what, id, change, fields }: RowChange): string {
  const detail = fields.map(describeField).join('; ')
  return `  ${change.padEnd(8)}${what.padEnd(6)}${id}${detail ? `: ${detail}` : ''}`
}

const listed = (lines: string[], most = SHOWN): string[] =>
  lines.length > most ? [...lines.slice(0, most), `  … and ${lines.length - most} more`] : lines

async function load(registry: Registry, path: string, replace: boolean, dryRun: boolean): Promise<string> {
  const plan = await planImport(registry, path, { replace }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(error.code === 'ENOENT' ? `there is no file ${path}` : error.message)
  })
  if (plan.errors.length > 0) {
    const rows = plan.errors.map((error) => `  ${sayError(error)}`)
    process.exitCode = 1
    const count = plan.errors.length === 1 ? 'one error' : `${plan.errors.length} errors`
    return [`${count}, nothing was loaded`, ...listed(rows, SHOWN_ERRORS)].join('\n')
  }
  const { changes, unchanged } = plan.diff
  const count = (change: string) => changes.filter((c) => c.change === change).length
  const summary = `${count('added')} added, ${count('changed')} changed, ${count('removed')} removed, ${unchanged} unchanged`
  if (!dryRun && changes.length > 0) await registry.importInventory(plan.incoming, { replace })
  return [...listed(changes.map(describe)), `${dryRun ? 'would be: ' : 'loaded: '}${summary}`].join('\n')
}

/** What the disk refuses is the person's to mend. */
const written = (out: string, work: Promise<void>): Promise<void> =>
  work.catch((error: Error) => {
    throw new UsageError(`--out ${out} can't be written: ${error.message}`)
  })

async function give(text: string, out: string | undefined): Promise<string | undefined> {
  if (out === undefined) {
    process.stdout.write(text)
    return undefined
  }
  await written(out, writeFile(out, text))
  return `${out} written`
}

const NOTE = 'Written by the inventory command.'

async function generate(sitesText: string | undefined, seedText: string | undefined, out: string | undefined) {
  const sites = Number(sitesText ?? DEMO.sites)
  const seed = Number(seedText ?? DEMO.seed)
  if (!Number.isInteger(seed)) throw new UsageError(`--seed ${seedText}: a whole number`)
  let inventory: Inventory
  try {
    inventory = generateInventory({ sites, seed })
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--sites ${sitesText}: ${error.message}`)
    throw error
  }
  if (out === undefined) return give(formatInventory(inventory, NOTE), undefined)
  await written(out, writeInventory(out, inventory))
  return `${inventory.sites.length} sites, ${inventory.links.length} links, ${inventory.groups.length} groups in ${out}`
}

async function withRegistry<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
  const registry = await registryForCommand(readSettings(process.env))
  try {
    return await work(registry)
  } finally {
    await registry.close()
  }
}

await runCommand(USAGE, async (args) => {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      replace: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      format: { type: 'string' },
      out: { type: 'string' },
      sites: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  const [verb, path] = positionals
  if (verb === 'generate') return generate(values.sites, values.seed, values.out)
  if (verb === 'import' && path)
    return withRegistry((registry) => load(registry, path, values.replace, values['dry-run']))
  if (verb === 'export') {
    const name = values.format ?? (values.out?.toLowerCase().endsWith('.csv') ? 'csv' : 'geojson')
    const format = { geojson: (i: Inventory) => formatInventory(i, NOTE), csv: formatCsv }[name]
    if (!format) throw new UsageError(`--format ${name}: geojson or csv`)
    const inventory = await withRegistry(currentInventory)
    return give(format(inventory), values.out)
  }
  throw new UsageError(verb === 'import' ? 'import needs a file' : 'say import, export or generate')
})
