import type { Catalogue } from '../domain/catalogue.ts'
import type { Metric } from '../domain/metrics.ts'
import { MAX_TEXT, PART_FIELD } from '../domain/reading.ts'
import { type Refusal, type RefusalCode, refuse } from '../domain/refusal.ts'
import { ID_PATTERN } from '../domain/topic.ts'
import { type Bilingual, type Kind, PARTS, type Part } from '../domain/words.ts'
import { isObject, isTime } from './check.ts'

/** Says what is wrong with an element that was refused, in words a field engineer understands. */
export type Explain = (kind: Kind, element: unknown, path: string) => Refusal

const UNIT_SIGNS: Readonly<Record<string, string>> = {
  '1': '',
  'dB[mW]': 'dBm',
  'dB[SPL]': 'dBA',
  Cel: '°C',
  'ug/m3': 'µg/m³',
}
const FIELD_NAMES: Readonly<Record<Part, Bilingual>> = {
  site: { vi: 'cả trạm ("m")', en: 'the site ("m")' },
  sector: { vi: 'một sector ("sectors")', en: 'a sector ("sectors")' },
  link: { vi: 'một tuyến ("links")', en: 'a link ("links")' },
}
const MAX_QUOTED = 40

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

// What a device sent is cut and freed of control characters before it is told back.
function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_QUOTED)) : shallow(value)
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text
}

function shallow(value: unknown): string {
  if (Array.isArray(value)) return '[…]'
  return typeof value === 'object' && value !== null ? '{…}' : String(value)
}

const refuseAt = (code: RefusalCode, path: string, vi: string, en: string): Refusal =>
  refuse(code, vi, en, path === '' ? undefined : path.slice(0, 200))

const notAnObject = (path: string, value: unknown): Refusal =>
  refuseAt(
    'shape',
    path,
    `Chỗ này phải là một đối tượng JSON { … }, không phải ${quote(value)}.`,
    `This must be a JSON object { … }, not ${quote(value)}.`,
  )

function wrongTime(path: string, value: unknown): Refusal {
  const negative = typeof value === 'number' && value < 0
  return refuseAt(
    'bad-time',
    path,
    `Thời điểm ${quote(value)} không hợp lệ${negative ? ' (số âm)' : ''}. Gửi số mili giây từ 1970 (1764000000000) hoặc ISO 8601 kèm múi giờ (2026-11-24T08:00:00+07:00), hoặc bỏ "ts".`,
    `The time ${quote(value)} is not valid${negative ? ' (negative)' : ''}. Send milliseconds since 1970 (1764000000000) or ISO 8601 with its offset (2026-11-24T08:00:00+07:00), or leave "ts" out.`,
  )
}

/** The likely slip behind a number out of range. */
function hint(value: number, min: number, max: number, unit: string): Bilingual {
  const fits = (n: number) => n >= min && n <= max
  const shown = unit === '' ? { vi: 'đúng đơn vị', en: 'the right unit' } : { vi: unit, en: unit }
  if (value > 0 && min < 0 && fits(-value)) return { vi: ' Thiếu dấu trừ?', en: ' Is the minus sign missing?' }
  if (unit === '°C' && fits(value - 273.15)) return { vi: ' Gửi °C, không phải K.', en: ' Send °C, not K.' }
  if (value !== 0 && fits(value / 1000))
    return {
      vi: ` Có lẽ lớn gấp 1000: gửi ${shown.vi}.`,
      en: ` It may be a thousand times too large: send ${shown.en}.`,
    }
  if (fits(value / 10)) return { vi: ' Có lẽ lớn gấp 10.', en: ' It may be ten times too large.' }
  return { vi: '', en: '' }
}

function outOfRange(metric: Metric, path: string, value: number): Refusal {
  const [min, max] = metric.range ?? [-Infinity, Infinity]
  const unit = UNIT_SIGNS[metric.unit] ?? metric.unit
  const bounds = `${min} … ${max}${unit === '' ? '' : ` ${unit}`}`
  const slip = hint(value, min, max, unit)
  return refuseAt(
    'out-of-range',
    path,
    `${metric.title.vi} = ${value} nằm ngoài ${bounds}.${slip.vi}`,
    `${metric.title.en} = ${value} is outside ${bounds}.${slip.en}`,
  )
}

const WANTED: Readonly<Record<Metric['type'], Bilingual>> = {
  number: { vi: 'một số, không có dấu nháy', en: 'a number, without quotes' },
  boolean: { vi: 'true hoặc false', en: 'true or false' },
  text: { vi: `một chuỗi tối đa ${MAX_TEXT} ký tự`, en: `a text of at most ${MAX_TEXT} characters` },
}

