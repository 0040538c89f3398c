import type { Delta, LinkChange, Snapshot } from '../../domain/live.ts'
import { linkFeature } from '../geojson.ts'
import { type RawJson, rawJson } from './encoder.ts'
import type { Pending } from './merge.ts'
import { snapshotSites } from './view.ts'
import type { Floor, Group } from './viewer.ts'

/** The feed's messages, written out. */

export const deltaOf = ({ seq, now }: Floor, { sites, folded }: Pending): RawJson =>
  rawJson({ seq, at: now(), folded, sites: [...sites.values()] } satisfies Delta)

/** The link as REST gives it, with `seq`; undefined when the inventory no longer holds it. */
export function linkOf({ inventory, latest, seq }: Floor, { id }: LinkChange): RawJson | undefined {
  const view = inventory()
  const link = view.links.get(id)
  return link && rawJson({ ...linkFeature(link, view, latest), seq })
}

/** What a group sees now; written once for all who ask before the next change. */
export function snapshotOf({ inventory, latest, now, seq }: Floor, group: Group): RawJson {
  if (group.snapshot?.seq !== seq) {
    const sites = snapshotSites(group.watch, inventory(), latest)
    group.snapshot = { seq, text: rawJson({ seq, at: now(), sites } satisfies Snapshot) }
  }
  return group.snapshot.text
}
