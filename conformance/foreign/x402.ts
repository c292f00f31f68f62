/** x402 in both versions: an account signs a transfer to who asked for it, or a voucher of a channel to them. */
import { createHash } from 'node:crypto'
import type { Message } from '../../schemas/index.ts'
import { type Carrier, inA2a, inHeader, inMcp } from './carriers.ts'
import { flippedBytes } from './jws.ts'
import type { Bounded, ForeignProtocol, ForeignRequest, Manner, Ordered, Telling } from './protocol.ts'
import { bytes32Of, type Struct, typedDigest, typedSignature } from './typed-data.ts'

type Checkout = Message<'common/checkout'>

/** One token for each currency the suite pays in, on a test network; their decimals are not those of the currency. */
const network = 'eip155:84532'
const tokens = [
  { asset: `0x${'1a'.repeat(20)}`, decimals: 6, currency: 'USD', exponent: 2 },
  { asset: `0x${'2b'.repeat(20)}`, decimals: 0, currency: 'JPY', exponent: 0 },
  { asset: `0x${'3c'.repeat(20)}`, decimals: 18, currency: 'KWD', exponent: 3 },
] as const
const domain = { name: 'Token', version: '2' }

/** A token no bridge is told of, for money that is none. */
const unknown = { asset: `0x${'4d'.repeat(20)}`, decimals: 2, exponent: 2 }

const atomicOf = ({ currency, value }: Message<'common/amount'>) => {
  const token = tokens.find((one) => one.currency === currency) ?? unknown
  return { asset: token.asset, amount: String(BigInt(value) * 10n ** BigInt(token.decimals - token.exponent)) }
}

/** The account of a shop. */
const payeeOf = ({ reference_merchant_id }: Checkout['merchant']): string =>
  `0x${createHash('sha256').update(reference_merchant_id).digest('hex').slice(0, 40)}`

const sign = (contract: Struct['values'], struct: Struct, { agent }: Manner): string =>
  typedSignature(typedDigest({ chainId: '84532', ...contract }, struct), agent.account)

const transferType =
  'TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)'

/** A transfer of one amount in a window of time, once. */
const transfer = (order: Checkout, manner: Manner) => {
  const { asset, amount } = atomicOf(order.total_amount)
  const authorization = {
    from: manner.agent.account.address,
    to: payeeOf(order.merchant),
    value: amount,
    validAfter: String(manner.created),
    validBefore: String(manner.expires),
    nonce: bytes32Of(manner.nonce),
  }
  const contract = { ...domain, verifyingContract: asset }
  return { signature: sign(contract, { type: transferType, values: authorization }, manner), authorization }
}

const termsOf = (order: Checkout, scheme: string) => {
  const { asset, amount } = atomicOf(order.total_amount)
  return { scheme, asset, amount, payTo: payeeOf(order.merchant), maxTimeoutSeconds: 60, extra: domain }
}

const resourceOf = ({ goods: [line] }: Checkout) => ({
  url: 'https://shop.suite.example/tea',
  description: line?.goods_name ?? 'Tea',
})

const payV2 = (order: Checkout, manner: Manner) => ({
  x402Version: 2,
  resource: resourceOf(order),
  accepted: { ...termsOf(order, 'exact'), network },
  payload: transfer(order, manner),
})

/** Version 1 says what is due beside what is paid, as a facilitator gets it. */
const payV1 = (order: Checkout, manner: Manner): ForeignRequest => {
  const { amount, ...terms } = termsOf(order, 'exact')
  const { url, description } = resourceOf(order)
  const [scheme, chain] = ['exact', 'base-sepolia']
  const content = {
    x402Version: 1,
    paymentPayload: { x402Version: 1, scheme, network: chain, payload: transfer(order, manner) },
    paymentRequirements: { ...terms, network: chain, maxAmountRequired: amount, resource: url, description },
  }
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', path: '/verify', headers, body: JSON.stringify(content) }
}

const channelType =
  'ChannelConfig(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 withdrawDelay,bytes32 salt)'
const voucherType = 'Voucher(bytes32 channelId,uint128 maxClaimableAmount)'
const channels = {
  name: 'x402 Batch Settlement',
  version: '1',
  verifyingContract: '0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003',
}

