/** Generated messages of x402, signed by a stock account, with their fields counted apart. */
import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { everybody } from '../parties.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import { leaves, requestFields } from '../signers.ts'
import { now } from '../tap-agent.ts'

export const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)
export const usdc = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
export const chain = 'eip155:84532'
const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C'

/** The operator knows one token, as dollars. */
export const settings = {
  protocols: { x402: { assets: [{ network: chain, asset: usdc, decimals: 6, currency: 'USD' }] } },
}

const types = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const

type Authorization = { value: string; validAfter?: string; validBefore?: string; to?: `0x${string}`; nonce: string }

/** What a payer signs for `exact`, by viem. */
export const authorise = async (wish: Authorization) => {
  const authorization = {
    from: account.address,
    to: payTo as `0x${string}`,
    validAfter: '0',
    validBefore: String(now + 60),
    ...wish,
    nonce: `0x${wish.nonce}` as `0x${string}`,
  }
  const { value, validAfter, validBefore, ...rest } = authorization
  const signature = await account.signTypedData({
    domain: { name: 'USDC', version: '2', chainId: 84_532, verifyingContract: usdc },
    types,
    primaryType: 'TransferWithAuthorization',
    message: { ...rest, value: BigInt(value), validAfter: BigInt(validAfter), validBefore: BigInt(validBefore) },
  })
  return { signature, authorization }
}

export const requirements = (cents: number, scheme = 'exact') => ({
  scheme,
  network: chain,
  amount: String(cents * 10_000),
  asset: usdc,
  payTo,
  maxTimeoutSeconds: 60,
  extra: { name: 'USDC', version: '2' },
})

export const requirementsV1 = (cents: number) => {
  const { amount, network: _, ...rest } = requirements(cents)
  return {
    ...rest,
    network: 'base-sepolia',
    maxAmountRequired: amount,
    resource: 'https://shop.example/tea',
    description: 'tea',
    mimeType: 'text/plain',
  }
}

const other = {
  ...requirements(1),
  network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
  asset: 'EPjFWdd5',
  payTo: '2wKup',
}
const resource = { url: 'https://shop.example/tea', description: 'tea', mimeType: 'text/plain' }

const plan = fc.record({
  cents: fc.integer({ min: 1, max: 9_999_999 }),
  nonce: fc.stringMatching(/^[0-9a-f]{64}$/),
  version: fc.constantFrom(1, 2),
  carrier: fc.constantFrom('http', 'a2a', 'mcp'),
  isPayment: fc.boolean(),
  scheme: fc.constantFrom('exact', 'upto', 'batch-settlement'),
  second: fc.boolean(),
})
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

const due = ({ cents, version, scheme, second }: Plan): object => {
  if (version === 1) return { x402Version: 1, error: 'pay', accepts: [requirementsV1(cents)] }
  const accepts = second ? [other, requirements(cents, scheme)] : [requirements(cents, scheme), other]
  return { x402Version: 2, error: 'pay', resource, accepts, extensions: { note: { info: { a: 1 } } } }
}

const paid = async ({ cents, nonce, version }: Plan): Promise<object> => {
  const payload = await authorise({ value: String(cents * 10_000), nonce })
  if (version === 2) return { x402Version: 2, resource, accepted: requirements(cents), payload }
  const paymentPayload = { x402Version: 1, scheme: 'exact', network: 'base-sepolia', payload }
  return { x402Version: 1, paymentPayload, paymentRequirements: requirementsV1(cents) }
}

