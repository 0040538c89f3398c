import type { Catalogue } from '../../domain/catalogue.ts'
import type { App } from '../deps.ts'
import { PROBLEMS } from '../problem.ts'
import { type AsyncApiDocument, asyncApiDocument } from './asyncapi.ts'

/** Plain pages, readable without scripts. */

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:4px}
table{border-collapse:collapse}td,th{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}summary{cursor:pointer}
.action{font-size:.8em;border:1px solid;border-radius:3px;padding:0 .4em}`

const document = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><nav><a href="/docs">REST</a> · <a href="/docs/asyncapi">MQTT, Socket.IO</a> · <a href="/docs/problems">Problems</a></nav>
<h1>${escapeHtml(title)}</h1>${body}</body></html>`

function channelHtml(id: string, { channels, operations }: AsyncApiDocument): string {
  const channel = channels[id]
  const operation = operations[id]
  if (!channel || !operation) return ''
  const messages = Object.values(channel.messages).map(
    ({ name, payload }) =>
      `<details><summary><code>${escapeHtml(name)}</code></summary><pre>${escapeHtml(JSON.stringify(payload, null, 2))}</pre></details>`,
  )
  return `<section id="${escapeHtml(id)}"><h3><code>${escapeHtml(channel.address)}</code> <span class="action">${operation.action}</span></h3>
<p>${escapeHtml(channel.summary)}</p>${messages.join('')}</section>`
}

/** The AsyncAPI document for people. */
export function asyncApiPage(spec: AsyncApiDocument): string {
  const of = (server: string) =>
    Object.entries(spec.channels)
      .filter(([, channel]) => channel.servers.some(({ $ref }) => $ref.endsWith(`/${server}`)))
      .map(([id]) => channelHtml(id, spec))
      .join('')
  return document(
    spec.info.title,
    `<p>${escapeHtml(spec.info.description)} <a href="/asyncapi.json">asyncapi.json</a></p><h2>MQTT</h2>${of('mqtt')}<h2>Socket.IO</h2>${of('feed')}`,
  )
}

/** What each problem type means. */
export function problemsPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td lang="vi">${escapeHtml(title.vi)}</td><td>${escapeHtml(title.en)}</td></tr>`,
  )
  return document(
    'Problems',
    `<table><tr><th>type</th><th>status</th><th>vi</th><th>en</th></tr>${rows.join('')}</table>`,
  )
}

/** `/asyncapi.json` and the pages beside `/docs`. */
export function servePages(app: App, catalogue: Catalogue): void {
  const spec = asyncApiDocument(catalogue)
  const text = JSON.stringify(spec)
  const pages = { '/docs/asyncapi': asyncApiPage(spec), '/docs/problems': problemsPage() }
  const hidden = { schema: { hide: true } as object }
  app.get('/asyncapi.json', hidden, async (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(text),
  )
  for (const [url, html] of Object.entries(pages)) {
    app.get(url, hidden, async (_request, reply) =>
      reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html),
    )
  }
}
