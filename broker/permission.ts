import { CONTROL, LIVE, siteTopic } from '../domain/topic.ts'
import type { Kind } from '../domain/words.ts'
import { covers, isFilter, matches } from './filter.ts'

/** Who may publish, subscribe and receive what. Pure. */

/** The topics of the one site that a connection speaks for, made once so that a message costs a comparison. */
export interface SiteTopics {
  readonly siteId: string
  readonly kind: Kind
  readonly telemetry: string
  readonly status: string
  readonly rejected: string
}

export interface Rights {
  /** `device`: speaks for a site. `stage`: a part of the platform. `integration`: a second consumer or a bridge. */
  readonly role: 'device' | 'stage' | 'integration'
  readonly site: SiteTopics | null
  /** Topic filters; nothing for a device. */
  readonly read: readonly string[]
  readonly write: readonly string[]
}

/** What becomes of a publish: evidence for the journal, a message to pass on, or nothing at all. */
export type Verdict = 'telemetry' | 'status' | 'forward' | 'forbidden'

const LIVE_PREFIX = `${LIVE}/`
const CONTROL_PREFIX = `${CONTROL}/`

export const siteTopics = (kind: Kind, siteId: string): SiteTopics => ({
  siteId,
  kind,
  telemetry: siteTopic(kind, siteId, 'telemetry'),
  status: siteTopic(kind, siteId, 'status'),
  rejected: siteTopic(kind, siteId, 'rejected'),
})

export const deviceRights = (site: SiteTopics): Rights => ({ role: 'device', site, read: [], write: [] })

const RIGHTS_OF_STAGES: Readonly<Record<string, Rights>> = {
  ingest: {
    role: 'stage',
    site: null,
    read: [`${CONTROL}/#`],
    write: [`${LIVE}/#`, `${CONTROL}/#`, 'pq/v1/+/+/rejected'],
  },
  api: { role: 'stage', site: null, read: [`${LIVE}/#`, `${CONTROL}/#`], write: [`${CONTROL}/#`] },
  fleet: { role: 'stage', site: null, read: [`${CONTROL}/#`], write: [`${CONTROL}/#`] },
}

/** Rights of a stage's own connection; the fleet's where it speaks for no site. */
export const stageRights = (stage: 'ingest' | 'api' | 'fleet'): Rights => RIGHTS_OF_STAGES[stage] as Rights

/** Rights of an integration: its filters, malformed ones left out. */
export const integrationRights = (read: readonly string[], write: readonly string[]): Rights => ({
  role: 'integration',
  site: null,
  read: read.filter(isFilter),
  write: write.filter(isFilter),
})

/** What may become of a publish on this topic. */
export function judgePublish(rights: Rights, topic: string): Verdict {
  const { site } = rights
  if (site !== null) {
    if (topic === site.telemetry) return 'telemetry'
    return topic === site.status ? 'status' : 'forbidden'
  }
  if (topic.startsWith('$')) return 'forbidden'
  // What flows between the stages is theirs, however wide an integration's filter is.
  if (rights.role === 'integration' && (topic.startsWith(LIVE_PREFIX) || topic.startsWith(CONTROL_PREFIX))) {
    return 'forbidden'
  }
  return rights.write.some((filter) => matches(filter, topic)) ? 'forward' : 'forbidden'
}

/** May it subscribe to this filter? Every topic that the filter can match must be readable. */
export function maySubscribe(rights: Rights, filter: string): boolean {
  if (rights.site !== null) return filter === rights.site.rejected
  if (filter.startsWith('$')) return false
  if (rights.role === 'integration' && (filter === CONTROL || filter.startsWith(CONTROL_PREFIX))) return false
  return rights.read.some((wide) => covers(wide, filter))
}

/** May a message on this topic be delivered to it, live, retained or kept? */
export function mayReceive(rights: Rights, topic: string): boolean {
  if (rights.site !== null) return topic === rights.site.rejected
  if (topic.startsWith('$')) return false
  // A filter such as `pq/v1/#` is granted, and leaves out what the stages ask of one another.
  if (rights.role === 'integration' && topic.startsWith(CONTROL_PREFIX)) return false
  return rights.read.some((filter) => matches(filter, topic))
}