/** A voucher of a channel; with a deposit it asks for as much as is put in. */
const voucher = (most: Message<'common/amount'>, manner: Manner, isDeposit: boolean) => {
  const { agent, nonce } = manner
  const { asset, amount } = atomicOf(most)
  const payTo = payeeOf({ reference_merchant_id: nonce } as Checkout['merchant'])
  const channelConfig = {
    payer: agent.account.address,
    payerAuthorizer: agent.account.address,
    receiver: payTo,
    receiverAuthorizer: payTo,
    token: asset,
    withdrawDelay: '900',
    salt: bytes32Of(nonce),
  }
  const digest = typedDigest({ chainId: '84532', ...channels }, { type: channelType, values: channelConfig })
  const values = { channelId: `0x${Buffer.from(digest).toString('hex')}`, maxClaimableAmount: '1' }
  const signature = sign(channels, { type: voucherType, values }, manner)
  const accepted = {
    scheme: 'batch-settlement',
    network,
    asset,
    amount: '1',
    payTo,
    maxTimeoutSeconds: 60,
    extra: domain,
  }
  const payload = { channelConfig, voucher: { ...values, signature }, ...(isDeposit ? { deposit: { amount } } : {}) }
  const resource = { url: 'https://shop.suite.example/tea', description: 'Tea' }
  return { x402Version: 2, resource, accepted, payload }
}

/** What AMP has to be told: who is paid is an account, and an order has no name of its own. */
const ordered = ({ total_amount, goods, merchant }: Checkout): Ordered => ({
  total_amount,
  goods,
  merchant: { reference_merchant_id: payeeOf(merchant) },
})

const bounded = ({ constraints: { budget_amount } }: Message<'trust/intent-autonomous'>): Bounded => ({
  constraints: { budget_amount },
})

const tellings = (): readonly Telling[] =>
  tokens.map(({ asset, decimals, currency }) => ({ hook: 'takeAsset', told: { network, asset, decimals, currency } }))

type Payload = { readonly signature: string; readonly authorization: object }

/** What somebody else makes of a payload: a flipped bit, or another nonce below the signature it had. */
const forgedPayloads = ({ signature, ...payload }: Payload, bit: number): readonly [Payload, Payload] => [
  { ...payload, signature: `0x${flippedBytes(signature.slice(2), bit, 'hex')}` },
  { ...payload, signature, authorization: { ...payload.authorization, nonce: bytes32Of(signature) } },
]

const base: ForeignProtocol = {
  protocol: 'x402',
  // Nothing says which host a payment is for, and who pays is nobody a bridge knows.
  lacks: ['host', 'directory', 'directory-name'],
  skewMax: 60,
  tellings,
  ordered,
}

const versionOne: ForeignProtocol = {
  ...base,
  version: '1',
  opened: ['body'],
  pay: async (order, manner) => payV1(order, manner),
  forgeries: (request, bit) => {
    const { paymentPayload, ...content } = JSON.parse(request.body)
    const [first, second] = forgedPayloads(paymentPayload.payload, bit).map((payload) => ({
      ...request,
      body: JSON.stringify({ ...content, paymentPayload: { ...paymentPayload, payload } }),
    }))
    return [first ?? request, second ?? request]
  },
}

const versionTwo = ({ name, opened, write, read }: Carrier): ForeignProtocol => ({
  ...base,
  version: ['2', name].filter((part) => part !== undefined).join(' '),
  ...(opened === undefined ? {} : { opened: [opened] }),
  pay: async (order, manner) => write(payV2(order, manner)),
  delegate: async ({ constraints }, manner) => write(voucher(constraints.budget_amount, manner, true)),
  bounded,
  look: async (manner) => write(voucher({ currency: 'USD', value: '1' }, manner, false)),
  forgeries: (request, bit) => {
    const content = read(request) as ReturnType<typeof payV2>
    const [first, second] = forgedPayloads(content.payload, bit)
    return [write({ ...content, payload: first }), write({ ...content, payload: second })]
  },
})

export const x402: readonly ForeignProtocol[] = [
  versionOne,
  versionTwo(inHeader('payment-signature', 'base64')),
  versionTwo(inA2a('x402.payment.payload', { 'x402.payment.status': 'payment-submitted' })),
  versionTwo(inMcp('x402/payment')),
]
