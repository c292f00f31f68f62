/** Chains of AP2 0.2 with keys of our own, made apart from the bridge: roots, hops, orders, and what each says. */
import type { KeyObject } from 'node:crypto'
import { disclosure, hashOf, jwkOf, jws, p256Key } from '../signers.ts'
import { now } from '../tap-agent.ts'

export const provider = { issuer: 'https://agent-provider.example', kid: 'provider-1', key: p256Key('ap2 provider') }
export const bank = { issuer: 'https://bank.example', kid: 'bank-1', key: p256Key('ap2 bank') }
export const shop = { issuer: 'https://tea.example', kid: 'shop-1', key: p256Key('ap2 shop') }
export const processor = { issuer: 'https://processor.example', kid: 'processor-1', key: p256Key('ap2 processor') }
export const holder = p256Key('ap2 holder')
export const agentKey = p256Key('ap2 shopping agent')
export const secondAgent = p256Key('ap2 second agent')

export const tea = { id: 'tea-1', name: 'Tea House', website: 'https://tea.example/' }
export const books = { id: 'book-1', name: 'Book House', website: 'https://book.example/' }

/** A hop as text, and what it says once its disclosures are in place. */
export type MadeHop = {
  readonly text: string
  readonly said: { readonly header: object; readonly claims: object; readonly hasDigests: boolean }
}

/** Lists of these names go into disclosures element by element; so does `checkout_jwt`. */
const disclosedLists = new Set(['allowed', 'acceptable_items'])

type Hidden = { readonly value: unknown; readonly texts: readonly string[] }

/** Puts digests where a value may be disclosed part by part; the texts disclose it. */
const hide = (value: unknown, name = ''): Hidden => {
  if (Array.isArray(value)) {
    const inner = value.map((each) => hide(each))
    if (!disclosedLists.has(name))
      return { value: inner.map((each) => each.value), texts: inner.flatMap((each) => each.texts) }
    const own = inner.map((each) => disclosure(each.value))
    return {
      value: own.map((text) => ({ '...': hashOf(text) })),
      texts: [...inner.flatMap((each) => each.texts), ...own],
    }
  }
  if (typeof value !== 'object' || value === null) return { value, texts: [] }
  const texts: string[] = []
  const members: [string, unknown][] = []
  const digests: string[] = []
  for (const [key, each] of Object.entries(value)) {
    const inner = hide(each, key)
    texts.push(...inner.texts)
    if (key === 'checkout_jwt') {
      const own = disclosure(inner.value, key)
      texts.push(own)
      digests.push(hashOf(own))
    } else members.push([key, inner.value])
  }
  return { value: Object.fromEntries(digests.length > 0 ? [['_sd', digests], ...members] : members), texts }
}

/** A hop that discloses mandates; `leave` drops disclosures by what they say. */
export const hopOf = (
  typ: string,
  key: KeyObject,
  claims: Record<string, unknown>,
  mandates: readonly object[],
  more: { readonly kid?: string; readonly leave?: (text: string) => boolean } = {},
): MadeHop => {
  const hidden = mandates.map((mandate) => hide(mandate))
  const own = hidden.map(({ value }) => disclosure(value))
  const header = { alg: 'ES256', typ, ...(more.kid ? { kid: more.kid } : {}) }
  const full = { delegate_payload: own.map((text) => ({ '...': hashOf(text) })), ...claims, _sd_alg: 'sha-256' }
  const texts = [...hidden.flatMap((each) => each.texts), ...own].filter((text) => !more.leave?.(text))
  return {
    text: `${jws(header, full, key)}~${texts.map((text) => `${text}~`).join('')}`,
    said: { header, claims: { delegate_payload: mandates, ...claims }, hasDigests: true },
  }
}

