import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { groupSchema, linkSchema, siteSchema } from '../../domain/inventory.ts'
import { checkReferences } from '../../domain/inventory-diff.ts'
import { createGeography } from '../../infra/geo/geography.ts'
import { readLayers } from '../../infra/geo/layers.ts'
import { DEMO_DIR, writeInventory } from '../../infra/inventory/files.ts'
import { DEMO, generateInventory } from '../../infra/inventory/generate/generate.ts'
import { createTopology } from '../../simulators/topology.ts'
import { newDataDir, removeData } from '../harness/platform.ts'

describe('the generator', () => {
  it('made the files of the demonstration, to the byte', async () => {
    const dir = await newDataDir()
    try {
      await writeInventory(dir, generateInventory(DEMO))
      const names = await readdir(DEMO_DIR)
      expect((await readdir(dir)).sort()).toEqual(names.sort())
      for (const name of names)
        expect((await readFile(join(dir, name), 'utf8')) === (await readFile(join(DEMO_DIR, name), 'utf8')), name).toBe(
          true,
        )
    } finally {
      await removeData(dir)
    }
  })

  it('makes the same city from the same seed and another from another', () => {
    const [one, same, other] = [7, 7, 8].map((seed) => JSON.stringify(generateInventory({ seed, sites: 400 })))
    expect(one === same).toBe(true)
    expect(one === other).toBe(false)
  })

  it('refuses a number of sites that makes no city', () => {
    for (const sites of [0, 299, 1000.5, 100_001])
      expect(() => generateInventory({ seed: 1, sites })).toThrow('give a whole number from 300 to 100000')
  })

  it.each([300, 400, 5000])('keeps a city of %i sites whole and in shape', (sites) => {
    const inventory = generateInventory({ seed: 3, sites })
    expect(inventory.sites).toHaveLength(sites)
    expect(createTopology(inventory).standalone.includes(1)).toBe(false)
    expect(checkReferences(inventory, new Map(), () => true)).toEqual([])
  })

  it('makes 20,000 sites, all valid, on land and in their wards', () => {
    const cpu = process.cpuUsage()
    const inventory = generateInventory({ seed: 5, sites: 20_000 })
    // Processor time: what else runs on the machine is not the generator’s. Told, not judged.
    process.stdout.write(`20,000 sites made in ${(process.cpuUsage(cpu).user / 1e6).toFixed(1)} s\n`)
    expect(inventory.sites).toHaveLength(20_000)
    const geography = createGeography(readLayers())
    const wrong = inventory.sites.filter(
      ({ position, ward }) => !geography.onLand(position) || geography.wardOf(position) !== ward,
    )
    expect(wrong).toEqual([])
    for (const site of inventory.sites) siteSchema.parse(site)
    for (const link of inventory.links) linkSchema.parse(link)
    for (const group of inventory.groups) groupSchema.parse(group)
    expect(createTopology(inventory).standalone.includes(1)).toBe(false)
    const count = (kind: string) => inventory.sites.filter((site) => site.kind === kind).length
    expect([count('bts'), count('fibre'), count('service')]).toEqual([3636, 1212, 3030])
  }, 60_000)
})
