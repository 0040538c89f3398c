import type { Catalogue } from '../domain/catalogue.ts'
import type { Link, Site } from '../domain/inventory.ts'
import { isStageName } from '../domain/words.ts'
import type { InventoryView } from './inventory.ts'
import { type FieldFault, Problem } from './problem.ts'

/** What the shape of a site or link alone cannot tell. Pure. */

const fault = (path: string, vi: string, en: string): FieldFault => ({ path, message: { vi, en } })

function repeated(ids: readonly string[]): number[] {
  return ids.flatMap((id, at) => (ids.indexOf(id) < at ? [at] : []))
}

/** Ids that cannot sign in, sector ids that repeat, metrics that no sensor has. */
export const siteFaults = (site: Site, catalogue: Catalogue): FieldFault[] => [
  ...nameFaults(site),
  ...partFaults(site, catalogue),
]

const nameFaults = ({ id }: Site): FieldFault[] =>
  isStageName(id)
    ? [fault('id', `${id} là tên một thành phần của nền tảng`, `${id} is a stage of the platform; give another id`)]
    : []

function partFaults(site: Site, catalogue: Catalogue): FieldFault[] {
  if (site.kind === 'bts') {
    const ids = site.sectors.map(({ id }) => id)
    return repeated(ids).map((at) =>
      fault(`sectors[${at}].id`, `cung ${ids[at]} bị lặp`, `sector ${ids[at]} is repeated`),
    )
  }
  if (site.kind !== 'sensor') return []
  const known = catalogue.ofPart('sensor', 'site')
  return site.measures.flatMap((name, at) =>
    known.has(name)
      ? []
      : [
          fault(
            `measures[${at}]`,
            `không có đại lượng ${name}; có: ${[...known.keys()].join(', ')}`,
            `there is no metric ${name}; there are: ${[...known.keys()].join(', ')}`,
          ),
        ],
  )
}

/** A link joins two different sites that exist. */
export function linkFaults(link: Link, view: InventoryView): FieldFault[] {
  const ends = (['a', 'b'] as const).flatMap((end) =>
    view.sites.has(link[end]) ? [] : [fault(end, `không có trạm ${link[end]}`, `there is no site ${link[end]}`)],
  )
  if (link.a === link.b) ends.push(fault('b', 'hai đầu phải khác nhau', 'the two ends must differ'))
  return ends
}

/** @throws Problem 422 that names every fault. */
export function refuseFaults(faults: readonly FieldFault[]): void {
  if (faults.length === 0) return
  const say = (language: 'vi' | 'en') => faults.map(({ path, message }) => `${path}: ${message[language]}`).join('; ')
  throw new Problem('not-possible', { vi: say('vi'), en: say('en') }, faults)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** JSON merge patch (RFC 7396): null removes, objects merge, all else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}
