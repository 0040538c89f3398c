import type { Reading } from '../domain/reading.ts'
import { type Refusal, refuse } from '../domain/refusal.ts'
import type { Kind } from '../domain/words.ts'
import { type Decoded, elementPath } from './decode.ts'

/** What screening has to know of a site. */
export interface KnownSite {
  kind: Kind
  /** Ids of its sectors or of the links that end at it. */
  parts: ReadonlySet<string>
}

export interface ScreenLimits {
  /** How far a device's clock may run ahead of the receive time. */
  maxFutureMs: number
  /** How far back a reading may lie: raw readings older than this are gone, and with them their identity. */
  retentionMs: number
}

const FIELD: Readonly<Record<Kind, string>> = { bts: 'sectors', fibre: 'links', sensor: 'm', service: 'm' }
// Before 2001 in epoch ms: a clock that counts seconds, not a clock that is wrong.
const LOOKS_LIKE_SECONDS = 10_000_000_000

/** May this site say anything at all? */
export function screenSender(site: KnownSite | undefined, kind: Kind, siteId: string): Refusal | undefined {
  if (!site) {
    return refuse(
      'unknown-site',
      `Trạm ${siteId} chưa có trong danh sách.`,
      `The site ${siteId} is not in the inventory.`,
    )
  }
  if (site.kind === kind) return undefined
  return refuse(
    'wrong-kind',
    `Trạm ${siteId} thuộc loại ${site.kind}; hãy gửi lên pq/v1/${site.kind}/${siteId}/telemetry.`,
    `The site ${siteId} is of kind ${site.kind}; publish on pq/v1/${site.kind}/${siteId}/telemetry.`,
  )
}

const timePath = (element: number): string => (element < 0 ? 'ts' : `${elementPath(element)}.ts`)

function fromTheFuture(reading: Reading, element: number): Refusal {
  const aheadS = Math.round((reading.ts - reading.receivedAt) / 1000)
  return refuse(
    'from-the-future',
    `Thời điểm đi trước giờ nhận ${aheadS} giây. Hãy chỉnh đồng hồ thiết bị (NTP).`,
    `The time is ${aheadS} s ahead of its arrival. Set the device's clock (NTP).`,
    timePath(element),
  )
}

function tooOld(reading: Reading, element: number, limits: ScreenLimits): Refusal {
  const days = Math.round(limits.retentionMs / 86_400_000)
  const seconds = reading.ts >= 0 && reading.ts < LOOKS_LIKE_SECONDS
  return refuse(
    'too-old',
    seconds
      ? 'Thời điểm có vẻ tính bằng giây; hãy gửi mili giây.'
      : `Bản tin cũ hơn ${days} ngày, quá thời hạn lưu dữ liệu gốc.`,
    seconds
      ? 'The time seems to be in seconds; send milliseconds.'
      : `The reading is older than ${days} days, for which raw readings are kept.`,
    timePath(element),
  )
}

function unknownPart(reading: Reading, element: number): Refusal {
  const { kind, siteId, part } = reading
  const path = [elementPath(element), FIELD[kind], part].filter((step) => step !== '').join('.')
  return refuse(
    'unknown-part',
    kind === 'bts' ? `Trạm ${siteId} không có sector ${part}.` : `Tuyến ${part} không nối vào trạm ${siteId}.`,
    kind === 'bts' ? `The site ${siteId} has no sector ${part}.` : `The link ${part} does not end at ${siteId}.`,
    path,
  )
}

const isTimely = ({ ts, receivedAt }: Reading, { maxFutureMs, retentionMs }: ScreenLimits): boolean =>
  ts <= receivedAt + maxFutureMs && ts >= receivedAt - retentionMs

const passes = (reading: Reading, site: KnownSite, limits: ScreenLimits): boolean =>
  isTimely(reading, limits) && (reading.part === '' || site.parts.has(reading.part))

function sieve({ readings, elements, refusals }: Decoded, site: KnownSite, limits: ScreenLimits): Decoded {
  const kept: Decoded = { readings: [], elements: [], refusals: [...refusals] }
  let blamed: number | undefined
  readings.forEach((reading, i) => {
    const element = elements[i] ?? -1
    if (passes(reading, site, limits)) {
      kept.readings.push(reading)
      kept.elements.push(element)
    } else if (isTimely(reading, limits)) {
      kept.refusals.push(unknownPart(reading, element))
    } else if (element !== blamed) {
      // All parts of an element share its time: one refusal says it.
      blamed = element
      const late = reading.ts < reading.receivedAt
      kept.refusals.push(late ? tooOld(reading, element, limits) : fromTheFuture(reading, element))
    }
  })
  return kept
}

/** Keeps the readings whose time and part can be true, and refuses the others one by one. */
export function screen(decoded: Decoded, site: KnownSite, limits: ScreenLimits): Decoded {
  const { readings } = decoded
  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i] as Reading
    if (!passes(reading, site, limits)) return sieve(decoded, site, limits)
  }
  return decoded
}
