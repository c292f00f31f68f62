/** Delegate SD-JWT chains: hops joined by two tildes, each signed by the key the one before confirms; read, not believed. */
import { isExact, isObject, type Json, type JsonObject, member } from '../json.ts'
import { digestOf, readSdJwt, type SdJwt, textOf } from '../jws.ts'

/** Families of mandates: what is bought, and what is paid. */
export type Family = 'checkout' | 'payment'

/** Types of mandates, exactly as they have to be spelled. */
export const vcts = {
  checkout: { open: 'mandate.checkout.open.1', closed: 'mandate.checkout.1' },
  payment: { open: 'mandate.payment.open.1', closed: 'mandate.payment.1' },
} as const

/** A mandate as one hop discloses it. `withheld` counts digests nobody disclosed, outside lists of alternatives. */
export type Ap2Mandate = {
  readonly family: Family
  readonly state: 'open' | 'closed'
  readonly claims: JsonObject
  readonly withheld: number
}

/** One hop. A hop without a delegate payload is a credential: it confirms the key of its holder. */
export type Hop = { readonly sdJwt: SdJwt; readonly mandates: readonly Ap2Mandate[]; readonly isCredential: boolean }

/**
 * A chain, typed and untrusted. `delegate` is the layout with two tildes; `presentation` the one of a wallet: an SD-JWT
 * with a key binding that carries the mandate, joined by one tilde.
 */
export type Chain = {
  readonly serialized: string
  readonly layout: 'delegate' | 'presentation'
  readonly hops: readonly [Hop, ...Hop[]]
}

const hopsMax = 8
const alternatives = new Set(['allowed', 'acceptable_items'])

/** Takes a chain apart: every hop but the last gets back the tilde it gave to the join. */
export const splitChain = (serialized: string): readonly string[] => {
  const parts = serialized.split('~~')
  return parts.map((part, index) => (index < parts.length - 1 ? `${part}~` : part))
}

/** Joins hops, each ending with a tilde: one is dropped, the other two stand between them. */
export const joinChain = (hops: readonly string[]): string =>
  hops.map((hop, index) => (index < hops.length - 1 ? `${hop.slice(0, -1)}~~` : hop)).join('')

/**
 * Whether every part of a hop is base64url as it is written, else two texts could stand for one token, and every number
 * in it is read as it is written.
 */
const isCanonical = (hop: string): boolean => {
  const [token = '', ...texts] = hop.split('~')
  const [header = '', claims = '', ...signature] = token.split('.')
  const isSpelled = [header, claims, ...signature, ...texts].every(
    (part) => Buffer.from(part, 'base64url').toString('base64url') === part,
  )
  return isSpelled && [header, claims, ...texts].every((part) => isExact(Buffer.from(part, 'base64url').toString()))
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

/** Digests below a value that nobody disclosed, outside lists of alternatives: what they hide could be a bound. */
const withheldIn = (value: Json, disclosures: SdJwt['disclosures'], name = ''): number => {
  if (Array.isArray(value))
    return value.reduce<number>((sum, each: Json) => {
      const digest = isObject(each) && Object.keys(each).length === 1 ? textOf(each, '...') : undefined
      if (digest === undefined) return sum + withheldIn(each, disclosures)
      const found = disclosures.get(digest)?.value
      if (Array.isArray(found)) return sum + withheldIn(found[1] as Json, disclosures)
      return sum + (alternatives.has(name) ? 0 : 1)
    }, 0)
  if (!isObject(value)) return 0
  let sum = 0
  for (const [inner, each] of Object.entries(value)) {
    if (inner !== '_sd') sum += withheldIn(each, disclosures, inner)
    else
      for (const digest of listOf(each)) {
        const found = typeof digest === 'string' ? disclosures.get(digest)?.value : undefined
        sum +=
          Array.isArray(found) && found.length === 3 ? withheldIn(found[2] as Json, disclosures, String(found[1])) : 1
      }
  }
  return sum
}

const mandateOf = (claims: JsonObject, raw: Json, sdJwt: SdJwt): Ap2Mandate | undefined => {
  const vct = textOf(claims, 'vct')
  for (const family of ['checkout', 'payment'] as const)
    for (const state of ['open', 'closed'] as const)
      if (vcts[family][state] === vct) return { family, state, claims, withheld: withheldIn(raw, sdJwt.disclosures) }
  return undefined
}

const hopOf = (serialized: string): Hop | undefined => {
  const sdJwt = isCanonical(serialized) ? readSdJwt(serialized) : undefined
  if (!sdJwt) return undefined
  const list = member(sdJwt.jws.claims, 'delegate_payload')
  const mandates: Ap2Mandate[] = []
  for (const element of listOf(list)) {
    const digest = isObject(element) && Object.keys(element).length === 1 ? textOf(element, '...') : undefined
    const disclosed = digest === undefined ? undefined : sdJwt.disclosures.get(digest)
    if (digest !== undefined && !disclosed) continue
    const found = disclosed ? (disclosed.value as readonly Json[])[1] : element
    const mandate = isObject(found) ? mandateOf(resolvedOf(sdJwt, mandates.length), found, sdJwt) : undefined
    if (!mandate) return undefined
    mandates.push(mandate)
  }
  return { sdJwt, mandates, isCredential: list === undefined }
}

/** The disclosed element of a delegate payload, with its own disclosures in place. */
const resolvedOf = ({ resolved }: SdJwt, index: number): JsonObject => {
  const element = listOf(member(resolved, 'delegate_payload'))[index]
  return isObject(element) ? element : {}
}

/** Reads a chain in either layout; nothing where it is none, or where a hop holds something that is no mandate of AP2. */
export const readChain = (serialized: string): Chain | undefined => {
  const isPresentation = !serialized.endsWith('~') && serialized.includes('~')
  const cut = serialized.lastIndexOf('~') + 1
  const texts = isPresentation ? [serialized.slice(0, cut), `${serialized.slice(cut)}~`] : [...splitChain(serialized)]
  if (texts.length > hopsMax) return undefined
  const hops = texts.map(hopOf)
  const [first, ...rest] = hops
  if (!first || !rest.every((hop): hop is Hop => hop !== undefined)) return undefined
  return { serialized, layout: isPresentation ? 'presentation' : 'delegate', hops: [first, ...rest] }
}

/** The two digests that name a hop: over the token with what was disclosed and its last tilde, and over the token alone. */
export const hopDigests = ({ sdJwt }: Hop): { readonly presented: string; readonly token: string } => ({
  presented: digestOf(sdJwt.serialized),
  token: digestOf(sdJwt.serialized.split('~')[0] ?? ''),
})

/** Which of the two digests a text is; nothing where it is neither. */
export const digestKind = (hop: Hop, digest: string | undefined): 'presented' | 'token' | undefined => {
  const { presented, token } = hopDigests(hop)
  if (digest === presented) return 'presented'
  return digest === token ? 'token' : undefined
}
