import { isIP } from 'node:net'
import { Problem } from './problem.ts'

/** The headers that say who is calling whom. */
export interface Caller {
  host: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
}

export interface Guard {
  /** A page must not reach us under a name of its own making (DNS rebinding). */
  knowsHost(caller: Caller): boolean
  /** Another site's page must not act in a visitor's name (CSRF). */
  knowsOrigin(caller: Caller): boolean
}

const nameOf = (host: string): string =>
  host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()

/**
 * Who may call. A host that is an IP address or `localhost` cannot be rebound; any other name must be
 * that of a configured origin. An origin must be the host itself or a configured one.
 */
export function createGuard(origins: readonly string[]): Guard {
  const allowed = new Set(origins)
  const names = new Set(origins.map((origin) => nameOf(new URL(origin).host)))
  return {
    knowsHost({ host }) {
      if (host === undefined) return true
      const name = nameOf(host)
      return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || names.has(name)
    },
    knowsOrigin({ host, origin, fetchSite }) {
      if (origin !== undefined)
        return allowed.has(origin) || origin === `http://${host}` || origin === `https://${host}`
      return fetchSite === undefined || fetchSite !== 'cross-site'
    },
  }
}

/** The caller of a request by its headers. */
export const callerOf = (headers: Record<string, string | string[] | undefined>): Caller => ({
  host: headers['host'] as string | undefined,
  origin: headers['origin'] as string | undefined,
  fetchSite: headers['sec-fetch-site'] as string | undefined,
})

export const foreignHost = (host: string | undefined): Problem =>
  new Problem('foreign-origin', {
    vi: `Tên máy "${host}" không được biết; thêm nguồn của nó vào PQ_HTTP_ORIGINS.`,
    en: `The host name "${host}" is not known; add its origin to PQ_HTTP_ORIGINS.`,
  })

export const foreignOrigin = (origin: string | undefined): Problem =>
  new Problem('foreign-origin', {
    vi: `Trang ở "${origin ?? 'nguồn khác'}" không được thay đổi gì ở đây; thêm nguồn đó vào PQ_HTTP_ORIGINS nếu nó là của bạn.`,
    en: `A page of "${origin ?? 'another site'}" may change nothing here; add that origin to PQ_HTTP_ORIGINS if it is yours.`,
  })
