/** The history's file cannot be used; the message says what to do. */
export class HistoryFileError extends Error {
  override name = 'HistoryFileError'
  readonly userMessage = true
}
