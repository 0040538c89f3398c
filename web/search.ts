/** Text for comparing without diacritics and case: "Gành Dầu" and "ganh dau" are one. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase()
}

/** Does every word of the question occur? Both sides folded. */
export function matches(haystack: string, words: readonly string[]): boolean {
  for (const word of words) if (!haystack.includes(word)) return false
  return true
}

/** The words of a question, folded. */
export const words = (question: string): string[] => fold(question).split(/\s+/).filter(Boolean)
