/** The versions of UCP the adapter knows, as a table: what was renamed, and how messages are signed. */

/** A version of UCP the adapter reads. */
export type UcpVersion = '2026-01-11' | '2026-01-23' | '2026-04-08' | '2026-08-25'

type Traits = {
  /** Whether the adapter also writes it. */
  readonly writes: boolean
  /** `detached`: a JWS over the body in `Request-Signature`; `http`: RFC 9421. */
  readonly signature: 'detached' | 'http'
  /** Where a profile publishes its keys. */
  readonly keys: 'signing_keys' | 'keys'
  readonly ap2: string
}

const sessionMandate = 'dev.ucp.shopping.ap2_mandate'

export const ucpTraits: Readonly<Record<UcpVersion, Traits>> = {
  '2026-01-11': { writes: false, signature: 'detached', keys: 'signing_keys', ap2: sessionMandate },
  '2026-01-23': { writes: false, signature: 'detached', keys: 'signing_keys', ap2: sessionMandate },
  '2026-04-08': { writes: true, signature: 'http', keys: 'signing_keys', ap2: sessionMandate },
  '2026-08-25': { writes: true, signature: 'http', keys: 'keys', ap2: 'dev.ucp.common.payment.ap2_mandate' },
}

export const ucpVersions = Object.keys(ucpTraits) as readonly UcpVersion[]

/** The version written where nobody asks for another. */
export const ucpNewest: UcpVersion = '2026-08-25'

export const isUcpVersion = (text: unknown): text is UcpVersion =>
  typeof text === 'string' && Object.hasOwn(ucpTraits, text)

/** Names of the AP2 extension: renamed in 2026-08-25, both are accepted. */
export const ap2Capabilities: readonly string[] = [...new Set(Object.values(ucpTraits).map(({ ap2 }) => ap2))]
