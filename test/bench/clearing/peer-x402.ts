/** x402 batch-settlement of the published packages: its own client pays its own server, voucher after voucher. */
import { x402Client } from '@x402/core/client'
import { type FacilitatorClient, x402ResourceServer } from '@x402/core/server'
import type { PaymentRequired } from '@x402/core/types'
import * as paying from '@x402/evm/batch-settlement/client'
import * as receiving from '@x402/evm/batch-settlement/server'
import { privateKeyToAccount } from 'viem/accounts'
import { timed } from './measure.ts'

const network = 'eip155:84532'
const asset = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
const payer = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const receiver = privateKeyToAccount(`0x${'22'.repeat(32)}`)
const deposit = '1000000000'

/** A facilitator that is never asked: vouchers are verified by the server itself while its view of the chain is fresh. */
const facilitator: FacilitatorClient = {
  getSupported: async () => ({
    kinds: [{ x402Version: 2, scheme: 'batch-settlement', network, extra: { receiverAuthorizer: receiver.address } }],
    extensions: [],
    signers: {},
  }),
  verify: () => Promise.reject(new Error('the server asked the chain')),
  settle: () => Promise.reject(new Error('the server settled on the chain')),
}

/** Both sides with a channel that was opened before: what is paid for is $0.000001. */
const prepare = async () => {
  const storage = new receiving.InMemoryChannelStorage()
  const scheme = new receiving.BatchSettlementEvmScheme(receiver.address, {
    storage,
    onchainStateTtlMs: 3_600_000,
  })
  const server = new x402ResourceServer(facilitator).register(network, scheme)
  await server.initialize()
  const requirements = (
    await server.buildPaymentRequirements({
      scheme: 'batch-settlement',
      payTo: receiver.address,
      price: { amount: '1', asset, extra: { name: 'USDC', version: '2' } },
      network,
    })
  )[0]
  if (!requirements) throw new Error('x402 offers no requirements')
  const memory = new paying.InMemoryClientChannelStorage()
  const own = new paying.BatchSettlementEvmScheme(payer, { storage: memory, payerAuthorizer: payer.address })
  const client = new x402Client().register(network, own).setSpendControls(false)
  const channelConfig = own.buildChannelConfig(requirements)
  const channelId = paying.computeChannelId(channelConfig, network)
  await memory.set(channelId.toLowerCase(), { balance: deposit, chargedCumulativeAmount: '0', totalClaimed: '0' })
  await storage.updateChannel(channelId, () => ({
    channelId,
    channelConfig,
    chargedCumulativeAmount: '0',
    signedMaxClaimable: '0',
    signature: '0x',
    balance: deposit,
    totalClaimed: '0',
    withdrawRequestedAt: 0,
    refundNonce: 0,
    onchainSyncedAt: Date.now(),
    lastRequestTimestamp: Date.now(),
  }))
  return { server, client, storage, requirements, channelId }
}

/** Paid requests a second: signed by the client, verified and booked by the server, acknowledged to the client. */
export const x402Rate = async (requests: number): Promise<number> => {
  const { server, client, storage, requirements, channelId } = await prepare()
  const offered: PaymentRequired = {
    x402Version: 2,
    resource: { url: 'http://seller.example/word', description: '', mimeType: 'text/plain' },
    accepts: [requirements],
  }
  const pay = async (): Promise<void> => {
    const paymentPayload = await client.createPaymentPayload(offered)
    const verified = await server.verifyPayment(paymentPayload, requirements)
    if (!verified.isValid) throw new Error(verified.invalidReason)
    const settleResponse = await server.settlePayment(paymentPayload, requirements)
    await client.handlePaymentResponse({ paymentPayload, requirements, settleResponse })
  }
  const warm = Math.ceil(requests / 10)
  for (let made = 0; made < warm; made++) await pay()
  const spent = await timed(async () => {
    for (let made = 0; made < requests; made++) await pay()
  })
  const charged = (await storage.get(channelId))?.chargedCumulativeAmount
  if (charged !== String(requests + warm)) throw new Error(`x402 booked ${charged} of ${requests + warm}`)
  return (requests * 1_000) / spent
}
