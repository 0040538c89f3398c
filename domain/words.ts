/** The closed vocabularies of the platform. Enumerations are never translated; names are. */

export const KINDS = ['bts', 'fibre', 'sensor', 'service'] as const
export type Kind = (typeof KINDS)[number]

export const SYSTEMS = ['one-stop', 'school', 'health', 'pharmacy', 'video-conference'] as const
export type ServiceSystem = (typeof SYSTEMS)[number]

export const TECHNOLOGIES = ['2g', '3g', '4g', '5g'] as const
export type Technology = (typeof TECHNOLOGIES)[number]

export const SITE_STATES = ['ok', 'degraded', 'down', 'stale', 'unknown', 'maintenance'] as const
export type SiteState = (typeof SITE_STATES)[number]

export const LINK_STATES = ['up', 'degraded', 'down', 'unknown'] as const
export type LinkState = (typeof LINK_STATES)[number]

/** What a metric belongs to: the whole site, one sector (radio cell) of it, or one link that ends at it. */
export const PARTS = ['site', 'sector', 'link'] as const
export type Part = (typeof PARTS)[number]

/** Usernames of the platform's own stages at the broker: a site or an integration of that name could never sign in. */
const STAGES = ['ingest', 'api', 'fleet']
export const isStageName = (name: string): boolean => STAGES.includes(name)

/** A text in both languages of the platform, Vietnamese first. */
export interface Bilingual {
  vi: string
  en: string
}
