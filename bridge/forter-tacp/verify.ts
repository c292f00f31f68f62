/** Forter TACP, verified where it was opened: the issuer is known, the signature is its own, the message is used once. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Verified } from '../adapter.ts'
import { lookUp, takeOnce } from '../http-signature.ts'
import { member } from '../json.ts'
import { allowedAlgorithm, isJwsSignedBy } from '../jws.ts'
import { Misconfigured, type TrustedKey } from '../keys.ts'
import { fits } from '../signatures.ts'
import type { Opened, TacWire } from './wire.ts'

/** A message; `key` is there where its sender is proven. */
export type TacTrusted = {
  readonly wire: TacWire
  readonly directory: string
  readonly key?: TrustedKey
  readonly algorithm?: string
  readonly isAudienceKnown: boolean
}

const protocol = 'forter-tacp'
const skew = 300
const lifetimeMax = 3_600
const field = (name: string) => `tac/${name}`

const audiencesOf = ({ settings }: BridgeContext): readonly string[] | undefined => {
  const list = member(settings.protocols?.[protocol] ?? {}, 'audiences')
  if (list === undefined) return undefined
  if (Array.isArray(list) && list.every((each): each is string => typeof each === 'string')) return list
  throw new Misconfigured(`${protocol}: audiences is a list of domains`)
}

const verifyOpened = async (
  wire: TacWire,
  opened: Opened,
  context: BridgeContext,
): Promise<Outcome<Verified<TacTrusted>>> => {
  const { now, directory } = context
  const algorithm = allowedAlgorithm(opened.jws, ['RS256', 'PS256', 'ES256'])
  if (!algorithm)
    return refuse('foreign-algorithm-not-allowed', { detail: 'the algorithm is not taken', field: field('alg') })
  const { issuedAt, expires, issuer, kid, jti } = opened
  if (expires <= issuedAt || expires - issuedAt > lifetimeMax)
    return refuse('foreign-window-invalid', {
      detail: `it has to live 1 to ${lifetimeMax} seconds`,
      field: field('exp'),
    })
  if (issuedAt > now + skew)
    return refuse('foreign-not-yet-valid', { detail: 'it was made in the future', field: field('iat') })
  if (expires <= now) return refuse('foreign-expired', { detail: 'it expired', field: field('exp') })
  const found = await lookUp(() => directory.findIssuer(issuer, kid))
  if (!found.ok) return found
  const key = found.value
  if (!key)
    return refuse('foreign-agent-unknown', { detail: 'the agent or its key is not trusted', field: field('iss') })
  if (!fits(key, algorithm))
    return refuse('foreign-key-mismatch', { detail: 'the key is not of the algorithm named', field: field('alg') })
  if (!isJwsSignedBy(opened.jws, key, algorithm))
    return refuse('foreign-signature-invalid', { detail: 'the signature does not hold', field: field('signature') })
  const audiences = audiencesOf(context)
  if (audiences && !audiences.includes(opened.audience))
    return refuse('foreign-audience-mismatch', { detail: 'it is for somebody else', field: field('aud') })
  const fresh = await takeOnce([protocol, directory.name, issuer, jti], expires, context, field('jti'))
  if (!fresh.ok) return fresh
  return accept(
    asVerified({ wire, directory: directory.name, key, algorithm, isAudienceKnown: audiences !== undefined }),
  )
}

/** Proves an opened message; a sealed one stays what it is, evidence that something was sent. */
export const verify = async (wire: TacWire, context: BridgeContext): Promise<Outcome<Verified<TacTrusted>>> => {
  if (wire.content.kind === 'opened') return verifyOpened(wire, wire.content, context)
  return accept(asVerified({ wire, directory: context.directory.name, isAudienceKnown: false }))
}
