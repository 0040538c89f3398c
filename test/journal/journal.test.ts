import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ID_PATTERN } from '../../domain/topic.ts'
import { KINDS } from '../../domain/words.ts'
import { JournalGapError } from '../../store/journal/errors.ts'
import { listSegments } from '../../store/journal/files.ts'
import type { JournalEntry } from '../../store/journal/port.ts'
import { until } from '../harness/until.ts'
import { append, entryOf, journalDir, readAll, readerOf, textOf, writerOf } from './fixture.ts'

const plain = ({ type, kind, siteId, receivedAt, payload }: JournalEntry) => ({
  type,
  kind,
  siteId,
  receivedAt,
  payload: Buffer.from(payload).toString('hex'),
})

describe('an entry', () => {
  it('comes back as it went in, also with an empty and with a large payload', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir)
    const entries: JournalEntry[] = [
      { type: 'telemetry', kind: 'bts', siteId: 'a', receivedAt: 1, payload: new Uint8Array() },
      { type: 'status', kind: 'fibre', siteId: 'x'.repeat(64), receivedAt: 2.5, payload: Buffer.from('offline') },
      { type: 'connection', kind: 'sensor', siteId: 'c.d', receivedAt: 2 ** 52, payload: Buffer.alloc(5e6, 7) },
      { type: 'telemetry', kind: 'service', siteId: 'd', receivedAt: 0, payload: Buffer.from([0, 255, 10]) },
    ]
    await Promise.all(entries.map((entry) => append(writer, entry)))
    const read = await readAll(await readerOf(dir))
    expect(read.map(plain)).toEqual(entries.map(plain))
    expect(read.at(-1)?.next).toBe(writer.durable)
  })

  it('comes back whatever it is, in whatever blocks and segments it is stored and read', async () => {
    const entry = fc.record<JournalEntry>({
      type: fc.constantFrom('telemetry', 'status', 'connection'),
      kind: fc.constantFrom(...KINDS),
      siteId: fc.stringMatching(ID_PATTERN),
      receivedAt: fc.nat({ max: 2 ** 43 }),
      payload: fc.uint8Array({ maxLength: 300 }),
    })
    const settings = fc.record({
      segmentBytes: fc.integer({ min: 1, max: 900 }),
      maxBytes: fc.integer({ min: 1, max: 900 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 30 }),
        settings,
        async (entries, { segmentBytes, maxBytes }) => {
          const dir = await journalDir()
          const writer = await writerOf(dir, { segmentBytes, flushIntervalMs: 0 })
          for (const [i, one] of entries.entries()) {
            if (i % 7 === 6) await append(writer, one)
            else writer.append(one)
          }
          await writer.close()
          const reader = await readerOf(dir)
          const read = await readAll(reader, 0, maxBytes)
          expect(read.map(plain)).toEqual(entries.map(plain))
          const cut = read[Math.floor(read.length / 2)] as (typeof read)[number]
          expect((await readAll(reader, cut.next)).map(plain)).toEqual(read.slice(read.indexOf(cut) + 1).map(plain))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('that cannot be a frame is refused to its caller and harms nobody', async () => {
    const writer = await writerOf(await journalDir())
    await expect(append(writer, entryOf('x', 'phú-quốc'))).rejects.toThrow(/not ASCII/)
    await expect(append(writer, entryOf('x', 'x'.repeat(256)))).rejects.toThrow(/255/)
    await expect(append(writer, { ...entryOf(''), payload: Buffer.alloc(17e6) })).rejects.toThrow(RangeError)
    await append(writer, entryOf('fine'))
    expect(writer.counters()).toMatchObject({ appended: 1, refused: 3 })
  })
})

describe('the writer', () => {
  it('calls back in order of appending, and never before the durable end has passed the entry', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir)
    const reader = await readerOf(dir)
    const order: number[] = []
    const early: number[] = []
    let last: Promise<void> = Promise.resolve()
    let bytes = 0
    for (let i = 0; i < 3000; i++) {
      const entry = entryOf(`message ${i}`)
      bytes += 19 + entry.siteId.length + entry.payload.length
      const end = bytes
      last = new Promise((resolve) => {
        writer.append(entry, () => {
          order.push(i)
          if (writer.durable < end || reader.behind(0) < end) early.push(i)
          resolve()
        })
      })
      if (i % 100 === 0) await new Promise(setImmediate)
    }
    await last
    expect(order).toEqual(Array.from({ length: 3000 }, (_, i) => i))
    expect(early).toEqual([])
    expect(writer.counters().flushes).toBeLessThan(1500)
  })

  it('tells the others when one callback throws', async () => {
    const writer = await writerOf(await journalDir())
    const thrown: unknown[] = []
    const listeners = process.rawListeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => thrown.push(error))
    try {
      writer.append(entryOf('a'), () => {
        throw new Error('mine')
      })
      await append(writer, entryOf('b'))
      await until(() => thrown.length === 1, 'the error to surface')
    } finally {
      for (const listener of listeners) process.on('uncaughtException', listener as NodeJS.UncaughtExceptionListener)
    }
    expect(thrown).toEqual([new Error('mine')])
  })

  it('flushes what waits when it is closed, and refuses what comes later', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { flushIntervalMs: 50 })
    let done = 0
    for (let i = 0; i < 10; i++) writer.append(entryOf(`${i}`), () => done++)
    await writer.close()
    expect(done).toBe(10)
    await expect(append(writer, entryOf('late'))).rejects.toThrow(/closed/)
    expect((await readAll(await readerOf(dir))).map(textOf)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`))
  })

  it('goes on where the last one ended', async () => {
    const dir = await journalDir()
    for (let life = 0; life < 3; life++) {
      const writer = await writerOf(dir)
      await append(writer, entryOf(`life ${life}`))
      await writer.close()
    }
    expect((await readAll(await readerOf(dir))).map(textOf)).toEqual(['life 0', 'life 1', 'life 2'])
  })
})

describe('a reader', () => {
  it('in another thread follows the writer, sees all of it in order and nothing twice', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { segmentBytes: 20_000 })
    const worker = new Worker(new URL('./tail-worker.mjs', import.meta.url), {
      workerData: { dir, consumer: 'ingest', count: 5000 },
    })
    const seen = new Promise<string[]>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    for (let i = 0; i < 5000; i++) {
      if (i % 100 === 99) await append(writer, entryOf(`message ${i}`))
      else writer.append(entryOf(`message ${i}`))
    }
    expect(await seen).toEqual(Array.from({ length: 5000 }, (_, i) => `message ${i}`))
    expect(listSegments(dir).at(-1)?.base).toBeGreaterThan(100_000)
    await worker.terminate()
  })

  it('may be there before the writer, and ends when its signal says so', async () => {
    const dir = await journalDir()
    const reader = await readerOf(dir)
    const stop = new AbortController()
    const first = (async () => {
      for await (const batch of reader.tail(0, { signal: stop.signal })) return batch.map(textOf)
      return undefined
    })()
    await append(await writerOf(dir), entryOf('hello'))
    expect(await first).toEqual(['hello'])
    const nothing = (async () => {
      for await (const batch of reader.tail(reader.behind(0), { signal: stop.signal })) return batch
      return 'ended'
    })()
    stop.abort()
    expect(await nothing).toBe('ended')
  })

  it('gets payloads that stay as they are while later ones are read', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir)
    for (let i = 0; i < 500; i++) writer.append(entryOf(`message ${i}`))
    await writer.close()
    const read = await readAll(await readerOf(dir), 0, 1000)
    expect(read.map(textOf)).toEqual(Array.from({ length: 500 }, (_, i) => `message ${i}`))
  })

  it('is told of a gap when it asks for what was unlinked, and where to go on', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { segmentBytes: 100 })
    for (let i = 0; i < 20; i++) await append(writer, entryOf(`message ${i}`))
    const reader = await readerOf(dir)
    await reader.commit(writer.durable)
    await until(() => reader.oldest > 0, 'a segment to be unlinked')
    const error = await readAll(reader, 0).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(JournalGapError)
    expect((error as JournalGapError).resumeAt).toBe(reader.oldest)
  })

  it('is told of a gap when it asks for what lies beyond the end', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir)
    await append(writer, entryOf('one'))
    const reader = await readerOf(dir)
    const tail = reader.tail(writer.durable + 1, { signal: new AbortController().signal })
    await expect(tail[Symbol.asyncIterator]().next()).rejects.toThrow(JournalGapError)
  })
})

describe('committing', () => {
  it('survives, never goes back, and is shared by commits that come at once', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir)
    await append(writer, entryOf('x'.repeat(100)))
    const reader = await readerOf(dir)
    await Promise.all([reader.commit(10), reader.commit(30), reader.commit(20)])
    await reader.commit(5)
    await reader.close()
    await writer.close()
    const again = await writerOf(dir)
    expect(again.usage().bytes).toBe(again.durable - 30)
  })

  it('lets segments go that all named consumers have passed, and no others', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { segmentBytes: 100, consumers: ['ingest', 'mirror'] })
    for (let i = 0; i < 20; i++) await append(writer, entryOf(`message ${i}`))
    const [first, second] = listSegments(dir)
    const ingest = await readerOf(dir, 'ingest')
    const mirror = await readerOf(dir, 'mirror')
    await ingest.commit(writer.durable)
    await mirror.commit(second?.base ?? 0)
    await until(() => !existsSync(first?.file ?? ''), 'the first segment to be unlinked')
    expect(existsSync(second?.file ?? '')).toBe(true)
    expect(writer.usage().bytes).toBe(writer.durable - (second?.base ?? 0))
    expect((await readAll(mirror, second?.base)).length).toBeGreaterThan(5)
  })
})
