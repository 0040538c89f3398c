import type { Bilingual } from './words.ts'

/** Why a payload was refused: the closed list of codes that devices, counters and screens share. */
export const REFUSAL_CODES = [
  'not-utf8',
  'not-json',
  'shape',
  'empty',
  'too-many',
  'unknown-site',
  'wrong-kind',
  'unknown-part',
  'unknown-metric',
  'wrong-type',
  'out-of-range',
  'bad-time',
  'from-the-future',
  'too-old',
  'bad-status',
  'too-large',
  'forbidden-topic',
  'bad-credentials',
  'too-fast',
  'protocol',
] as const
export type RefusalCode = (typeof REFUSAL_CODES)[number]

/** One thing wrong with one payload, in words a field engineer understands. */
export interface Refusal {
  reason: RefusalCode
  /** Where in the payload: `[3].sectors.4g-1.rsrp_p50_dbm`. */
  path?: string
  message: Bilingual
}

/** What a device reads on its `rejected` topic. */
export interface RejectedMessage extends Refusal {
  /** ISO 8601, when it was refused. */
  at: string
  topic: string
}

export const refuse = (reason: RefusalCode, vi: string, en: string, path?: string): Refusal =>
  path === undefined ? { reason, message: { vi, en } } : { reason, path, message: { vi, en } }
