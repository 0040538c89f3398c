import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Account } from './port.ts'

/** 144 bits: base64url needs no padding. */
const SECRET_BYTES = 18
const SALT_BYTES = 16

/** A secret for a device or an integration: letters, digits, `-` and `_`, the first a letter or digit. */
export function generateSecret(): string {
  for (;;) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url')
    if (/^[A-Za-z0-9]/.test(secret)) return secret // a leading "-" would read as an option in a shell
  }
}

const digest = (salt: Buffer, secret: string | Uint8Array): Buffer =>
  createHash('sha256').update(salt).update(secret).digest()

/**
 * What is kept of a secret. One round of SHA-256 is enough for 144 random bits, and 20,000 devices that come back at
 * once cost little; a password that a person chose would need a slow hash.
 */
export function hashSecret(secret: string): Pick<Account, 'salt' | 'secretHash'> {
  const salt = randomBytes(SALT_BYTES)
  return { salt: salt.toString('hex'), secretHash: digest(salt, secret).toString('hex') }
}

/** Is it the account's secret? Takes the same time for a wrong one as for the right one. */
export function verifySecret(account: Pick<Account, 'salt' | 'secretHash'>, secret: string | Uint8Array): boolean {
  const expected = Buffer.from(account.secretHash, 'hex')
  const actual = digest(Buffer.from(account.salt, 'hex'), secret)
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
