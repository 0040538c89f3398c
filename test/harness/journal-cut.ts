import { rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { readDurableEnd } from '../../store/journal/durable-end.ts'
import { listSegments } from '../../store/journal/files.ts'

/**
 * Makes of a journal whose writer was killed what a power loss at that moment would have left at worst: nothing
 * after the last offset whose fsync had returned, and no record of that offset, which is itself never fsynced.
 * The record can be trusted for the cut: it is written after fsync returns and before anything is acknowledged, and a
 * kill leaves the page cache as it was. Call it while no writer is open. Answers the offset and the bytes cut.
 */
export async function cutToDurable(dir: string): Promise<{ durable: number; cutBytes: number }> {
  const end = readDurableEnd(dir)
  if (!end) throw new Error(`${dir} has no record of its durable end: was it ever written to?`)
  let cutBytes = 0
  const segments = listSegments(dir)
  for (const [i, { base, file }] of segments.entries()) {
    if (i + 1 < segments.length && (segments[i + 1]?.base ?? 0) <= end.durable) continue
    const kept = Math.max(0, end.durable - base)
    cutBytes += await cutFile(file, kept)
  }
  await rm(join(dir, 'durable'))
  return { durable: end.durable, cutBytes }
}

async function cutFile(file: string, kept: number): Promise<number> {
  const { size } = await stat(file)
  if (size < kept) throw new Error(`${file} has ${size} bytes, though ${kept} of them were durable`)
  await truncate(file, kept)
  return size - kept
}
