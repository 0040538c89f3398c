import { type FileHandle, open, rm } from 'node:fs/promises'
import { readDurableEnd } from './durable-end.ts'
import { listConsumers, listSegments, readCommit, type Segment, segmentFile, syncFolder } from './files.ts'
import { scanFrames } from './frame.ts'

/** The segment that is being appended to. */
export interface ActiveSegment {
  base: number
  /** Bytes that count; the file may be longer after a failed write. */
  size: number
  handle: FileHandle
}

const SCAN_BLOCK_BYTES = 4 * 1024 * 1024

/**
 * Starts a segment at an offset. A file of that name can hold only what a failed write left: had any of it been
 * acknowledged, the log would end beyond its start.
 */
export async function startSegment(dir: string, base: number): Promise<ActiveSegment> {
  const file = segmentFile(dir, base)
  await rm(file, { force: true })
  const handle = await open(file, 'wx')
  try {
    await syncFolder(dir)
  } catch (error) {
    await handle.close()
    throw error
  }
  return { base, size: 0, handle }
}

/** Bytes of whole, undamaged frames at the start of a segment. */
async function soundBytes(handle: FileHandle): Promise<number> {
  let position = 0
  let wanted = SCAN_BLOCK_BYTES
  for (;;) {
    const block = Buffer.allocUnsafeSlow(wanted)
    const { bytesRead } = await handle.read(block, 0, wanted, position)
    const { end, bad, wantedBytes } = scanFrames(block.subarray(0, bytesRead))
    position += end
    if (bad || (end === 0 && bytesRead < wanted)) return position
    wanted = Math.max(SCAN_BLOCK_BYTES, wantedBytes)
  }
}

export interface Recovery {
  active: ActiveSegment
  /** Bytes of a torn tail that were cut off; nobody had been told that they were safe. */
  cutBytes: number
  /** What was safe once and is not there now; undefined when all is well. */
  loss: string | undefined
}

/**
 * Finds the end of the log and makes it ready for appending.
 *
 * Frames after the last known durable end that are whole are kept (after a power loss that record may be old); what
 * follows them is a torn tail and is cut. Where damage or a missing file begins *before* an end that was durable or
 * that a consumer has committed, nothing is cut, the log goes on in a new segment behind that end, so that no
 * offset is ever used twice, and readers that come to the place are told.
 */
export async function recover(dir: string): Promise<Recovery> {
  const commits = listConsumers(dir).map((consumer) => readCommit(dir, consumer) ?? 0)
  const promised = Math.max(0, readDurableEnd(dir)?.durable ?? 0, ...commits)
  const last = listSegments(dir).at(-1)
  if (!last) {
    const loss = promised > 0 ? `the journal is empty, though offset ${promised} had been reached` : undefined
    return { active: await startSegment(dir, promised), cutBytes: 0, loss }
  }
  return recoverSegment(dir, last, promised)
}

async function recoverSegment(dir: string, last: Segment, promised: number): Promise<Recovery> {
  const handle = await open(last.file, 'r+')
  let kept = false
  try {
    const size = await soundBytes(handle)
    const end = last.base + size
    if (end < promised) {
      const loss = `${last.file} is sound up to offset ${end} only, though ${promised} had been reached`
      return { active: await startSegment(dir, promised), cutBytes: 0, loss }
    }
    const { size: fileBytes } = await handle.stat()
    if (fileBytes > size) await handle.truncate(size)
    await handle.sync()
    await syncFolder(dir)
    kept = true
    return { active: { base: last.base, size, handle }, cutBytes: fileBytes - size, loss: undefined }
  } finally {
    if (!kept) await handle.close()
  }
}
