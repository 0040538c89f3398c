import { copyFile, cp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readDurableEnd } from '../../store/journal/durable-end.ts'
import { JournalCorruptError, JournalGapError } from '../../store/journal/errors.ts'
import { listSegments } from '../../store/journal/files.ts'
import { cutToDurable } from '../harness/journal-cut.ts'
import { append, entryOf, journalDir, readAll, readerOf, textOf, writerOf } from './fixture.ts'

/** A closed journal of so many entries. */
async function journalOf(count: number, segmentBytes?: number): Promise<{ dir: string; end: number }> {
  const dir = await journalDir()
  const writer = await writerOf(dir, segmentBytes ? { segmentBytes } : {})
  for (let i = 0; i < count; i++) await append(writer, entryOf(`message ${i}`))
  await writer.close()
  return { dir, end: writer.durable }
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `message ${i}`)

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[at] = (bytes[at] as number) ^ 0x10
  await writeFile(file, bytes)
}

describe('a torn tail', () => {
  it('is cut, at whichever byte of the last frame the log ends', async () => {
    const { dir, end } = await journalOf(3)
    const [segment] = listSegments(dir)
    const frame = end / 3
    for (let bytes = 2 * frame; bytes < end; bytes++) {
      const copy = join(dir, `copy-${bytes}`)
      await cp(segment?.file ?? '', join(copy, '0000000000000000.segment'))
      await truncate(join(copy, '0000000000000000.segment'), bytes)
      const writer = await writerOf(copy)
      expect(writer.durable).toBe(2 * frame)
      expect(writer.cutBytes).toBe(bytes - 2 * frame)
      await append(writer, entryOf('after'))
      await writer.close()
      expect((await readAll(await readerOf(copy))).map(textOf)).toEqual(['message 0', 'message 1', 'after'])
    }
  })

  it('is cut, whichever byte of the last frame is wrong, and where zeros follow', async () => {
    const { dir, end } = await journalOf(2)
    const [segment] = listSegments(dir)
    const frame = end / 2
    for (let at = frame; at < end; at++) {
      const copy = join(dir, `copy-${at}`)
      const file = join(copy, '0000000000000000.segment')
      await cp(segment?.file ?? '', file)
      await flip(file, at)
      expect((await writerOf(copy)).durable).toBe(frame)
    }
    await truncate(segment?.file ?? '', end + 10_000)
    expect((await writerOf(dir)).durable).toBe(end)
  })

  it('of whole frames that no fsync was recorded for is kept: the record may be the older of the two', async () => {
    const { dir, end } = await journalOf(2)
    const old = await readFile(join(dir, 'durable'))
    const writer = await writerOf(dir)
    await append(writer, entryOf('message 2'))
    await writer.close()
    await writeFile(join(dir, 'durable'), old)
    expect(readDurableEnd(dir)?.durable).toBe(end)
    expect((await writerOf(dir)).durable).toBe(writer.durable)
  })

  it('after a power loss holds nothing that was acknowledged', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { segmentBytes: 200 })
    for (let i = 0; i < 10; i++) await append(writer, entryOf(`message ${i}`))
    const live = await journalDir()
    await cp(dir, live, { recursive: true, filter: (from) => !from.endsWith('lock') })
    const last = listSegments(live).at(-1)
    const torn = await open(last?.file ?? '', 'a')
    await torn.write(Buffer.alloc(50, 1))
    await torn.close()
    expect(await cutToDurable(live)).toEqual({ durable: writer.durable, cutBytes: 50 })
    expect((await writerOf(live)).durable).toBe(writer.durable)
    expect((await readAll(await readerOf(live))).map(textOf)).toEqual(texts(10))
  })
})

