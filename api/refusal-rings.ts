import type { LiveRefusal } from '../domain/live.ts'

const PER_SITE = 20

/** The last refusals of each site, newest first; a bounded number of each. */
export function createRefusalRings() {
  const rings = new Map<string, readonly LiveRefusal[]>()
  return {
    of: (siteId: string): readonly LiveRefusal[] => rings.get(siteId) ?? [],
    add(refusal: LiveRefusal) {
      rings.set(refusal.siteId, [refusal, ...(rings.get(refusal.siteId) ?? [])].slice(0, PER_SITE))
    },
    keep(sites: { has(id: string): boolean }) {
      for (const id of rings.keys()) if (!sites.has(id)) rings.delete(id)
    },
  }
}
