import type { Link, Site } from '../../domain/inventory.ts'
import type { FeedSite, Watch } from '../../domain/live.ts'
import type { Value } from '../../domain/reading.ts'
import type { SiteState } from '../../domain/words.ts'
import type { InventoryView } from '../inventory.ts'
import type { Latest, SiteNow, SiteUpdate } from '../latest.ts'
import { inside } from '../search.ts'

/** What a viewer wants to see, applied. Pure. */

const showsPlace = ({ bbox, kinds }: Watch, site: Site): boolean =>
  (kinds === undefined || kinds.includes(site.kind)) && (bbox === undefined || inside(bbox, site.position))

const showsState = ({ states }: Watch, state: SiteState): boolean => states === undefined || states.includes(state)

const allValues = (now: SiteNow): Record<string, Value> => {
  const values: Record<string, Value> = {}
  for (const [key, timed] of now.values) values[key] = timed.value
  return values
}

/** A site with some of its values, each with its time where that is not the site's own. */
function feedSite(id: string, now: SiteNow, values: Record<string, Value>): FeedSite {
  let times: Record<string, number> | undefined
  for (const key in values) {
    const at = now.values.get(key)?.at
    if (at === undefined || at === now.at) continue
    times ??= {}
    times[key] = at
  }
  return { id, state: now.state, at: now.at, values, ...(times && { times }) }
}

const UNHEARD: SiteNow = { state: 'unknown', since: 0, at: null, values: new Map() }

/** Every site that a viewer sees now, with all its values. */
export function snapshotSites(watch: Watch, inventory: InventoryView, latest: Latest): FeedSite[] {
  const sites: FeedSite[] = []
  for (const site of inventory.sites.values()) {
    const now = latest.sites.get(site.id) ?? UNHEARD
    if (showsPlace(watch, site) && showsState(watch, now.state)) {
      sites.push(feedSite(site.id, now, allValues(now)))
    }
  }
  return sites
}

/**
 * A change as one viewer gets it, if it does. A site that leaves the wanted states is still told, so
 * that it can be taken off; one that enters comes with all its values.
 */
export function changeFor(watch: Watch, site: Site | undefined, update: SiteUpdate): FeedSite | undefined {
  if (!site || !showsPlace(watch, site)) return undefined
  const { id, now, before, values } = update
  const shown = showsState(watch, now.state)
  const wasShown = before !== undefined && showsState(watch, before)
  if (!shown && !wasShown) return undefined
  return feedSite(id, now, shown && !wasShown ? allValues(now) : values)
}

/** Does a link touch the viewport? By its ends, which is where its state shows. */
export function showsLink({ bbox }: Watch, link: Link, inventory: InventoryView): boolean {
  if (bbox === undefined) return true
  return [link.a, link.b].some((end) => {
    const site = inventory.sites.get(end)
    return site !== undefined && inside(bbox, site.position)
  })
}
