import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { JournalEntry, JournalReader, JournalWriter, ReadEntry } from '../../store/journal/port.ts'
import { openJournalReader } from '../../store/journal/reader.ts'
import { type JournalWriterOptions, openJournalWriter, type SegmentJournalWriter } from '../../store/journal/writer.ts'

export async function journalDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pq-journal-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A writer that is closed when the test ends; closing it earlier does no harm. */
export async function writerOf(
  dir: string,
  options: Partial<JournalWriterOptions> = {},
): Promise<SegmentJournalWriter> {
  const writer = await openJournalWriter({ dir, limitBytes: 1e9, flushIntervalMs: 1, ...options })
  onTestFinished(() => writer.close())
  return writer
}

export async function readerOf(dir: string, consumer = 'ingest'): Promise<JournalReader> {
  const reader = await openJournalReader({ dir, consumer })
  onTestFinished(() => reader.close())
  return reader
}

export const entryOf = (text: string, siteId = 'bts-1'): JournalEntry => ({
  type: 'telemetry',
  kind: 'bts',
  siteId,
  receivedAt: 1_790_000_000_000,
  payload: Buffer.from(text),
})

/** Appends and waits for the disk. */
export const append = (writer: JournalWriter, entry: JournalEntry): Promise<void> =>
  new Promise((resolve, reject) => writer.append(entry, (error) => (error ? reject(error) : resolve())))

/** All that is on disk from an offset on. */
export async function readAll(reader: JournalReader, from = 0, maxBytes?: number): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = []
  let at = from
  if (reader.behind(at) === 0) return entries
  const stop = new AbortController()
  for await (const batch of reader.tail(from, { signal: stop.signal, ...(maxBytes ? { maxBytes } : {}) })) {
    entries.push(...batch)
    at = (batch.at(-1) as ReadEntry).next
    if (reader.behind(at) === 0) stop.abort()
  }
  return entries
}

export const textOf = (entry: JournalEntry): string => Buffer.from(entry.payload).toString()
