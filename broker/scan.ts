import { CONNECT, checkBody, checkHeader, type Fault } from './rules.ts'

/** The owner may change them while the connection lives. */
export interface ScanLimits {
  /** Largest packet, fixed header included. */
  maxPacketBytes: number
  /** Packets handed on at once: what one connection may have in flight before more is read of it. */
  maxBatch: number
}

const NOTHING = Buffer.alloc(0)
const BAD_LENGTH: Fault = { code: 'protocol', detail: 'a remaining length of more than four bytes (2.2.3)' }
const NOT_CONNECT: Fault = { code: 'protocol', detail: 'a first packet other than CONNECT [MQTT-3.1.0-1]' }
const SECOND_CONNECT: Fault = { code: 'protocol', detail: 'a second CONNECT [MQTT-3.1.0-2]' }

/**
 * Cuts a connection's bytes into whole packets and judges each. What it answers is sound; the first
 * fault ends the stream: packets before it are still answered, then `fault` is set.
 * Holds at most one unfinished packet, and that never beyond the limit.
 */
export class PacketScanner {
  fault: Fault | null = null
  readonly #limits: ScanLimits
  /** Whole packets beyond the last batch, and what follows them. */
  #rest: Buffer = NOTHING
  /** An unfinished packet, in the pieces in which it came. */
  #pieces: Buffer[] = []
  #pieceBytes = 0
  /** Length of the unfinished packet, 0 while its header is incomplete. */
  #wantedBytes = 0
  /** Where the fixed header of the packet under the knife ends. */
  #bodyAt = 0
  #seenConnect = false

  constructor(limits: ScanLimits) {
    this.#limits = limits
  }

  /** Takes bytes from the wire; answers whole packets, or null while there is none. */
  push(chunk: Buffer): Buffer | null {
    if (this.fault !== null) return null
    if (this.#pieceBytes === 0) return this.#cut(chunk)
    this.#pieces.push(chunk)
    this.#pieceBytes += chunk.length
    if (this.#pieceBytes < this.#wantedBytes) return null
    const bytes = Buffer.concat(this.#pieces, this.#pieceBytes)
    this.#pieces = []
    this.#pieceBytes = 0
    return this.#cut(bytes)
  }

  /** The next batch of what was pushed before, or null when there is none. */
  next(): Buffer | null {
    if (this.#rest.length === 0) return null
    const rest = this.#rest
    this.#rest = NOTHING
    return this.#cut(rest)
  }

  #cut(bytes: Buffer): Buffer | null {
    let at = 0
    let count = 0
    while (at < bytes.length && count < this.#limits.maxBatch) {
      const end = this.#measure(bytes, at)
      if (end < 0) return this.#answer(bytes, at)
      const first = bytes[at] as number
      this.fault = checkBody(bytes, first, this.#bodyAt, end)
      if (this.fault !== null) return this.#answer(bytes, at)
      at = end
      count += 1
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : NOTHING
    return at === bytes.length ? bytes : bytes.subarray(0, at)
  }

  /** Whole packets up to `at`; what follows is unfinished, or not wanted after a fault. */
  #answer(bytes: Buffer, at: number): Buffer | null {
    if (this.fault === null) {
      // Copied, so that a few bytes do not keep the whole chunk alive.
      this.#pieces = [Buffer.from(bytes.subarray(at))]
      this.#pieceBytes = bytes.length - at
    }
    return at === 0 ? null : bytes.subarray(0, at)
  }

  /** End of the packet at `at`; -1 when it is unfinished or at fault. */
  #measure(bytes: Buffer, at: number): number {
    const first = bytes[at] as number
    this.fault = checkHeader(first) ?? this.#checkOrder(first >> 4)
    this.#wantedBytes = 0
    if (this.fault !== null) return -1
    let bodyBytes = 0
    for (let i = 1; i <= 4; i++) {
      if (at + i >= bytes.length) return -1
      const byte = bytes[at + i] as number
      bodyBytes += (byte & 127) << (7 * (i - 1))
      if (byte < 128) return this.#fit(bytes, at, at + i + 1, bodyBytes)
    }
    this.fault = BAD_LENGTH
    return -1
  }

  #fit(bytes: Buffer, at: number, bodyAt: number, bodyBytes: number): number {
    const wanted = bodyAt - at + bodyBytes
    if (wanted > this.#limits.maxPacketBytes) {
      this.fault = {
        code: 'too-large',
        detail: `a packet of ${wanted} bytes; ${this.#limits.maxPacketBytes} are accepted`,
      }
      return -1
    }
    this.#bodyAt = bodyAt
    if (at + wanted <= bytes.length) {
      this.#seenConnect = true
      return at + wanted
    }
    this.#wantedBytes = wanted
    return -1
  }

  #checkOrder(type: number): Fault | null {
    if (this.#seenConnect) return type === CONNECT ? SECOND_CONNECT : null
    return type === CONNECT ? null : NOT_CONNECT
  }
}
