import { expect, it } from 'vitest'
import { generateSecret, hashSecret, verifySecret } from '../../store/registry/secret.ts'

it('secrets are different, long, and safe in a shell', () => {
  const secrets = Array.from({ length: 2000 }, generateSecret)
  expect(new Set(secrets).size).toBe(2000)
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{23}$/)
})

it('a secret is verified by its hash, whether it comes as text or as bytes, and no other is', () => {
  const secret = generateSecret()
  const kept = hashSecret(secret)
  expect(kept.secretHash).not.toContain(secret)
  expect(verifySecret(kept, secret)).toBe(true)
  expect(verifySecret(kept, Buffer.from(secret))).toBe(true)
  expect(verifySecret(kept, `${secret} `)).toBe(false)
  expect(verifySecret(kept, '')).toBe(false)
  expect(verifySecret({ ...kept, secretHash: kept.secretHash.slice(2) }, secret)).toBe(false)
  expect(verifySecret({ ...kept, salt: `00${kept.salt.slice(2)}` }, secret)).toBe(kept.salt.startsWith('00'))
})

it('the same secret is kept under another salt each time', () => {
  expect(hashSecret('x').secretHash).not.toBe(hashSecret('x').secretHash)
})
