import { unlink } from 'node:fs/promises'
import { listSegments, readCommit } from './files.ts'

/** The offset that all of these consumers have committed; the oldest held while one of them never did. */
export function consumedOffset(dir: string, consumers: readonly string[]): number {
  const oldest = listSegments(dir)[0]?.base ?? 0
  const commits = consumers.map((consumer) => readCommit(dir, consumer) ?? 0)
  return Math.max(oldest, Math.min(...commits))
}

/** Unlinks the segments that end at or before an offset; the last one stays. */
export async function unlinkConsumed(dir: string, consumed: number): Promise<void> {
  const segments = listSegments(dir)
  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1]
    if (!next || next.base > consumed) return
    await unlink(segment.file)
  }
}
