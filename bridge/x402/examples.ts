/** Examples of x402 for the playground: a 402 an agent brings, a payment somebody signed, and a checkout that leaves. */
import { randomBytes } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Example } from '../playground/examples.ts'
import { digestOf } from './typed-data.ts'

const network = 'eip155:84532'
const asset = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C'
const tea = { url: 'https://tea.example/oolong', description: 'Oolong, 100 g' }

/** What is due, in a token the operator takes for dollars. */
const requirements = {
  scheme: 'exact',
  network,
  amount: '12500000',
  asset,
  payTo,
  maxTimeoutSeconds: 60,
  extra: { name: 'USDC', version: '2' },
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`

/** A payment of it, by an account that lives as long as the playground. */
const payment = (now: number) => {
  const { secretKey } = secp256k1.keygen()
  const from = hex(keccak_256(secp256k1.getPublicKey(secretKey, false).subarray(1)).subarray(12))
  const authorization = {
    from,
    to: payTo,
    value: requirements.amount,
    validAfter: '0',
    validBefore: String(now + 86_400),
    nonce: hex(randomBytes(32)),
  }
  const domain = { name: 'USDC', version: '2', chainId: 84_532, verifyingContract: asset }
  const digest = digestOf(domain, 'TransferWithAuthorization', authorization)
  const signed = secp256k1.sign(digest, secretKey, { prehash: false, format: 'recovered' })
  // The recovery bit comes first here and last on this wire.
  const signature = hex(Buffer.concat([signed.subarray(1), Buffer.from([27 + (signed[0] ?? 0)])]))
  return { x402Version: 2, resource: tea, accepted: requirements, payload: { signature, authorization } }
}

/** Makes the examples anew. Times are epoch seconds. */
export const x402Examples = (now: number): readonly Example[] => {
  const settings = { protocols: { x402: { assets: [{ network, asset, decimals: 6, currency: 'USD' }] } } }
  const same = { protocol: 'x402', keys: { keys: [] }, settings, now }
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')
  const get = (name: string, value: unknown) => ({ method: 'GET', url: tea.url, headers: { [name]: base64(value) } })
  const merchant = { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: '5499' }
  const total = { currency: 'USD', value: '1250' }
  const goods = [{ goods_name: 'Oolong', goods_unit_amount: total, goods_quantity: '1' }]
  return [
    {
      ...same,
      title: 'a 402 an agent brings to have it paid',
      direction: 'in',
      input: get('payment-required', { x402Version: 2, resource: tea, accepts: [requirements] }),
    },
    { ...same, title: 'a payment somebody signed', direction: 'in', input: get('payment-signature', payment(now)) },
    {
      ...same,
      title: 'a checkout leaves as a 402',
      direction: 'out',
      input: {
        kind: 'checkout',
        value: { total_amount: total, merchant, goods, reference_checkout_id: 'order-1' },
        given: { network, asset, payTo, resource: tea.url, decimals: 6, extra: requirements.extra },
      },
    },
  ]
}
