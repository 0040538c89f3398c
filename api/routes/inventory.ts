import * as z from 'zod'
import type { Inventory } from '../../domain/inventory.ts'
import { checkReferences, diffInventory, mergeInventory } from '../../domain/inventory-diff.ts'
import { parseInventory } from '../../domain/inventory-file.ts'
import { completeUsual, type RowError } from '../../domain/inventory-rows.ts'
import { answers } from '../answers.ts'
import type { App, Deps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { inventoryPreviewSchema } from '../schemas.ts'
import { both } from '../validation.ts'

const TYPES = ['application/geo+json', 'application/json']
/** Most row errors that one answer names. */
const MAX_ERRORS = 1000

const importQuery = z.strictObject({
  replace: z.enum(['true', 'false'], both('true hoặc false', 'true or false')).default('false').meta({
    description: '`true`: what the file does not hold is removed',
  }),
})
const fileBody = z.string(both('hãy gửi một tệp GeoJSON', 'send a GeoJSON file')).meta({
  description: [
    'A GeoJSON FeatureCollection of sites, links and groups. A site says its `ward`, or null when it lies in none;',
    'the inventory command finds wards by itself, this route does not. `interval_s` and `transit` may be left out:',
    'the usual of the kind is taken. CSV is read by the inventory command only.',
  ].join(' '),
})

/** `/inventory`: a whole file of sites, links and groups; first what it would change, then all of it or nothing. */
export function inventoryRoutes(app: App, deps: Deps): void {
  // As text: row errors name the line of the file.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(TYPES, { parseAs: 'string' }, (_request, body, done) => done(null, body))
  const bodyLimit = deps.config.PQ_HTTP_IMPORT_MIB * 1024 * 1024
  const schema = { tags: ['inventory'], querystring: importQuery, body: fileBody, consumes: TYPES }
  app.post(
    '/inventory/preview',
    {
      bodyLimit,
      schema: {
        ...schema,
        summary: 'What a file would change, and the rows that cannot be taken',
        response: answers({ 200: ['Changes and row errors', inventoryPreviewSchema] }),
      },
    },
    async (request) => {
      const { preview } = await readFile(request.body, request.query.replace === 'true', deps)
      return preview
    },
  )
  app.post(
    '/inventory/import',
    {
      bodyLimit,
      schema: {
        ...schema,
        summary: 'Load a file: all of it or nothing',
        response: answers({ 200: ['What was changed', inventoryPreviewSchema] }),
      },
    },
    async (request) => {
      const replace = request.query.replace === 'true'
      const { preview, incoming } = await readFile(request.body, replace, deps)
      if (preview.errors.length > 0) throw badRows(preview.errors)
      await deps.registry.importInventory(incoming, { replace })
      await deps.inventory.refresh()
      return preview
    },
  )
}

async function currentInventory({ registry }: Deps): Promise<Inventory> {
  const [sites, links, groups] = await Promise.all([registry.sites(), registry.links(), registry.groups()])
  return { sites, links, groups }
}

async function readFile(text: string, replace: boolean, deps: Deps) {
  const { inventory: incoming, lines, errors } = parseInventory(text, completeUsual)
  const current = await currentInventory(deps)
  const measures = deps.catalogue.ofPart('sensor', 'site')
  const after = mergeInventory(current, incoming, { replace })
  const all = [...errors, ...checkReferences(after, lines, (name) => measures.has(name))]
  return {
    incoming,
    preview: { replace, ...diffInventory(current, incoming, { replace }), errors: all.slice(0, MAX_ERRORS) },
  }
}

function badRows(errors: readonly RowError[]): Problem {
  return new Problem(
    'not-possible',
    {
      vi: `Không nhập gì cả: ${errors.length} lỗi trong tệp; xem trước bằng POST /api/v1/inventory/preview.`,
      en: `Nothing was imported: ${errors.length} errors in the file; POST /api/v1/inventory/preview shows them.`,
    },
    errors.map(({ line, id, path, message }) => ({
      path: [`line ${line}`, id, path].filter(Boolean).join(' '),
      message: { vi: message, en: message },
    })),
  )
}
