import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDataFolder, stageSecrets } from '../../infra/data-folder.ts'
import { newDataDir, removeData } from '../harness/platform.ts'

let dir: string
beforeEach(async () => {
  dir = await newDataDir()
})
afterEach(() => removeData(dir))

it('a new folder is made and found again, its secrets the same and readable by the owner alone', async () => {
  const folder = await openDataFolder(join(dir, 'data'), { create: true })
  const secrets = await stageSecrets(folder)
  expect(await stageSecrets(await openDataFolder(join(dir, 'data'), { create: false }))).toEqual(secrets)
  expect((await stat(join(dir, 'data', 'stage-secrets.json'))).mode & 0o077).toBe(0)
})

it('a folder with foreign files is refused and left as it was', async () => {
  await writeFile(join(dir, 'thesis.docx'), 'precious')
  await expect(openDataFolder(dir, { create: true })).rejects.toThrow(/not a data folder/)
  expect(await readdir(dir)).toEqual(['thesis.docx'])
})

it.each([
  ['newer', '{"product":"phu-quoc-telemetry","format":99}', /newer release/],
  ['damaged', '{"product":', /damaged/],
  ['of another product', '{"product":"other","format":1}', /damaged/],
])('a %s folder is refused with what to do', async (_what, marker, words) => {
  await writeFile(join(dir, 'pq-data.json'), marker)
  await expect(openDataFolder(dir, { create: true })).rejects.toThrow(words)
})

it('a command does not make a folder that nobody has started yet', async () => {
  await mkdir(join(dir, 'empty'))
  await expect(openDataFolder(join(dir, 'empty'), { create: false })).rejects.toThrow(/npm start/)
})
