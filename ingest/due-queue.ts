/** What is due first, first: a binary heap of (time, item). Items are cheap to add and never searched for. */
export interface DueQueue<T> {
  add(at: number, item: T): void
  /** Takes the earliest entry that is due at `now`, or undefined. */
  take(now: number): { at: number; item: T } | undefined
  clear(): void
}

interface Entry<T> {
  at: number
  item: T
}

function siftUp<T>(heap: Entry<T>[], entry: Entry<T>): void {
  let i = heap.length
  heap.push(entry)
  while (i > 0) {
    const parent = (i - 1) >> 1
    const above = heap[parent] as Entry<T>
    if (above.at <= entry.at) break
    heap[i] = above
    i = parent
  }
  heap[i] = entry
}

function siftDown<T>(heap: Entry<T>[], entry: Entry<T>): void {
  const size = heap.length
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= size) break
    if (child + 1 < size && (heap[child + 1] as Entry<T>).at < (heap[child] as Entry<T>).at) child++
    const below = heap[child] as Entry<T>
    if (below.at >= entry.at) break
    heap[i] = below
    i = child
  }
  heap[i] = entry
}

export function createDueQueue<T>(): DueQueue<T> {
  const heap: Entry<T>[] = []
  return {
    add: (at, item) => siftUp(heap, { at, item }),
    take(now) {
      const top = heap[0]
      if (!top || top.at > now) return undefined
      const last = heap.pop() as Entry<T>
      if (heap.length > 0) siftDown(heap, last)
      return top
    },
    clear: () => {
      heap.length = 0
    },
  }
}
