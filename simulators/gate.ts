/** Lets a bounded number of connection attempts be under way; the others wait in line. */
export interface Gate {
  /** Calls `work` when there is room; it must call `leave` when it is through. */
  enter(work: (leave: () => void) => void): void
  /** How many wait: at most one per device. */
  readonly waiting: number
}

export function createGate(capacity: number): Gate {
  const line: ((leave: () => void) => void)[] = []
  let inside = 0
  const next = () => {
    const work = inside < capacity ? line.shift() : undefined
    if (!work) return
    inside++
    let left = false
    work(() => {
      if (left) return
      left = true
      inside--
      next()
    })
  }
  return {
    enter(work) {
      line.push(work)
      next()
    },
    get waiting() {
      return line.length
    },
  }
}
