/** What a request is to whoever is paid for it: one digest, so that a payment belongs to it and to no other. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../schemas/index.ts'

/** A request as a server sees it. `body` where it was read or digested; `key` where its sender gave it one of its own. */
export type Asked = {
  readonly method: string
  readonly url: string
  readonly body?: unknown
  readonly key?: string | undefined
}

/** The digest of a request, and whether its sender gave it a key: then every payment for it is one payment. */
export const requestDigest = ({
  method,
  url,
  body,
  key,
}: Asked): { readonly request: string; readonly keyed?: true } => {
  const said = { method, url, ...(body === undefined ? {} : { body }), ...(key === undefined ? {} : { key }) }
  const request = createHash('sha256').update(canonicalJson(said)).digest('base64url')
  return key === undefined ? { request } : { request, keyed: true }
}
