import { answers } from '../answers.ts'
import { sendVersioned, tagOf } from '../caching.ts'
import type { App, Deps } from '../deps.ts'
import { catalogueSchema } from '../schemas.ts'

/** `/catalogue`: every metric as the platform knows it. */
export function catalogueRoutes(app: App, { catalogue }: Deps): void {
  const body = JSON.stringify({ items: catalogue.metrics, next: null })
  const tag = tagOf('catalogue', body)
  app.get(
    '/catalogue',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'Every metric: kind, part, unit (UCUM), range, names',
        response: answers({ 200: ['Metrics in order of declaration', catalogueSchema] }),
      },
    },
    async (request, reply) =>
      sendVersioned(request, reply, { tag, type: 'application/json; charset=utf-8', body: () => body }),
  )
}
