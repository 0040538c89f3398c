import type { LiveRefusal } from '../domain/live.ts'
import { type Refusal, type RejectedMessage, refuse } from '../domain/refusal.ts'
import { siteTopic } from '../domain/topic.ts'
import type { JournalEntry } from '../store/journal/port.ts'
import { type Counters, countRefusal } from './stats.ts'

/** Most answers to one payload; the last of them says how many more there would be. */
const MAX_PER_PAYLOAD = 5
/** Most answers in a second to all devices together. */
const MAX_PER_SECOND = 1000

const andMore = (reason: Refusal['reason'], count: number): Refusal =>
  refuse(
    reason,
    `Còn ${count} bản tin nữa trong gói này bị từ chối.`,
    `${count} more readings of this packet were refused.`,
  )

function shorten(refusals: Refusal[]): Refusal[] {
  if (refusals.length <= MAX_PER_PAYLOAD) return refusals
  const told = refusals.slice(0, MAX_PER_PAYLOAD - 1)
  const next = refusals[told.length] as Refusal
  return [...told, andMore(next.reason, refusals.length - told.length)]
}

/** An answer to a device, and the same as the operator reads it. */
export interface Answer {
  topic: string
  rejected: RejectedMessage
  live: LiveRefusal
}

/** Counts every refusal and answers as many as a device may have in a second. */
export interface Answerer {
  answer(entry: JournalEntry, refusals: Refusal[]): Answer[]
  /** A second has passed. */
  renew(): void
}

export function createAnswerer(counters: Counters, perSecond: number): Answerer {
  const given = new Map<string, number>()
  let total = 0

  function take(siteId: string): boolean {
    const used = given.get(siteId) ?? 0
    if (used >= perSecond || total >= MAX_PER_SECOND) return false
    given.set(siteId, used + 1)
    total++
    return true
  }

  return {
    answer({ kind, siteId, type, receivedAt }, refusals) {
      for (const { reason } of refusals) countRefusal(counters, reason)
      const answers: Answer[] = []
      const about = siteTopic(kind, siteId, type === 'status' ? 'status' : 'telemetry')
      const at = new Date(receivedAt).toISOString()
      for (const refusal of shorten(refusals)) {
        if (!take(siteId)) {
          counters.unanswered++
          continue
        }
        const rejected = { at, topic: about, ...refusal }
        answers.push({ topic: siteTopic(kind, siteId, 'rejected'), rejected, live: { siteId, ...rejected } })
      }
      return answers
    },
    renew() {
      given.clear()
      total = 0
    },
  }
}
