import { siteTopic } from '../domain/topic.ts'
import type { Kind } from '../domain/words.ts'
import type { Account } from '../store/registry/port.ts'
import { generateSecret, hashSecret } from '../store/registry/secret.ts'

/** A device's new account, and the secret that is shown this once. */
export function createDeviceCredential(site: { id: string; kind: Kind }, nowMs: number) {
  const password = generateSecret()
  const account: Account = {
    username: site.id,
    role: 'device',
    ...hashSecret(password),
    readFilters: [],
    writeFilters: [],
    createdAt: nowMs,
  }
  const topic = siteTopic(site.kind, site.id, 'telemetry')
  return { account, shown: { siteId: site.id, username: site.id, password, topic } }
}
