import type { Reading } from '../domain/reading.ts'
import { type Refusal, refuse } from '../domain/refusal.ts'
import type { StatusEvent } from '../store/history/port.ts'
import type { JournalEntry } from '../store/journal/port.ts'
import type { Decode } from './decode.ts'
import { type KnownSite, type ScreenLimits, screen, screenSender } from './screen.ts'

/** What one journal entry came to. */
export interface Outcome {
  readings: Reading[]
  status?: StatusEvent
  refusals: Refusal[]
}

export const NOTHING: Outcome = { readings: [], refusals: [] }
const badStatus = refuse('bad-status', 'Chỉ nhận "online" hoặc "offline".', 'Only "online" or "offline" is taken.')

function readStatus({ siteId, kind, receivedAt, payload }: JournalEntry): Outcome {
  const word = Buffer.from(payload).toString('latin1')
  if (word !== 'online' && word !== 'offline') return { readings: [], refusals: [badStatus] }
  return { readings: [], refusals: [], status: { siteId, kind, at: receivedAt, online: word === 'online' } }
}

export interface Judge {
  decode: Decode
  limits: ScreenLimits
  inventory: { site(id: string): KnownSite | undefined }
}

/** What an entry says, as far as it can be true of a site that is known. */
export function interpret({ inventory, decode, limits }: Judge, entry: JournalEntry): Outcome {
  if (entry.type === 'connection') return NOTHING
  const site = inventory.site(entry.siteId)
  const stranger = screenSender(site, entry.kind, entry.siteId)
  if (!site || stranger) return { readings: [], refusals: stranger ? [stranger] : [] }
  return entry.type === 'status' ? readStatus(entry) : screen(decode(entry), site, limits)
}

const DOUBTFUL = new Set<string>(['unknown-site', 'unknown-part', 'wrong-kind'])
/** Refused for what the inventory says, which may have changed in this moment. */
export const isDoubtful = ({ refusals }: Outcome): boolean =>
  refusals.length > 0 && refusals.some(({ reason }) => DOUBTFUL.has(reason))
