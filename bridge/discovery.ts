/** What a gateway says of itself at `/.well-known/amp`: the role bridge, its keys, and the protocols it takes. */
import { readFileSync } from 'node:fs'
import { type Message, packageFile, supportedVersions } from '../schemas/index.ts'
import type { SealedAdapter } from './adapter.ts'
import { messageBounds } from './message.ts'

/** What the document is made of. `endpoint` is the origin agents address, `keys` are those it asks AMP with. */
export type Described = {
  readonly endpoint: string
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  readonly adapters: readonly Pick<SealedAdapter, 'protocol'>[]
  /** Where the test hooks are, while they are on. */
  readonly hooks?: string
}

const packageVersion: string = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version

/** The public half of a key: whatever a private JWK has beside it stays here. */
const publicOf = ({ kty, crv, x, y, kid }: Readonly<Record<string, unknown>>) => ({
  kty,
  crv,
  x,
  y,
  kid,
  use: 'sig',
  alg: 'ES256',
})

/** The discovery document of a gateway (EXT-BRIDGE-1). */
export const discoveryOf = ({ endpoint, keys, adapters, hooks }: Described): Message<'common/discovery'> =>
  ({
    versions: [...supportedVersions],
    software: { name: 'agentic-mobile-protocol bridge', version: packageVersion },
    roles: [
      {
        role: 'bridge',
        id: `https://${new URL(endpoint).host}`,
        name: 'AMP bridge',
        endpoint,
        jwks: { keys: keys.map(publicOf) },
      },
    ],
    extensions: ['bridge', ...adapters.map(({ protocol }) => protocol)],
    limits: { bodyBytesMax: messageBounds.body, pageSizeMax: 1, clockSkewSecondsMax: 60 },
    hooks: hooks === undefined ? { tier: 'H0' } : { tier: 'H2', endpoint: hooks },
  }) as Message<'common/discovery'>