/** A root signed by an agent provider, which names itself or only its key. */
export const rootOf = (
  mandate: object,
  more: { readonly named?: boolean; readonly leave?: (text: string) => boolean } = {},
): MadeHop =>
  hopOf('example+sd-jwt', provider.key, more.named ? { iss: provider.issuer, iat: now - 60 } : {}, [mandate], {
    kid: provider.kid,
    ...(more.leave ? { leave: more.leave } : {}),
  })

/** A credential of a holder, whose key signs what comes next. */
export const credentialOf = (): MadeHop => {
  const claims = {
    iss: bank.issuer,
    vct: 'com.emvco.dpc',
    iat: now - 86_400,
    exp: now + 300 * 86_400,
    cnf: { jwk: jwkOf(holder) },
  }
  const email = disclosure('someone@example.com', 'email')
  const header = { alg: 'ES256', typ: 'dc+sd-jwt', kid: bank.kid }
  return {
    text: `${jws(header, { ...claims, _sd: [hashOf(email)], _sd_alg: 'sha-256' }, bank.key)}~${email}~`,
    said: { header, claims: { ...claims, email: 'someone@example.com' }, hasDigests: true },
  }
}

/** A hop after another; `link` is which of the two digests it names it by. */
export const nextOf = (
  before: MadeHop,
  key: KeyObject,
  mandate: object,
  how: {
    readonly aud: string
    readonly nonce: string
    readonly iat?: number
    readonly link?: 'sd_hash' | 'issuer_jwt_hash'
    readonly typ?: string
    readonly leave?: (text: string) => boolean
  },
): MadeHop => {
  const link = how.link ?? 'sd_hash'
  const typ = how.typ ?? (Object.hasOwn(mandate, 'cnf') ? 'kb+sd-jwt+kb' : 'kb+sd-jwt')
  const digest = link === 'sd_hash' ? hashOf(before.text) : hashOf(before.text.split('~')[0] ?? '')
  const claims = { iat: how.iat ?? now - 5, aud: how.aud, nonce: how.nonce, [link]: digest }
  return hopOf(typ, key, claims, [mandate], how.leave ? { leave: how.leave } : {})
}

/** Hops joined by two tildes. */
export const join = (...hops: readonly MadeHop[]): string =>
  hops.map(({ text }, index) => (index < hops.length - 1 ? `${text}~` : text)).join('')

/** A wallet's presentation: one tilde, the mandates inside the key binding, nothing after it. */
export const presentationOf = (
  mandates: readonly object[],
  nonce: string,
): { readonly text: string; readonly hops: readonly MadeHop[] } => {
  const credential = credentialOf()
  const header = { alg: 'ES256', typ: 'kb+jwt' }
  const claims = {
    iat: now - 5,
    aud: 'merchant',
    nonce,
    sd_hash: hashOf(credential.text),
    delegate_payload: mandates,
  }
  const token = jws(header, claims, holder)
  return {
    text: `${credential.text}${token}`,
    hops: [credential, { text: `${token}~`, said: { header, claims, hasDigests: false } }],
  }
}

/** What is bought. */
export type OrderPlan = {
  readonly lines: readonly { readonly item: string; readonly price: number; readonly quantity: number }[]
  readonly currency: string
  readonly id: string
}

/** A checkout as the merchant signed it. */
export const orderOf = ({ lines, currency, id }: OrderPlan) => {
  const total = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
  const claims = {
    id,
    merchant: tea,
    line_items: lines.map(({ item, price, quantity }, index) => ({
      id: `line-${index}`,
      item: { id: item, title: `Title of ${item}`, price },
      quantity,
      totals: [{ type: 'total', amount: price * quantity }],
    })),
    status: 'ready_for_complete',
    currency,
    totals: [
      { type: 'subtotal', amount: total },
      { type: 'total', amount: total },
    ],
    links: [],
  }
  const header = { alg: 'ES256', typ: 'JWT', kid: shop.kid }
  const text = jws(header, claims, shop.key)
  return { text, hash: hashOf(text), total, header, claims }
}

/** The key an open mandate hands over to. */
export const cnfOf = (key: KeyObject) => ({ jwk: jwkOf(key) })
