import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Distinguishes the answers of one process life from those of the next. */
const LIFE = crypto.randomUUID().slice(0, 8)

/** A weak validator from whatever the answer depends on. */
export const tagOf = (...parts: (string | number)[]): string =>
  `W/"${createHash('sha256')
    .update([LIFE, ...parts].join('\u001f'))
    .digest('base64url')
    .slice(0, 22)}"`

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '')

/** Weak comparison (RFC 9110, 13.1.2). */
export function holds(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((given) => opaque(given) === opaque(tag))
}

/** Answers 304 when the client has this version already, else writes the answer. */
export function sendVersioned(
  request: FastifyRequest,
  reply: FastifyReply,
  o: { tag: string; type: string; body: () => string },
) {
  reply.header('etag', o.tag).header('cache-control', 'no-cache')
  if (holds(request.headers['if-none-match'], o.tag)) return reply.code(304).send()
  return reply.type(o.type).send(o.body())
}

/** The last few answers as text, by version; the oldest goes first. */
export function createTextCache(most: number): (tag: string, make: () => string) => string {
  const texts = new Map<string, string>()
  return (tag, make) => {
    const text = texts.get(tag) ?? make()
    texts.delete(tag)
    texts.set(tag, text)
    for (const oldest of texts.keys()) {
      if (texts.size <= most) break
      texts.delete(oldest)
    }
    return text
  }
}
