/** Waits until `probe` answers something other than undefined, null or false. */
export async function until<T>(probe: () => Promise<T> | T, what: string, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<T>
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`waited ${timeoutMs} ms for: ${what}${last ? ` (last: ${(last as Error).message})` : ''}`)
}
