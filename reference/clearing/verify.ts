/** Signatures verified on the threads of libuv, so that windows go on collecting meanwhile. */
import { type KeyObject, verify } from 'node:crypto'

/** Whether a signature over the bytes is of this key, found out on another thread. */
export const verifyAside = (key: KeyObject, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> =>
  signature.length === 64
    ? new Promise((resolve) => verify(null, bytes, key, signature, (error, valid) => resolve(!error && valid)))
    : Promise.resolve(false)
