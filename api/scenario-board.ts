import type { Clock } from '../domain/clock.ts'
import type { ScenarioStatus } from '../domain/live.ts'

/** What the fleet last said of its scenarios, and who waits for it to say something. */
export function createScenarioBoard(wall: Clock) {
  let current: readonly ScenarioStatus[] = []
  const waiting = new Set<() => void>()
  return {
    list: () => current,
    hear(list: ScenarioStatus[]) {
      current = list
      for (const look of waiting) look()
    },
    when: (check: (list: readonly ScenarioStatus[]) => boolean, withinMs: number) =>
      new Promise<boolean>((resolve) => {
        const finish = (met: boolean) => {
          waiting.delete(look)
          cancel()
          resolve(met)
        }
        const look = () => {
          if (check(current)) finish(true)
        }
        const cancel = wall.after(withinMs, () => finish(false))
        waiting.add(look)
        look()
      }),
  }
}