/** Where an object goes, as a request: header or body in HTTP, metadata in A2A, `_meta` or a result in MCP. */
const carry = (object: object, { carrier, version, isPayment }: Plan) => {
  const post = (body: object) => ({
    method: 'POST',
    url: 'https://bridge.example/x402',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (carrier === 'a2a') {
    const metadata = { [`x402.payment.${isPayment ? 'payload' : 'required'}`]: object }
    return isPayment
      ? {
          place: 'body/params/message/metadata/x402.payment.payload',
          message: post({ method: 'message/send', params: { message: { metadata } } }),
        }
      : {
          place: 'body/result/status/message/metadata/x402.payment.required',
          message: post({ result: { status: { message: { metadata } } } }),
        }
  }
  if (carrier === 'mcp')
    return isPayment
      ? {
          place: 'body/params/_meta/x402~1payment',
          message: post({ method: 'tools/call', params: { _meta: { 'x402/payment': object } } }),
        }
      : {
          place: 'body/result/structuredContent',
          message: post({ result: { isError: true, structuredContent: object } }),
        }
  if (version === 1) return { place: 'body', message: post(object) }
  const name = isPayment ? 'payment-signature' : 'payment-required'
  return {
    place: `header/${name}`,
    message: { method: 'GET', url: 'https://shop.example/tea', headers: { [name]: base64(object) } },
  }
}

const build = async (wish: Plan): Promise<Sample & { object: object }> => {
  const object = wish.isPayment ? await paid(wish) : due(wish)
  const { place, message } = carry(object, wish)
  const around = requestFields(message).filter(([name]) => name !== place && !name.startsWith(`${place}/`))
  return {
    message,
    object,
    identityOnly: false,
    context: (more) => everybody(settings, more),
    fields: new Map<string, unknown>([...around, ...leaves(object, wish.isPayment ? 'payment' : 'required')]),
  }
}

/** Changes the object of x402 wherever it is. */
const change =
  (apply: (text: string) => string | undefined): Tampering['apply'] =>
  ({ message }) => {
    const header = Object.keys(message.headers).find((name) => name.startsWith('payment-'))
    const text = header ? Buffer.from(message.headers[header] ?? '', 'base64').toString() : (message.body ?? '')
    const made = apply(text)
    if (made === undefined || made === text) return undefined
    return {
      message: header
        ? { ...message, headers: { ...message.headers, [header]: Buffer.from(made).toString('base64') } }
        : { ...message, body: made },
    }
  }

const isSigned = (text: string): boolean => text.includes('"authorization"')
const signed = (apply: (text: string) => string): Tampering['apply'] =>
  change((text) => (isSigned(text) ? apply(text) : undefined))

export const x402Samples: SampleSource = {
  // Nobody vouches for a payer: that a payment comes once is held by the tests of its verification.
  neverReplays: true,
  valid: plan.map((wish) => () => build(wish)),
  tamperings: [
    {
      name: 'one digit of the signature',
      code: 'foreign-signature-invalid',
      apply: signed((text) =>
        text.replace(/("signature":"0x.{20})(.)/, (_, start, digit) => `${start}${digit === '7' ? '8' : '7'}`),
      ),
    },
    {
      name: 'the nonce that was signed',
      code: 'foreign-signature-invalid',
      apply: signed((text) =>
        text.replace(/("nonce":"0x.{9})(.)/, (_, start, digit) => `${start}${digit === '7' ? '8' : '7'}`),
      ),
    },
    {
      name: 'the amount that was signed',
      code: 'foreign-object-mismatch',
      apply: signed((text) => text.replace(/"value":"(\d+)"/, (_, value) => `"value":"${BigInt(value) - 1n}"`)),
    },
    {
      name: 'whom it pays',
      code: 'foreign-object-mismatch',
      apply: signed((text) => text.replace(`"to":"${payTo}"`, `"to":"${usdc}"`)),
    },
    {
      name: 'the time, to after the end',
      code: 'foreign-expired',
      apply: ({ message }) => {
        const header = message.headers['payment-signature']
        const text = header ? Buffer.from(header, 'base64').toString() : (message.body ?? '')
        return isSigned(text) ? { context: { now: now + 60 } } : undefined
      },
    },
    {
      name: 'the asset, which nobody knows',
      code: 'foreign-currency-missing',
      apply: (sample) => ({ message: sample.message, context: { settings: {} } }),
      isLate: true,
    },
    {
      name: 'the version',
      code: 'foreign-wire-form-unsupported',
      apply: change((text) => text.replace(/"x402Version":\d/, '"x402Version":3')),
    },
    {
      name: 'the price, to below a cent',
      code: 'micro-amount-fractional',
      apply: change((text) =>
        isSigned(text)
          ? undefined
          : text.replaceAll(
              /"(amount|maxAmountRequired)":"(\d+)"/g,
              (_, name, value) => `"${name}":"${BigInt(value) + 1n}"`,
            ),
      ),
    },
  ],
}
