/** The history's file cannot be used; the message says what to do. */
export class HistoryFileError extends Error {
  override name = 'HistoryFileError'
  readonly userMessage = true
}

/** What is asked of a closed history is refused: an answer would never come. */
export const closedError = (): Error => new Error('the history is closed')
