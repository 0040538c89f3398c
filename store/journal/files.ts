import { readdirSync, readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** The files of a journal folder, by name. */
export interface Segment {
  /** Offset of its first byte. */
  base: number
  file: string
}

const SEGMENT = /^(\d{16})\.segment$/
const CONSUMER = /^consumer-([a-z][a-z0-9-]*)$/

export const segmentFile = (dir: string, base: number): string => join(dir, `${String(base).padStart(16, '0')}.segment`)

/** The segments of a folder in order of offset. */
export function listSegments(dir: string): Segment[] {
  const segments: Segment[] = []
  for (const name of readdirSync(dir)) {
    const found = SEGMENT.exec(name)
    if (found) segments.push({ base: Number(found[1]), file: join(dir, name) })
  }
  return segments.sort((a, b) => a.base - b.base)
}

/** Makes the names in a folder survive a power loss. */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function consumerFile(dir: string, consumer: string): string {
  const name = `consumer-${consumer}`
  if (!CONSUMER.test(name)) throw new Error(`a consumer's name is lower-case letters, digits and "-", not ${consumer}`)
  return join(dir, name)
}

/**
 * The offset that a consumer has committed; undefined when it never did.
 * @throws Error naming the file when it holds no offset.
 */
export function readCommit(dir: string, consumer: string): number | undefined {
  const file = consumerFile(dir, consumer)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (!/^\d{1,16}\n$/.test(text)) throw new Error(`${file} does not hold an offset: delete it to read all that is held`)
  return Number(text)
}

/** Writes a consumer's offset so that either the old or the new one survives whatever happens. */
export async function writeCommit(dir: string, consumer: string, offset: number): Promise<void> {
  const file = consumerFile(dir, consumer)
  const fresh = await open(`${file}.new`, 'w')
  try {
    await fresh.writeFile(`${offset}\n`)
    await fresh.sync()
  } finally {
    await fresh.close()
  }
  await rename(`${file}.new`, file)
  await syncFolder(dir)
}

/** Names of all consumers that ever committed. */
export function listConsumers(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => CONSUMER.exec(name)?.[1] ?? [])
}
