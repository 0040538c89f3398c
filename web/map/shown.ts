import type { View } from '../address.ts'
import type { SiteRecord } from '../network.ts'
import { passes } from '../rows.ts'
import { useView } from '../view.ts'

/** What the filter leaves on the map: the list's own, but for "in map view", which the map itself is. */
export const shownOnMap = (view: View): ((site: SiteRecord) => boolean) => passes({ ...view, inView: false }, null)

/** Changes whenever the map's filter does. */
export const useMapFilter = (): string =>
  useView((view) => [view.kinds.join(), view.states.join(), view.ward ?? '', view.question].join('|'))

/** States drawn by the one big layer; the others have marks of their own. */
export const isPlain = (site: SiteRecord): boolean => site.state === 'ok' || site.state === 'unknown'
