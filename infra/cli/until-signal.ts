const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** How long a drain may take before the process ends all the same. */
const DRAIN_LIMIT_MS = 30_000

interface Running {
  stop(): Promise<void>
  /** Settles only when something ends by itself: with the reason. */
  died?: Promise<Error>
}

/**
 * Runs a service until a signal, then drains it and ends the process with 0. A signal during the start
 * is obeyed once it has started; a second one ends at once with 1, as does a drain that takes too long.
 */
export async function runUntilSignal(start: () => Promise<Running>): Promise<never> {
  let asked = 0
  const signalled = new Promise<undefined>((resolve) => {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (++asked > 1) process.exit(1)
        resolve(undefined)
      })
    }
  })
  const running = await start()
  const reason = await Promise.race([signalled, ...(running.died ? [running.died] : [])])
  if (reason) console.error(`a stage ended unexpectedly, so everything stops: ${reason.stack ?? reason.message}`)
  setTimeout(() => {
    console.error(`not drained within ${DRAIN_LIMIT_MS / 1000} s: ending all the same`)
    process.exit(1)
  }, DRAIN_LIMIT_MS).unref()
  await running.stop()
  process.exit(reason ? 1 : 0)
}