function explainValue(metric: Metric, path: string, value: unknown): Refusal | undefined {
  const [min, max] = metric.range ?? [-Infinity, Infinity]
  if (metric.type === 'number' && typeof value === 'number') {
    return value >= min && value <= max && Number.isFinite(value) ? undefined : outOfRange(metric, path, value)
  }
  if (metric.type === 'boolean' && typeof value === 'boolean') return undefined
  if (metric.type === 'text' && typeof value === 'string' && [...value].length <= MAX_TEXT) return undefined
  const wanted = WANTED[metric.type]
  return refuseAt(
    'wrong-type',
    path,
    `${metric.title.vi} phải là ${wanted.vi}; nhận được ${quote(value)}.`,
    `${metric.title.en} must be ${wanted.en}; this is ${quote(value)}.`,
  )
}

function unknownMetric(catalogue: Catalogue, kind: Kind, part: Part, name: string, path: string): Refusal {
  const elsewhere = PARTS.find((other) => other !== part && catalogue.ofPart(kind, other).has(name))
  const stem = name.split('_', 1)[0] ?? name
  const similar = [...catalogue.ofPart(kind, part).keys()].filter((known) => known.startsWith(stem)).slice(0, 3)
  let advice: Bilingual = { vi: ' Xem danh mục /api/v1/catalogue.', en: ' See /api/v1/catalogue.' }
  if (elsewhere) {
    const field = FIELD_NAMES[elsewhere]
    advice = { vi: ` Chỉ số này thuộc về ${field.vi}.`, en: ` It belongs to ${field.en}.` }
  } else if (similar.length > 0) {
    advice = { vi: ` Ý bạn là ${similar.join(', ')}?`, en: ` Did you mean ${similar.join(', ')}?` }
  }
  return refuseAt(
    'unknown-metric',
    path,
    `Không có chỉ số ${quote(name)} cho ${FIELD_NAMES[part].vi} loại ${kind}.${advice.vi}`,
    `There is no metric ${quote(name)} for ${FIELD_NAMES[part].en} of kind ${kind}.${advice.en}`,
  )
}

function badPartId(path: string, id: string): Refusal {
  return refuseAt(
    'unknown-part',
    path,
    `Mã ${quote(id)} không hợp lệ: chỉ gồm chữ, số, "-", "_", "."; tối đa 64 ký tự.`,
    `The id ${quote(id)} is not valid: letters, digits, "-", "_" and ".", at most 64.`,
  )
}

function unknownField(catalogue: Catalogue, kind: Kind, path: string, field: string): Refusal {
  const part = PARTS.find((candidate) => catalogue.find(kind, field)?.parts.includes(candidate))
  const known = ['ts', ...PARTS.filter((p) => catalogue.ofPart(kind, p).size > 0).map((p) => PART_FIELD[p])]
  const place: Bilingual = part
    ? { vi: ` Đặt nó trong "${PART_FIELD[part]}".`, en: ` Put it inside "${PART_FIELD[part]}".` }
    : { vi: '', en: '' }
  return refuseAt(
    'shape',
    join(path, field),
    `Trường ${quote(field)} không được dùng ở đây; chỉ có ${known.join(', ')}.${place.vi}`,
    `The field ${quote(field)} does not belong here; there are ${known.join(', ')}.${place.en}`,
  )
}

/** An explainer for the kinds of a catalogue. It reports the first thing wrong and always finds one. */
export function createExplainer(catalogue: Catalogue): Explain {
  function explainValues(kind: Kind, part: Part, values: unknown, path: string): Refusal | undefined {
    if (!isObject(values)) return notAnObject(path, values)
    const metrics = catalogue.ofPart(kind, part)
    for (const name in values) {
      const at = join(path, name)
      const metric = metrics.get(name)
      const found = metric ? explainValue(metric, at, values[name]) : unknownMetric(catalogue, kind, part, name, at)
      if (found) return found
    }
    return undefined
  }

  function explainParts(kind: Kind, part: Part, parts: unknown, path: string): Refusal | undefined {
    if (!isObject(parts)) return notAnObject(path, parts)
    for (const id in parts) {
      if (id === '__proto__') continue
      const at = join(path, id)
      const found = ID_PATTERN.test(id) ? explainValues(kind, part, parts[id], at) : badPartId(at, id)
      if (found) return found
    }
    return undefined
  }

  function explainField(kind: Kind, path: string, field: string, value: unknown): Refusal | undefined {
    if (field === 'ts') return isTime(value) ? undefined : wrongTime(join(path, field), value)
    const part = PARTS.find(
      (candidate) => PART_FIELD[candidate] === field && catalogue.ofPart(kind, candidate).size > 0,
    )
    if (!part) return unknownField(catalogue, kind, path, field)
    const at = join(path, field)
    return part === 'site' ? explainValues(kind, part, value, at) : explainParts(kind, part, value, at)
  }

  return (kind, element, path) => {
    if (!isObject(element)) return notAnObject(path, element)
    for (const field in element) {
      const found = explainField(kind, path, field, element[field])
      if (found) return found
    }
    return refuseAt('shape', path, 'Bản tin sai cấu trúc.', 'The reading is malformed.')
  }
}
