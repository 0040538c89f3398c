import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

/**
 * How far the log is on disk, in a file of 24 bytes that the writer rewrites in place after each fsync and before it
 * acknowledges anything, so that readers in other threads and processes can poll it for the price of one read.
 *
 * It is not itself fsynced. While the machine runs, it is exact, whatever becomes of the writer; after a power loss
 * it may lie behind the log (never ahead of it), which the mark of the machine's boot gives away.
 *
 * | at | bytes | |
 * | --- | --- | --- |
 * | 0 | 8 | durable end, float64 |
 * | 8 | 8 | base of the segment being written, float64 |
 * | 16 | 4 | mark of the boot it was written in |
 * | 20 | 4 | CRC-32 of the above |
 */
const BYTES = 24
const CHECKED_BYTES = 20
/** A read may meet a write half done; it is done a moment later. */
const ATTEMPTS = 5

export interface DurableEnd {
  durable: number
  activeBase: number
  /** Written since the machine started: no writer needs to look at the log before this is believed. */
  current: boolean
}

const durableFile = (dir: string): string => join(dir, 'durable')

/** Tells one boot of the machine from another; 0 where the system does not say. */
function bootMark(): number {
  try {
    return crc32(readFileSync('/proc/sys/kernel/random/boot_id'))
  } catch {
    return 0 // not Linux: the end is believed as it stands
  }
}
const BOOT_MARK = bootMark()

function decode(bytes: Buffer): DurableEnd | undefined {
  if (crc32(bytes.subarray(0, CHECKED_BYTES)) !== bytes.readUInt32LE(CHECKED_BYTES)) return undefined
  return {
    durable: bytes.readDoubleLE(0),
    activeBase: bytes.readDoubleLE(8),
    current: bytes.readUInt32LE(16) === BOOT_MARK,
  }
}

export interface DurableEndFile {
  write(durable: number, activeBase: number): void
  close(): void
}

/** Opens the file for the writer. */
export function openDurableEnd(dir: string): DurableEndFile {
  const fd = openSync(durableFile(dir), constants.O_WRONLY | constants.O_CREAT, 0o644)
  const bytes = Buffer.alloc(BYTES)
  bytes.writeUInt32LE(BOOT_MARK, 16)
  return {
    write(durable, activeBase) {
      bytes.writeDoubleLE(durable, 0)
      bytes.writeDoubleLE(activeBase, 8)
      bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES)
      writeSync(fd, bytes, 0, BYTES, 0)
    },
    close: () => closeSync(fd),
  }
}

export interface DurableEndPoll {
  /** Undefined while there is none, or none that can be read. */
  read(): DurableEnd | undefined
  close(): void
}

/** Opens the file for a reader, which may be there before the first writer is. */
export function pollDurableEnd(dir: string): DurableEndPoll {
  let fd: number | undefined
  const bytes = Buffer.alloc(BYTES)
  const tryOpen = (): number | undefined => {
    try {
      return openSync(durableFile(dir), 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    read() {
      fd ??= tryOpen()
      if (fd === undefined) return undefined
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const end = readSync(fd, bytes, 0, BYTES, 0) === BYTES ? decode(bytes) : undefined
        if (end) return end
      }
      return undefined
    },
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    },
  }
}

/** Reads the file once. */
export function readDurableEnd(dir: string): DurableEnd | undefined {
  const poll = pollDurableEnd(dir)
  try {
    return poll.read()
  } finally {
    poll.close()
  }
}
