import { messages as en } from 'virtual:catalog/en'
import { messages as vi } from 'virtual:catalog/vi'
import { i18n } from '@lingui/core'
import { useLingui } from '@lingui/react'
import type { Language } from './address.ts'
import type texts from './locales/vi.json'

/** Every message there is; the Vietnamese file is the list. */
export type MessageId = keyof typeof texts
export type Translate = (id: MessageId, values?: Record<string, unknown>) => string

i18n.load({ vi, en })

export { i18n }

/** Makes a language the one that `t` speaks, and says so to assistive technology. */
export function speak(language: Language): void {
  i18n.activate(language)
  document.documentElement.lang = language
}

/** The translator of the current language; the component follows a change. */
export function useT(): { t: Translate; language: Language } {
  const { i18n: current } = useLingui()
  return { t: (id, values) => current._(id, values), language: current.locale as Language }
}

/** The translator outside React: map labels, keyboard, titles. */
export const t: Translate = (id, values) => i18n._(id, values)
