import { createRequire } from 'node:module'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { expect, it } from 'vitest'

const FOLDERS = ['domain', 'store', 'broker', 'ingest', 'api', 'web', 'simulators', 'infra']
const { forbidden, options } = createRequire(import.meta.url)('../infra/dependency-cruiser.cjs')

it('stages meet only on the wire, and every folder was looked at', async () => {
  const { output } = await cruise([...FOLDERS, 'test'], { ...options, validate: true, ruleSet: { forbidden } })
  const { modules, summary } = output as ICruiseResult
  expect(summary.violations.map((v) => `${v.rule.name}: ${v.from} -> ${v.to}`)).toEqual([])
  // A guard that looked at nothing passes too.
  for (const folder of FOLDERS)
    expect(
      modules.some((m) => m.source.startsWith(`${folder}/`)),
      folder,
    ).toBe(true)
}, 120_000)
