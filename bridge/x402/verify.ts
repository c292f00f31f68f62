/** x402, verified as far as it can be without its chain: the signature of the payer, its terms, its time, and that it comes once. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Evidence, type ForeignIdentity, type Verified } from '../adapter.ts'
import { takeOnce } from '../http-signature.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { networkOf } from './assets.ts'
import { type Domain, digestOf, signerOf, type Values } from './typed-data.ts'
import type { Paid, Requirements, X402Wire } from './wire.ts'

/** A message with what was found out about its sender. */
export type X402Trusted = {
  readonly wire: X402Wire
  readonly identity: ForeignIdentity
  readonly authorisation: Evidence
  /** Epoch seconds, when it was verified. */
  readonly now: number
}

const skew = 60
const kind = 'payment-authorisation'
const address = /^0x[0-9a-fA-F]{40}$/
const amount = /^(0|[1-9]\d{0,77})$/

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const mismatch = (detail: string, field: string) => refuse('foreign-object-mismatch', { detail, field })

/** What the payer signed with its own key, ready to be checked. */
type Signed = {
  readonly payer: string
  readonly digest: Uint8Array
  readonly signature: string
  /** What makes it one of a kind, and until when it is one. */
  readonly once?: { readonly nonce: string; readonly expires: number }
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const texts = (object: JsonObject, names: readonly string[]): readonly string[] | undefined => {
  const found = names.map((name) => {
    const value = member(object, name)
    return typeof value === 'number' ? String(value) : textOf(object, name)
  })
  return found.every((each): each is string => each !== undefined) ? found : undefined
}

const chainOf = (network: string): number | undefined => {
  const [, id] = /^eip155:([1-9]\d{0,14})$/.exec(networkOf(network)) ?? []
  return id === undefined ? undefined : Number(id)
}

/** `exact` with EIP-3009: a transfer of one amount to one payee, in a window of time, once. */
const transferOf = ({ payload, version }: Paid, accepted: Requirements, now: number): Outcome<Signed> | undefined => {
  const authorization = member(payload, 'authorization')
  const signature = textOf(payload, 'signature')
  const chainId = chainOf(accepted.network)
  const [name, edition] = [textOf(accepted.extra, 'name'), textOf(accepted.extra, 'version')]
  if (!isObject(authorization) || !signature || chainId === undefined || !name || !edition) return undefined
  const names = ['from', 'to', 'value', 'validAfter', 'validBefore', 'nonce']
  const found = texts(authorization, names)
  const field = 'payment/payload/authorization'
  if (!found) return malformed('an authorisation lacks a member', field)
  const [from = '', to = '', value = '', validAfter = '', validBefore = '', nonce = ''] = found
  if (![from, to, accepted.asset].every((each) => address.test(each)) || !/^0x[0-9a-fA-F]{64}$/.test(nonce))
    return malformed('an address or nonce of the authorisation is none', field)
  if (![value, validAfter, validBefore].every((each) => amount.test(each)))
    return malformed('a number of the authorisation is none', field)
  if (!same(to, accepted.payTo)) return mismatch('it pays somebody else than was asked for', `${field}/to`)
  const [paid, due] = [BigInt(value), BigInt(amount.test(accepted.amount) ? accepted.amount : -1)]
  if (due < 0n || (version === 1 ? paid < due : paid !== due))
    return mismatch('it pays another amount', `${field}/value`)
  if (BigInt(validBefore) <= BigInt(now))
    return refuse('foreign-expired', { detail: 'it expired', field: `${field}/validBefore` })
  if (BigInt(validAfter) > BigInt(now + skew))
    return refuse('foreign-not-yet-valid', { detail: 'it is not valid yet', field: `${field}/validAfter` })
  const domain: Domain = { name, version: edition, chainId, verifyingContract: accepted.asset }
  const values: Values = { from, to, value, validAfter, validBefore, nonce }
  const expires = Number(BigInt(validBefore) < 2n ** 52n ? BigInt(validBefore) : 2n ** 52n)
  return accept({
    payer: from,
    digest: digestOf(domain, 'TransferWithAuthorization', values),
    signature,
    once: { nonce, expires },
  })
}

/** The contract of batch settlements, the same on every chain. */
const batchContract = '0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003'
const configNames = ['payer', 'payerAuthorizer', 'receiver', 'receiverAuthorizer', 'token', 'withdrawDelay', 'salt']

/** `batch-settlement`: a voucher of a channel that its own description names. A voucher has no time and no nonce. */
const voucherOf = ({ payload }: Paid, accepted: Requirements): Outcome<Signed> | undefined => {
  const [config, voucher] = [member(payload, 'channelConfig'), member(payload, 'voucher')]
  const chainId = chainOf(accepted.network)
  if (!isObject(config) || !isObject(voucher) || chainId === undefined) return undefined
  const field = 'payment/payload/channelConfig'
  const found = texts(config, configNames)
  if (!found?.slice(0, 5).every((each) => address.test(each))) return malformed('a channel lacks a member', field)
  const [payer = '', authorizer = '', receiver = '', , token = '', delay = '', salt = ''] = found
  if (!/^\d{1,12}$/.test(delay) || !/^0x[0-9a-fA-F]{64}$/.test(salt)) return malformed('a channel is none', field)
  if (!same(receiver, accepted.payTo) || !same(token, accepted.asset))
    return mismatch('the channel is of somebody else', field)
  const [channelId = '', most = '', signature = ''] =
    texts(voucher, ['channelId', 'maxClaimableAmount', 'signature']) ?? []
  if (!amount.test(most) || signature === '') return malformed('a voucher lacks a member', 'payment/payload/voucher')
  const domain: Domain = { name: 'x402 Batch Settlement', version: '1', chainId, verifyingContract: batchContract }
  const values = Object.fromEntries(configNames.map((name, index) => [name, found[index] ?? '']))
  const id = `0x${Buffer.from(digestOf(domain, 'ChannelConfig', values)).toString('hex')}`
  if (!same(id, channelId)) return mismatch('the voucher is of another channel', 'payment/payload/voucher/channelId')
  const digest = digestOf(domain, 'Voucher', { channelId, maxClaimableAmount: most })
  return accept({ payer: /^0x0{40}$/.test(authorizer) ? payer : authorizer, digest, signature })
}

type Checked = {
  readonly authorisation: Evidence
  readonly payer?: string
  readonly once?: NonNullable<Signed['once']>
}

const unverified = (why: string): Checked => ({ authorisation: { kind, status: 'unverified', why } })

/** Checks a payment; one that only its chain can check is no less taken, and says so. */
const check = (wire: Paid, now: number): Outcome<Checked> => {
  const { accepted } = wire
  if (!accepted) return accept(unverified('it does not say what is paid, so nothing of it can be checked'))
  const signed = accepted.scheme === 'batch-settlement' ? voucherOf(wire, accepted) : transferOf(wire, accepted, now)
  if (signed === undefined) return accept(unverified('only its own chain can check it'))
  if (!signed.ok) return signed
  const { payer, digest, signature, once } = signed.value
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature)) return accept({ ...unverified('a contract signed it'), payer })
  if (signerOf(digest, signature) !== payer.toLowerCase())
    return refuse('foreign-signature-invalid', {
      detail: 'the payer did not sign it',
      field: 'payment/payload/signature',
    })
  return accept({
    payer,
    authorisation: { kind, status: 'verified', why: 'the payer signed it; nothing here knows whose it is' },
    ...(once ? { once } : {}),
  })
}

