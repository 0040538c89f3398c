import { access, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { policyOfPage } from './headers.ts'

/** Pages of the web app: each is the same document, which reads the address itself. */
const PAGES = ['/', '/alarms', '/planner', '/replay', '/wallboard', '/admin', '/sign-in']
/** The build puts a digest into these names: the content never changes. */
const HASHED = /[/\\]assets[/\\]/

const NOT_BUILT = `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Phú Quốc</title>
<p>Giao diện web chưa được dựng: hãy chạy <code>npm run build</code>.</p>
<p lang="en">The web page is not built yet: run <code>npm run build</code>.</p></html>`

interface Page {
  html: string
  policy: string
  mtimeMs: number
}

/** Reads the document again only when it was rebuilt. */
function createPageReader(file: string): () => Promise<Page | undefined> {
  let page: Page | undefined
  return async () => {
    const mtimeMs = await stat(file).then(
      (found) => found.mtimeMs,
      () => undefined,
    )
    if (mtimeMs === undefined) return undefined
    if (page?.mtimeMs !== mtimeMs) {
      const html = await readFile(file, 'utf8')
      page = { html, policy: policyOfPage(html), mtimeMs }
    }
    return page
  }
}

/** Serves the built web app from a folder. */
export async function serveWebPages(app: FastifyInstance, webRoot: string): Promise<void> {
  const readPage = createPageReader(join(webRoot, 'index.html'))
  for (const url of PAGES) {
    app.get(url, { schema: { hide: true } }, async (_request, reply) => {
      const page = await readPage()
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache')
      if (!page) return reply.code(503).send(NOT_BUILT)
      return reply.header('content-security-policy', page.policy).send(page.html)
    })
  }
  const built = await access(webRoot).then(
    () => true,
    () => false,
  )
  if (!built) return
  await app.register(fastifyStatic, {
    root: webRoot,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (response, path) => {
      response.header('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