describe('a damaged frame', () => {
  it('in an earlier segment is named by file and offset, after all that comes before it was read', async () => {
    const { dir, end } = await journalOf(12, 100)
    const [, second, third] = listSegments(dir)
    await flip(second?.file ?? '', 30)
    const writer = await writerOf(dir)
    expect(writer.durable).toBe(end)
    const error = await readAll(await readerOf(dir)).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(JournalCorruptError)
    expect(error).toMatchObject({ file: second?.file, offset: second?.base, resumeAt: third?.base })
    const rest = await readAll(await readerOf(dir), third?.base)
    expect(rest.map(textOf).at(-1)).toBe('message 11')
  })

  it('before the recorded end of the last segment is left for the reader to find, and its offsets are not used again', async () => {
    const { dir, end } = await journalOf(3)
    await flip(listSegments(dir)[0]?.file ?? '', end - 1)
    const problems: string[] = []
    const writer = await writerOf(dir, { onProblem: (problem) => problems.push(problem.message) })
    expect(problems).toEqual([
      expect.stringMatching(/0000000000000000\.segment is sound up to offset 66 only, though 99/),
    ])
    expect(writer.durable).toBe(end)
    await append(writer, entryOf('after'))
    const reader = await readerOf(dir)
    const tail = reader.tail(0, { signal: new AbortController().signal })[Symbol.asyncIterator]()
    expect((await tail.next()).value?.map(textOf)).toEqual(texts(2))
    await expect(tail.next()).rejects.toThrow(JournalCorruptError)
    expect((await readAll(reader, end)).map(textOf)).toEqual(['after'])
  })
})

describe('offsets', () => {
  it('are never used again when the log ends before what a consumer has committed', async () => {
    const { dir } = await journalOf(5)
    const [segment] = listSegments(dir)
    const before = await readerOf(dir)
    const committed = before.behind(0)
    await before.commit(committed)
    await truncate(segment?.file ?? '', 34)
    await rm(join(dir, 'durable'))
    const problems: Error[] = []
    const writer = await writerOf(dir, { onProblem: (problem) => problems.push(problem) })
    expect(problems).toHaveLength(1)
    expect(writer.durable).toBe(committed)
    await append(writer, entryOf('after'))
    expect((await readAll(await readerOf(dir), committed)).map(textOf)).toEqual(['after'])
    const other = await readerOf(dir, 'other')
    const tail = other.tail(0, { signal: new AbortController().signal })[Symbol.asyncIterator]()
    expect((await tail.next()).value?.map(textOf)).toEqual(['message 0'])
    const gap = await tail.next().catch((error: unknown) => error)
    expect(gap).toBeInstanceOf(JournalGapError)
    expect((gap as JournalGapError).resumeAt).toBe(committed)
  })

  it('of a log whose segments are gone go on where they had been', async () => {
    const { dir, end } = await journalOf(5)
    await rm(listSegments(dir)[0]?.file ?? '')
    const problems: Error[] = []
    expect((await writerOf(dir, { onProblem: (problem) => problems.push(problem) })).durable).toBe(end)
    expect(problems).toHaveLength(1)
  })

  it('of a segment that was moved away are a gap to the reader', async () => {
    const { dir } = await journalOf(12, 100)
    const [, second, third] = listSegments(dir)
    await copyFile(second?.file ?? '', `${second?.file}.away`)
    await rm(second?.file ?? '')
    const gap = await readAll(await readerOf(dir)).catch((error: unknown) => error)
    expect(gap).toBeInstanceOf(JournalGapError)
    expect((gap as JournalGapError).resumeAt).toBe(third?.base)
  })

  it('recorded before the machine last started are not believed until a writer has looked', async () => {
    const { dir, end } = await journalOf(2)
    const file = join(dir, 'durable')
    const { crc32 } = await import('node:zlib')
    const bytes = await readFile(file)
    bytes.writeUInt32LE(bytes.readUInt32LE(16) ^ 1, 16)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20)
    await writeFile(file, bytes)
    const reader = await readerOf(dir)
    // beyond the old record: were it believed, this would be a gap
    const next = reader.tail(end, { signal: new AbortController().signal })[Symbol.asyncIterator]().next()
    const writer = await writerOf(dir)
    await append(writer, entryOf('after'))
    expect((await next).value?.map(textOf)).toEqual(['after'])
  })
})

it('a closed journal takes the bytes that its offsets say', async () => {
  const { dir, end } = await journalOf(12, 100)
  let bytes = 0
  for (const { file } of listSegments(dir)) bytes += (await stat(file)).size
  expect(bytes).toBe(end)
})
