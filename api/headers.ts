import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/** `'self'` holds for the live socket too (CSP 3, 6.7.2.8). Map workers come from blobs; styles are set by scripts. */
const policy = (scripts: readonly string[]): string =>
  [
    "default-src 'self'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

/** The policy of a page, with the digests of its own inline scripts. */
export function policyOfPage(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)]
  return policy(inline.map(([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`))
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': policy([]),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(self), payment=()',
}

/** Security headers on every answer that does not bring its own. */
export function useSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, content] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, content)
  })
}
