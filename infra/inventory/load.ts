import { catalogue } from '../../domain/catalogue.ts'
import type { Inventory } from '../../domain/inventory.ts'
import { checkReferences, diffInventory, type InventoryDiff, mergeInventory } from '../../domain/inventory-diff.ts'
import type { Registry } from '../../store/registry/port.ts'
import { createGeography } from '../geo/geography.ts'
import { readLayers } from '../geo/layers.ts'
import { completeBy } from './complete.ts'
import { type FileError, readInventory } from './files.ts'

/** What importing a file would do, and why it can't be done. */
export interface ImportPlan {
  incoming: Inventory
  diff: InventoryDiff
  errors: FileError[]
}

/** What is in the registry now. */
export async function currentInventory(registry: Registry): Promise<Inventory> {
  const [sites, links, groups] = await Promise.all([registry.sites(), registry.links(), registry.groups()])
  return { sites, links, groups }
}

/** Reads a file or folder, judges every row and every reference, and compares with what is there. Changes nothing. */
export async function planImport(
  registry: Registry,
  path: string,
  { replace }: { replace: boolean },
): Promise<ImportPlan> {
  const {
    inventory: incoming,
    lines,
    files,
    errors,
  } = await readInventory(path, completeBy(createGeography(readLayers())))
  const current = await currentInventory(registry)
  const measures = catalogue.ofPart('sensor', 'site')
  const after = mergeInventory(current, incoming, { replace })
  // A reference to a row that could not be read would be named a second time.
  const broken = errors.length > 0 ? [] : checkReferences(after, lines, (name) => measures.has(name))
  return {
    incoming,
    diff: diffInventory(current, incoming, { replace }),
    errors: [...errors, ...broken.map((error) => ({ file: files.get(error.id ?? '') ?? path, ...error }))],
  }
}
