import { createHash, randomBytes } from 'node:crypto'
import { siteTopic } from '../domain/topic.ts'
import type { Kind } from '../domain/words.ts'
import type { Account } from '../store/registry/port.ts'

const SECRET_BYTES = 24
const SALT_BYTES = 16

/** A device's new account, and the secret that is shown this once. */
export function createDeviceCredential(site: { id: string; kind: Kind }, nowMs: number) {
  const password = randomBytes(SECRET_BYTES).toString('base64url')
  const salt = randomBytes(SALT_BYTES)
  const account: Account = {
    username: site.id,
    role: 'device',
    salt: salt.toString('hex'),
    secretHash: createHash('sha256').update(salt).update(password, 'utf8').digest('hex'),
    readFilters: [],
    writeFilters: [],
    createdAt: nowMs,
  }
  const topic = siteTopic(site.kind, site.id, 'telemetry')
  return { account, shown: { siteId: site.id, username: site.id, password, topic } }
}
