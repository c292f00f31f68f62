/** Chains, orders and receipts of AP2 0.2 made by whoever holds the key; the bridge itself signs for nobody. */
import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { digestOf } from '../jws.ts'
import { joinChain, splitChain } from './chain.ts'

/** A P-256 private key, and the id its public half is known by. */
export type Ap2Signer = { readonly key: KeyObject; readonly kid?: string }

/** What binds a hop to whom it is shown: audience, nonce, and when it was made in epoch seconds. */
export type Ap2Binding = { readonly aud: string; readonly nonce: string; readonly iat: number }

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const signJws = (header: object, claims: object, { key, kid }: Ap2Signer): string => {
  const input = `${part({ alg: 'ES256', ...header, ...(kid === undefined ? {} : { kid }) })}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

const disclose = (value: unknown, name?: string): string => {
  const salt = randomBytes(16).toString('base64url')
  return part(name === undefined ? [salt, value] : [salt, name, value])
}

/** Members whose elements may each be disclosed or not, and the one member that may. */
const disclosedLists = new Set(['allowed', 'acceptable_items'])
const disclosedMember = 'checkout_jwt'

type Hidden = { readonly value: Json; readonly texts: readonly string[] }

const hideList = (list: readonly Json[], isDisclosed: boolean): Hidden => {
  const inner = list.map((each) => hide(each))
  const texts = inner.flatMap((each) => each.texts)
  if (!isDisclosed) return { value: inner.map(({ value }) => value), texts }
  const own = inner.map(({ value }) => disclose(value))
  return { value: own.map((text) => ({ '...': digestOf(text) })), texts: [...texts, ...own] }
}

const hide = (value: Json): Hidden => {
  if (Array.isArray(value)) return hideList(value, false)
  if (!isObject(value)) return { value, texts: [] }
  const members: [string, Json][] = []
  const digests: string[] = []
  const texts: string[] = []
  for (const [name, each] of Object.entries(value)) {
    const inner = Array.isArray(each) ? hideList(each, disclosedLists.has(name)) : hide(each)
    texts.push(...inner.texts)
    if (name !== disclosedMember) members.push([name, inner.value])
    else {
      const text = disclose(inner.value, name)
      texts.push(text)
      digests.push(digestOf(text))
    }
  }
  return { value: Object.fromEntries(digests.length > 0 ? [['_sd', digests], ...members] : members), texts }
}

const hop = (typ: string, claims: object, mandate: JsonObject, signer: Ap2Signer): string => {
  const { value, texts } = hide(mandate)
  const own = disclose(value)
  const payload = { delegate_payload: [{ '...': digestOf(own) }], ...claims, _sd_alg: 'sha-256' }
  return `${[signJws({ typ }, payload, signer), ...texts, own].join('~')}~`
}

/** The root of a chain: a mandate signed by who vouches for the user, named by `issuer` or by the key alone. */
export const signRoot = (
  mandate: JsonObject,
  signer: Ap2Signer,
  claims: { readonly iss?: string; readonly iat?: number } = {},
): string => hop('example+sd-jwt', claims, mandate, signer)

/** A chain with one hop more: a mandate signed by the key the last hop confirms. */
export const signNext = (chain: string, mandate: JsonObject, signer: Ap2Signer, binding: Ap2Binding): string => {
  const hops = splitChain(chain)
  const typ = Object.hasOwn(mandate, 'cnf') ? 'kb+sd-jwt+kb' : 'kb+sd-jwt'
  const claims = { ...binding, sd_hash: digestOf(hops[hops.length - 1] ?? '') }
  return joinChain([...hops, hop(typ, claims, mandate, signer)])
}

/** A checkout as its merchant signs it, or a receipt as its issuer does. */
export const signClaims = (claims: JsonObject, signer: Ap2Signer): string => signJws({ typ: 'JWT' }, claims, signer)
