import { isExplained } from '../known-error.ts'

/** Something the person at the shell can mend: said without a stack. */
export class UsageError extends Error {}

const isArgumentError = (error: unknown): boolean =>
  String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')

/**
 * Runs one command line: prints what `work` returns, `usage` when asked, and what went wrong in one
 * line a fault. Ends the process with 0, 1 (failed) or 2 (not understood).
 */
export async function runCommand(usage: string, work: (args: string[]) => Promise<string | undefined>): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage)
    return
  }
  try {
    const answer = await work(args)
    if (answer !== undefined) console.log(answer)
  } catch (error) {
    const understood = error instanceof UsageError || isArgumentError(error)
    if (understood) console.error(`${(error as Error).message}\n\n${usage}`)
    else if (isExplained(error)) console.error(error.message)
    else console.error(error)
    process.exitCode = understood ? 2 : 1
  }
}