const identityOf = (wire: X402Wire, payer: string | undefined): ForeignIdentity => {
  const network = wire.kind === 'payment' ? wire.accepted?.network : undefined
  const id =
    payer === undefined || network === undefined ? 'unknown' : `did:pkh:${networkOf(network)}:${payer.toLowerCase()}`
  return { protocol: 'x402', interaction: 'payment', agent: { id }, proof: 'none' }
}

/** Proves what can be proven: what is due is unsigned, a payment is its payer's own, of the terms it names, and new. */
export const verify = async (wire: X402Wire, context: BridgeContext): Promise<Outcome<Verified<X402Trusted>>> => {
  const { now } = context
  if (wire.kind === 'required') {
    const authorisation: Evidence = { kind, status: 'absent' }
    return accept(asVerified({ wire, identity: identityOf(wire, undefined), authorisation, now }))
  }
  if (/^amp:/.test(wire.accepted?.network ?? ''))
    return refuse('foreign-wire-form-unsupported', {
      detail: 'a payment on an amp network is settled by its facilitator',
      field: 'payment/accepted/network',
    })
  const checked = check(wire, now)
  if (!checked.ok) return checked
  const { payer, once, authorisation } = checked.value
  if (once) {
    const parts = ['x402', wire.accepted?.network ?? '', wire.accepted?.asset ?? '', payer ?? '', once.nonce]
    const fresh = await takeOnce(
      parts.map((part) => part.toLowerCase()),
      once.expires,
      context,
      'payment/payload/authorization/nonce',
    )
    if (!fresh.ok) return fresh
  }
  return accept(asVerified({ wire, identity: identityOf(wire, payer), authorisation, now }))
}
