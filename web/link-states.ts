import type { LinkState } from '../domain/words.ts'

/** States of links by id, as lists give them and the feed changes them. */
export interface LinkStates {
  get(id: string): LinkState | undefined
  /** Number of the feed's last change: taken before a list is asked for, it tells what the list cannot know. */
  change(): number
  apply(id: string, state: LinkState): void
  /** Takes a list that was asked for at `sinceChange`; what the feed said after that stays. */
  load(links: readonly { id: string; state: LinkState }[], sinceChange: number): void
}

export function createLinkStates(): LinkStates {
  const states = new Map<string, { state: LinkState; change: number }>()
  let change = 0
  return {
    get: (id) => states.get(id)?.state,
    change: () => change,
    apply(id, state) {
      change += 1
      states.set(id, { state, change })
    },
    load(links, sinceChange) {
      for (const { id, state } of links) {
        const known = states.get(id)
        if (!known || known.change <= sinceChange) states.set(id, { state, change: sinceChange })
      }
    },
  }
}
