import { createCompiledCatalog } from '@lingui/cli/api'
import { setupI18n } from '@lingui/core'
import { describe, expect, it } from 'vitest'
import { METRICS } from '../../domain/metrics.ts'
import { formatAge, formatClock, formatDate, formatNumber, formatPower, isAbnormal } from '../../web/format.ts'
import en from '../../web/locales/en.json'
import vi from '../../web/locales/vi.json'

const TEXTS: Record<string, Record<string, string>> = { vi, en }
const read = (language: string) => TEXTS[language] ?? {}

describe('the words of the page', () => {
  it('are the same in both languages', () => {
    expect(Object.keys(read('en')).sort()).toEqual(Object.keys(read('vi')).sort())
  })

  it.each(['vi', 'en'])('are well-formed ICU messages in %s', (language) => {
    expect(createCompiledCatalog(language, read(language), {}).errors).toEqual([])
  })

  it('count in English as English does', () => {
    const i18n = setupI18n({ locale: 'en', messages: { en: read('en') } })
    expect(i18n._('list.waiting', { n: 1 })).toBe('1 new fault')
    expect(i18n._('list.waiting', { n: 3 })).toBe('3 new faults')
  })

  it('tell an age in the largest fitting unit', () => {
    const t = (id: string, values?: Record<string, unknown>) => `${id} ${values?.['n']}`
    const now = Date.parse('2026-11-24T12:00:00Z')
    const ages = [59_000, 60_000, 3_599_000, 3_600_000, 86_399_000].map((age) => formatAge(t, age, now))
    expect(ages).toEqual(['age.seconds 59', 'age.minutes 1', 'age.minutes 59', 'age.hours 1', 'age.hours 23'])
    expect(formatAge(t, 86_400_000, now)).toBe('23/11 19:00')
  })

  it('write numbers and times as the island does', () => {
    expect(formatNumber('vi', 4820)).toBe('4.820')
    expect(formatNumber('vi', -27.4, 1)).toBe('−27,4')
    expect(formatPower('vi', 1.2e-12)).toBe('1,2·10⁻¹²')
    expect(formatClock(Date.parse('2026-11-23T19:47:13Z'))).toBe('02:47:13')
    expect(formatDate('vi', Date.parse('2026-11-23T19:47:13Z'))).toBe('T3 24/11/2026')
    expect(formatDate('en', Date.parse('2026-11-23T19:47:13Z'))).toBe('Tue 24 Nov 2026')
  })

  it('call a value abnormal exactly outside the bounds of the catalogue', () => {
    const voltage = METRICS.find((metric) => metric.name === 'dc_voltage_v')
    expect([46.9, 47, 57, 57.1].map((volts) => isAbnormal(voltage, volts))).toEqual([true, false, false, true])
    expect(
      isAbnormal(
        METRICS.find((metric) => metric.name === 'mains'),
        false,
      ),
    ).toBe(true)
  })
})
