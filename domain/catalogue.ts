import { METRICS, type Metric } from './metrics.ts'
import { KINDS, type Kind, type Part } from './words.ts'

/** The metrics indexed for look-up. Built once, passed to whoever needs it, never changed. */
export interface Catalogue {
  readonly metrics: readonly Metric[]
  /** All metrics of a kind, in declaration order: the column order of its table. */
  ofKind(kind: Kind): readonly Metric[]
  /** The metrics a part of a kind may carry, by name. */
  ofPart(kind: Kind, part: Part): ReadonlyMap<string, Metric>
  find(kind: Kind, name: string): Metric | undefined
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/

/**
 * Indexes metric declarations.
 * @throws Error naming the entry that is declared twice for one kind, has a malformed name,
 *   or is a number without a range.
 */
export function createCatalogue(metrics: readonly Metric[] = METRICS): Catalogue {
  const byKind = new Map<Kind, Metric[]>(KINDS.map((kind) => [kind, []]))
  const byName = new Map<string, Metric>()
  const byPart = new Map<string, Map<string, Metric>>()
  for (const metric of metrics) {
    const key = `${metric.kind}/${metric.name}`
    if (!NAME.test(metric.name)) throw new Error(`metric ${key}: a name is lower snake case, at most 63 characters`)
    if (byName.has(key)) throw new Error(`metric ${key} is declared twice`)
    if (metric.type === 'number' && !metric.range) throw new Error(`metric ${key}: a number needs its valid range`)
    byName.set(key, metric)
    byKind.get(metric.kind)?.push(metric)
    for (const part of metric.parts) {
      const names = byPart.get(`${metric.kind}/${part}`) ?? new Map<string, Metric>()
      byPart.set(`${metric.kind}/${part}`, names.set(metric.name, metric))
    }
  }
  const nothing: ReadonlyMap<string, Metric> = new Map()
  return {
    metrics,
    ofKind: (kind) => byKind.get(kind) ?? [],
    ofPart: (kind, part) => byPart.get(`${kind}/${part}`) ?? nothing,
    find: (kind, name) => byName.get(`${kind}/${name}`),
  }
}

/** The catalogue of this release. */
export const catalogue: Catalogue = createCatalogue()
