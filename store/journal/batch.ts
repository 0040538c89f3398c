import { writeFrame } from './frame.ts'
import type { JournalEntry } from './port.ts'

export type Done = (error?: Error) => void

const FIRST_BYTES = 256 * 1024
/** A buffer that a burst made larger than this is given back after use. */
const KEPT_BYTES = 8 * 1024 * 1024

/** Frames that are written and fsynced together, and who waits for them. */
export class Batch {
  bytes = new Uint8Array(FIRST_BYTES)
  view = new DataView(this.bytes.buffer)
  length = 0
  readonly waiting: Done[] = []

  /** `frameBytes` is the size of the entry as a frame. */
  add(entry: JournalEntry, frameBytes: number, done: Done | undefined): void {
    const end = this.length + frameBytes
    if (end > this.bytes.length) this.#grow(end)
    writeFrame(this.bytes, this.view, this.length, entry)
    this.length = end
    if (done) this.waiting.push(done)
  }

  /** Tells everybody in order, and empties the batch. One that throws does not keep the news from the others. */
  settle(error?: Error): void {
    for (const done of this.waiting) {
      try {
        done(error)
      } catch (thrown) {
        rethrowLater(thrown)
      }
    }
    this.waiting.length = 0
    this.length = 0
    if (this.bytes.length > KEPT_BYTES) this.#allocate(FIRST_BYTES)
  }

  #grow(needed: number): void {
    const old = this.bytes.subarray(0, this.length)
    this.#allocate(Math.max(needed, this.bytes.length * 2))
    this.bytes.set(old)
  }

  #allocate(size: number): void {
    this.bytes = new Uint8Array(size)
    this.view = new DataView(this.bytes.buffer)
  }
}

function rethrowLater(thrown: unknown): void {
  process.nextTick(() => {
    throw thrown
  })
}
