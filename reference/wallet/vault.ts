/** Seals private keys at rest with the master key of the operator (AES-256-GCM), each bound to what it belongs to. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'

/** Encrypts and authenticates `text` for `owner`; the result opens only for the same owner. */
export const seal = (text: string, owner: string, masterKey: Uint8Array): string => {
  const iv = randomBytes(12)
  const cipher = createCipheriv(algorithm, masterKey, iv).setAAD(Buffer.from(owner))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
}

/** Opens what `seal` made. Throws where key or owner are others, or a byte was changed. */
export const unseal = (sealed: string, owner: string, masterKey: Uint8Array): string => {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv(algorithm, masterKey, bytes.subarray(0, 12), { authTagLength: 16 })
    .setAAD(Buffer.from(owner))
    .setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}
