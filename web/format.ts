import { LOCAL_OFFSET_MS } from '../domain/history.ts'
import type { Metric } from '../domain/metrics.ts'
import type { Value } from '../domain/reading.ts'
import type { Language } from './address.ts'
import type { MessageId, Translate } from './i18n.ts'

const numberFormats = new Map<string, Intl.NumberFormat>()

/** A number as the language writes it: `4.820`, `−27,4`. */
export function formatNumber(language: Language, value: number, decimals = 0): string {
  const key = `${language}${decimals}`
  let format = numberFormats.get(key)
  if (!format) {
    const locale = language === 'vi' ? 'vi-VN' : 'en-GB'
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    numberFormats.set(key, format)
  }
  return format.format(value).replace('-', '\u2212')
}

const two = (n: number) => String(n).padStart(2, '0')
const local = (ms: number) => new Date(ms + LOCAL_OFFSET_MS)

/** `02:47:13` at Asia/Ho_Chi_Minh. */
export function formatClock(ms: number): string {
  const at = local(ms)
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}

/** `02:47` at Asia/Ho_Chi_Minh. */
export const formatMinute = (ms: number): string => formatClock(ms).slice(0, 5)

/** `24/11` at Asia/Ho_Chi_Minh. */
export function formatDay(ms: number): string {
  const at = local(ms)
  return `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}`
}

/** `T3 24/11/2026` or `Tue 24 Nov 2026`. */
export function formatDate(language: Language, ms: number): string {
  const at = local(ms)
  if (language === 'vi') {
    const day = at.getUTCDay() === 0 ? 'CN' : `T${at.getUTCDay() + 1}`
    return `${day} ${formatDay(ms)}/${at.getUTCFullYear()}`
  }
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  })
    .format(at)
    .replace(',', '')
}

/** Seconds up to a minute, minutes up to an hour, hours up to a day, then the date. */
export function formatAge(t: Translate, ageMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1000))
  if (seconds < 60) return t('age.seconds', { n: seconds })
  if (seconds < 3600) return t('age.minutes', { n: Math.floor(seconds / 60) })
  if (seconds < 86_400) return t('age.hours', { n: Math.floor(seconds / 3600) })
  return `${formatDay(nowMs - ageMs)} ${formatMinute(nowMs - ageMs)}`
}

const UNITS: Readonly<Record<string, string>> = {
  '1': '',
  'dB[mW]': 'dBm',
  Cel: '°C',
  'ug/m3': 'µg/m³',
  'dB[SPL]': 'dBA',
}

/** A UCUM code as people write it. */
export const formatUnit = (ucum: string): string => UNITS[ucum] ?? ucum

const FLAG_WORDS: Readonly<Record<string, readonly [yes: MessageId, no: MessageId]>> = {
  mains: ['flag.mains.yes', 'flag.mains.no'],
  door_open: ['flag.door.yes', 'flag.door.no'],
  link_up: ['flag.link.yes', 'flag.link.no'],
  reachable: ['flag.reachable.yes', 'flag.reachable.no'],
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A number over many decades: `1,2·10⁻¹²`. */
export function formatPower(language: Language, value: number): string {
  if (value === 0) return '0'
  const [mantissa = '', exponent = ''] = value.toExponential(1).split('e')
  const raised = [...exponent.replace('+', '')]
    .map((sign) => (sign === '-' ? '⁻' : SUPERSCRIPTS[Number(sign)]))
    .join('')
  return `${formatNumber(language, Number(mantissa), 1)}·10${raised}`
}

/** A value of a metric, without its unit. */
export function formatValue(t: Translate, language: Language, metric: Metric | undefined, value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') {
    const words = FLAG_WORDS[metric?.name ?? '']
    if (words) return t(value ? words[0] : words[1])
    return t(value ? 'flag.yes' : 'flag.no')
  }
  if (metric?.name === 'ber') return formatPower(language, value)
  return formatNumber(language, value, metric?.decimals ?? 0)
}

/** Is a value outside what the catalogue calls normal? */
export function isAbnormal(metric: Metric | undefined, value: Value): boolean {
  const normal = metric?.normal
  if (!normal) return false
  if (typeof value === 'boolean') return normal.is !== undefined && value !== normal.is
  if (typeof value !== 'number') return false
  return value < (normal.min ?? -Infinity) || value > (normal.max ?? Infinity)
}
