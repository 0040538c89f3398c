import type { Bilingual } from '../domain/words.ts'

export type Language = keyof Bilingual

const PART = /^\s*(\*|[a-z]{1,8})(?:-[a-z0-9]{1,8})*\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i

/** The language an `Accept-Language` header prefers (RFC 9110, 12.5.4); Vietnamese when it does not matter. */
export function languageOf(header: string | undefined): Language {
  const weight: Record<Language, number> = { vi: 0, en: 0 }
  for (const part of (header ?? '').slice(0, 200).split(',')) {
    const [, tag, q] = PART.exec(part) ?? []
    const language = tag?.toLowerCase()
    if (language === 'vi' || language === 'en') weight[language] = Math.max(weight[language], Number(q ?? 1))
  }
  return weight.en > weight.vi ? 'en' : 'vi'
}
