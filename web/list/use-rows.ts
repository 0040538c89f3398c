import { useCallback, useEffect, useRef, useState } from 'react'
import { type Filter, listRows, newcomers } from '../rows.ts'
import { network, useScene } from '../state.ts'
import { useView } from '../view.ts'

const LOOK_EVERY_MS = 500

const fresh = () => listRows(network.sites.values(), useView.getState(), useScene.getState().frame)
const stateOf = (id: string) => network.sites.get(id)?.state
const sameRows = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((id, at) => id === b[at])

export interface Rows {
  ids: readonly string[]
  /** Faults that wait until the order is let go. */
  waiting: number
  /** Lets them in. */
  admit(): void
}

/**
 * The rows of the list. While `held` (pointer or focus is in the list) nothing moves under the hand:
 * the order stands, and new faults wait.
 */
export function useRows(held: boolean, filter: Filter, loaded: boolean): Rows {
  const frame = useScene((scene) => (filter.inView ? scene.frame : null))
  const [ids, setIds] = useState<readonly string[]>([])
  const [waiting, setWaiting] = useState(0)
  const seen = useRef(-1)
  const admit = useCallback(() => {
    seen.current = network.revision()
    const next = fresh()
    setIds((before) => (sameRows(before, next) ? before : next))
    setWaiting(0)
  }, [])
  const asked = [
    filter.kinds.join(),
    filter.states.join(),
    filter.ward,
    filter.question,
    filter.inView,
    frame?.join(),
    loaded,
  ].join('|')
  // A new question is answered at once, held or not
  useEffect(admit, [asked])
  useEffect(() => {
    const look = () => {
      if (seen.current === network.revision()) return
      if (!held) return admit()
      setIds((before) => {
        setWaiting(newcomers(before, fresh(), stateOf))
        return before
      })
    }
    look()
    const timer = setInterval(look, LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [held, admit])
  return { ids, waiting, admit }
}
