import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { JournalFullError, JournalLockedError } from '../../store/journal/errors.ts'
import { listSegments } from '../../store/journal/files.ts'
import { openJournalWriter } from '../../store/journal/writer.ts'
import { until } from '../harness/until.ts'
import { append, entryOf, journalDir, readAll, readerOf, textOf, writerOf } from './fixture.ts'

type Verb = 'write' | 'datasync' | 'truncate'

/** Makes the next calls of a file operation fail as a broken or full disk would; answers how to end it. */
async function breakDisk(verb: Verb, code: string, times: number): Promise<void> {
  const any = await open('/dev/null', 'r')
  const methods = Object.getPrototypeOf(any) as Record<Verb, (...args: unknown[]) => unknown>
  await any.close()
  const sound = methods[verb]
  let left = times
  methods[verb] = function (this: FileHandle, ...args) {
    if (left-- <= 0) return sound.apply(this, args)
    return Promise.reject(Object.assign(new Error(`${code}: injected`), { code }))
  }
  onTestFinished(() => {
    methods[verb] = sound
  })
}

describe('a disk that fails', () => {
  for (const [verb, code] of [
    ['write', 'ENOSPC'],
    ['datasync', 'EIO'],
  ] as const) {
    it(`at ${verb} fails those who wait, leaves the segment behind, and serves the next`, async () => {
      const dir = await journalDir()
      const problems: Error[] = []
      const writer = await writerOf(dir, { onProblem: (problem) => problems.push(problem) })
      await append(writer, entryOf('before'))
      const durable = writer.durable
      await breakDisk(verb, code, 1)
      const told: string[] = []
      const lost = ['a', 'b'].map((text) =>
        append(writer, entryOf(text)).catch((error: Error) => told.push(`${text} ${error.message}`)),
      )
      await Promise.all(lost)
      expect(told).toEqual([`a ${code}: injected`, `b ${code}: injected`])
      expect(writer.durable).toBe(durable)
      await append(writer, entryOf('after'))
      expect(listSegments(dir).map(({ base }) => base)).toEqual([0, durable])
      await writer.close()
      expect(writer.counters().failed).toBe(2)
      expect(problems).toHaveLength(1)
      expect((await readAll(await readerOf(dir))).map(textOf)).toEqual(['before', 'after'])
      const again = await writerOf(dir)
      expect(again.durable).toBe(writer.durable)
    })
  }

  it('so that nothing can be cut either still never shows what was refused', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { onProblem: () => undefined })
    await append(writer, entryOf('before'))
    await breakDisk('datasync', 'EIO', 1)
    await breakDisk('truncate', 'EIO', 1)
    await expect(append(writer, entryOf('refused'))).rejects.toThrow('EIO')
    await append(writer, entryOf('after'))
    await append(writer, entryOf('after that'))
    const [first, second] = listSegments(dir)
    expect((await readFile(first?.file ?? '')).length).toBeGreaterThan(second?.base ?? 0)
    expect((await readAll(await readerOf(dir))).map(textOf)).toEqual(['before', 'after', 'after that'])
  })

  it('from its first entry on is tried again, under the same offset', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { onProblem: () => undefined })
    await breakDisk('datasync', 'EIO', 2)
    await expect(append(writer, entryOf('one'))).rejects.toThrow('EIO')
    await expect(append(writer, entryOf('two'))).rejects.toThrow('EIO')
    await append(writer, entryOf('three'))
    expect((await readAll(await readerOf(dir))).map(textOf)).toEqual(['three'])
  })
})

describe('a full journal', () => {
  it('refuses, and takes again once its consumers have caught up', async () => {
    const dir = await journalDir()
    const writer = await writerOf(dir, { limitBytes: 1000, segmentBytes: 200 })
    const taken: string[] = []
    const fill = async (): Promise<unknown> => {
      for (let i = 0; ; i++) {
        await append(writer, entryOf(`message ${i}`))
        taken.push(`message ${i}`)
      }
    }
    const error = await fill().catch((e: unknown) => e)
    expect(error).toBeInstanceOf(JournalFullError)
    expect(writer.usage()).toEqual({ bytes: writer.durable, limitBytes: 1000 })
    expect(writer.durable).toBeGreaterThan(900)
    const reader = await readerOf(dir)
    const read = await readAll(reader)
    expect(read.map(textOf)).toEqual(taken)
    await reader.commit(read.at(-1)?.next ?? 0)
    await until(() => append(writer, entryOf('again')).then(() => true), 'the journal to take entries again')
    await until(() => listSegments(dir).length <= 2, 'consumed segments to be unlinked')
  })

  it('refuses what is more than it may hold at once', async () => {
    const writer = await writerOf(await journalDir(), { limitBytes: 1000 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) => append(writer, entryOf(`message ${i}`))),
    )
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(writer.durable).toBeLessThanOrEqual(1000)
    expect(refused.length).toBe(100 - Math.floor(writer.durable / 34 + 0.5))
  })
})

describe('the lock', () => {
  it('refuses a second writer, naming the process, until the first is closed', async () => {
    const dir = await journalDir()
    const first = await writerOf(dir)
    await expect(openJournalWriter({ dir, limitBytes: 1e6 })).rejects.toThrow(JournalLockedError)
    await expect(openJournalWriter({ dir, limitBytes: 1e6 })).rejects.toThrow(`process ${process.pid}`)
    await first.close()
    await append(await writerOf(dir), entryOf('mine'))
  })

  it('refuses a second writer in another thread of the same process', async () => {
    const dir = await journalDir()
    await writerOf(dir)
    const worker = new Worker(new URL('./lock-worker.mjs', import.meta.url), { workerData: { dir } })
    expect(await new Promise((resolve) => worker.once('message', resolve))).toBe('JournalLockedError')
    await worker.terminate()
  })

  it('of a process that is gone is taken over, even when its id lives again', async () => {
    const dir = await journalDir()
    const dead = { pid: 2 ** 22 + 1, startedAt: '1', token: 'x' }
    for (const holder of [dead, { ...dead, pid: process.pid }]) {
      await writeFile(join(dir, 'lock'), JSON.stringify(holder))
      await (await writerOf(dir)).close()
    }
    await writeFile(join(dir, 'lock'), '')
    await append(await writerOf(dir), entryOf('mine'))
  })
})
