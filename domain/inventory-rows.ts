import type * as z from 'zod/mini'
import { type Group, groupSchema, type Inventory, type Link, linkSchema, type Site, siteSchema } from './inventory.ts'
import { KINDS, type Kind } from './words.ts'

/**
 * Rows of an inventory file, whatever its format: each is judged by the schema of its kind and gathered,
 * or refused in words that say where and what.
 */

export const LINK_KINDS = ['span', 'hop', 'served-by']
export const GROUP_KINDS = ['duct', 'feeder']
const SITE_KINDS: readonly string[] = KINDS

/** A row of a file that cannot be taken, in words that say where and what. */
export interface RowError {
  /** Line of the file, from 1: of the field where it can be told, else where the row begins. */
  line: number
  /** Id of the row, as far as it has one. */
  id: string | null
  /** The field at fault: `sectors[2].azimuth_deg`. */
  path: string
  message: string
}

/** What a file holds: rows that can be taken, each with its line, and those that can't. */
export interface ParsedInventory {
  inventory: Inventory
  /** Line of each id. */
  lines: ReadonlyMap<string, number>
  errors: RowError[]
}

/** `sectors[2].azimuth_deg`, as a person would write it. */
export const fieldPath = (path: readonly PropertyKey[]): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step)}`)).join('')

type Row = { what: 'site'; row: Site } | { what: 'link'; row: Link } | { what: 'group'; row: Group }

/** A fault in the fields of a row, before it is said where in the file they stand. */
export interface Problem {
  path: readonly PropertyKey[]
  message: string
}

export const problemsOf = (error: z.core.$ZodError): Problem[] =>
  error.issues.map((issue) => ({ path: unknownKey(issue), message: issue.message }))

/** An unknown field is named itself, not the object that it stands in. */
const unknownKey = (issue: z.core.$ZodIssue): readonly PropertyKey[] =>
  issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path

/** Longer lists than any mast or cable has. */
const MOST_SECTORS = 120

const MOST_POINTS = 20_000

function tooLong({ sectors, path }: Record<string, unknown>): Problem[] {
  if (Array.isArray(sectors) && sectors.length > MOST_SECTORS)
    return [{ path: ['sectors'], message: `${sectors.length} sectors; at most ${MOST_SECTORS}` }]
  if (Array.isArray(path) && path.length > MOST_POINTS)
    return [{ path: ['path'], message: `${path.length} points; at most ${MOST_POINTS}` }]
  return []
}

/** A mast may not have two sectors of one id: a reading could not be told apart. */
function repeatedSectors(site: Site): Problem[] {
  if (site.kind !== 'bts') return []
  const ids = site.sectors.map(({ id }) => id)
  return ids.flatMap((id, i) =>
    ids.indexOf(id) < i ? [{ path: ['sectors', i, 'id'], message: `there are two sectors ${id} on this mast` }] : [],
  )
}

const rowOf = <T, W extends Row['what']>(what: W, result: z.core.util.SafeParseResult<T>) =>
  result.success ? { what, row: result.data } : problemsOf(result.error)

/** What lets a row of any file stand for itself: its kind decides which schema judges it. */
function parseRow(fields: Record<string, unknown>): Row | Problem[] {
  const { kind } = fields
  const long = tooLong(fields)
  if (long.length > 0) return long
  if (typeof kind === 'string' && SITE_KINDS.includes(kind)) {
    const site = rowOf('site', siteSchema.safeParse(fields))
    const repeated = Array.isArray(site) ? [] : repeatedSectors(site.row)
    return repeated.length > 0 ? repeated : site
  }
  if (typeof kind === 'string' && LINK_KINDS.includes(kind)) return rowOf('link', linkSchema.safeParse(fields))
  if (typeof kind === 'string' && GROUP_KINDS.includes(kind)) return rowOf('group', groupSchema.safeParse(fields))
  return [{ path: ['kind'], message: `one of ${[...SITE_KINDS, ...LINK_KINDS, ...GROUP_KINDS].join(', ')}` }]
}

export type Fields = Record<string, unknown>

/** Fills in what a row may leave out (its ward by where it stands); must not overrule what the row says. */
export type Complete = (fields: Fields) => Fields

export const isSiteKind = (kind: unknown): kind is Kind => (SITE_KINDS as readonly unknown[]).includes(kind)

/** Reporting interval and transit of sites where a row does not say. */
const USUAL: Readonly<Record<Kind, { interval_s: number; transit: boolean }>> = {
  bts: { interval_s: 60, transit: false },
  fibre: { interval_s: 30, transit: true },
  sensor: { interval_s: 300, transit: false },
  service: { interval_s: 60, transit: false },
}

/** Fills in what is usual for the kind: interval and transit of a site. */
export const completeUsual: Complete = (fields) =>
  isSiteKind(fields['kind']) ? { ...USUAL[fields['kind']], ...fields } : fields

/** Where a field stands in the file, and what it is called there. */
export type Locate = (path: readonly PropertyKey[]) => { line: number; path: string }

export interface Gatherer {
  /** @param where tells the place of a field when its line is not the row's, or its name not the schema's. */
  add(line: number, fields: Fields, where?: Locate): void
  fail(error: RowError): void
  done(): ParsedInventory
}

/** Gathers rows, whatever file they come from, and refuses an id that stands twice. */
export function createGatherer(complete: Complete = (fields) => fields): Gatherer {
  const inventory: Inventory = { sites: [], links: [], groups: [] }
  const lines = new Map<string, number>()
  const errors: RowError[] = []
  return {
    fail: (error) => errors.push(error),
    add(line, fields, where = (path) => ({ line, path: fieldPath(path) })) {
      const id = typeof fields['id'] === 'string' ? fields['id'] : null
      const parsed = parseRow(complete(fields))
      if (Array.isArray(parsed)) {
        for (const { path, message } of parsed) errors.push({ id, ...where(path), message })
        return
      }
      const earlier = lines.get(parsed.row.id)
      if (earlier !== undefined) {
        errors.push({ line, id, path: 'id', message: `stands already on line ${earlier}` })
        return
      }
      lines.set(parsed.row.id, line)
      if (parsed.what === 'site') inventory.sites.push(parsed.row)
      else if (parsed.what === 'link') inventory.links.push(parsed.row)
      else inventory.groups.push(parsed.row)
    },
    done: () => ({ inventory, lines, errors }),
  }
}
