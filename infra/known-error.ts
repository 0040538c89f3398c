/** A fault that its message alone explains: what is wrong, and what to do. Shown without a stack. */
export class KnownError extends Error {
  readonly userMessage = true
}

const ADDRESS_CODES = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES']

/** Errors of any stage or store that are explained: they carry `userMessage`, or tell of a port. */
export function isExplained(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { userMessage, code } = error as { userMessage?: unknown; code?: unknown }
  return userMessage === true || ADDRESS_CODES.includes(String(code))
}
