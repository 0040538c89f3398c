import type { ScenarioStatus } from '../domain/live.ts'
import { endFaults, type Fault } from './faults.ts'
import { findScenario, SCENARIOS } from './scenarios.ts'
import type { Topology } from './topology.ts'

/** Which scenarios run, and the faults that follow from them. */
export interface Playbill {
  /** @throws Error naming the scenarios, or that this inventory has no place for it. False: it ran already. */
  start(name: string, nowMs: number): boolean
  /** False: it did not run. @throws Error naming the scenarios. */
  stop(name: string, nowMs: number): boolean
  faults(): Fault[]
  statuses(): ScenarioStatus[]
}

/** Water recedes and batteries charge for hours after the end; then an ended fault is history. */
const REMEMBER_MS = 36 * 3_600_000

export function createPlaybill(topology: Topology, seed: number): Playbill {
  const running = new Map<string, { startedAt: number; faults: Fault[] }>()
  let ended: Fault[] = []
  return {
    start(name, nowMs) {
      const scenario = findScenario(name)
      if (running.has(name)) return false
      const faults = scenario.faults(topology, seed, nowMs)
      if (faults.length === 0) throw new Error(`the inventory has no place for the scenario ${name}`)
      running.set(name, { startedAt: nowMs, faults })
      return true
    },
    stop(name, nowMs) {
      findScenario(name)
      const play = running.get(name)
      if (!play) return false
      running.delete(name)
      ended = [...ended.filter((fault) => fault.toMs > nowMs - REMEMBER_MS), ...endFaults(play.faults, nowMs)]
      return true
    },
    faults: () => [...ended, ...[...running.values()].flatMap((play) => play.faults)],
    statuses: () =>
      SCENARIOS.map(({ name, title }) => {
        const play = running.get(name)
        return { name, title, running: play !== undefined, startedAt: play?.startedAt ?? null }
      }),
  }
}
