/** mppx sessions of the published package: its own client pays its own server, voucher after voucher. */
import { createChannelStore, Mppx as Payer, sessionMethod } from 'mppx/client'
import { Mppx as Payee, Store, tempo } from 'mppx/server'
import { Session } from 'mppx/tempo'
import { createClient, custom, encodeAbiParameters, type Hex, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempo as chain } from 'viem/chains'
import { timed } from './measure.ts'

const payer = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const payee = privateKeyToAccount(`0x${'22'.repeat(32)}`)
const token = '0x20c0000000000000000000000000000000000000'
const deposit = 1_000_000_000n
const { Channel, Constants } = Session.Precompile
const escrow = Constants.tip20ChannelEscrow

/** A chain on which the channel holds the deposit; it is asked once and trusted for the rest of the run. */
const client = createClient({
  chain,
  transport: custom({
    request: async ({ method }: { method: string }): Promise<Hex> => {
      if (method !== 'eth_call') throw new Error(`the chain was asked for ${method}`)
      const state = { type: 'tuple', components: [{ type: 'uint96' }, { type: 'uint96' }, { type: 'uint32' }] } as const
      return encodeAbiParameters([state], [[0n, deposit, 0]])
    },
  }),
})

const descriptor = {
  payer: payer.address,
  payee: payee.address,
  operator: zeroAddress,
  token,
  salt: `0x${'33'.repeat(32)}`,
  authorizedSigner: payer.address,
  expiringNonceHash: `0x${'44'.repeat(32)}`,
} as const

/** Both sides with a channel that was opened before: what is paid for is $0.000001. */
const prepare = async () => {
  const channelId = Channel.computeId({ ...descriptor, chainId: chain.id, escrow })
  const backing = Store.memory()
  await backing.put(channelId, {
    ...descriptor,
    backend: 'precompile',
    chainId: chain.id,
    channelId,
    descriptor,
    escrowContract: escrow,
    closeRequestedAt: 0n,
    deposit,
    settledOnChain: 0n,
    highestVoucherAmount: 0n,
    highestVoucher: null,
    spent: 0n,
    units: 0,
    finalized: false,
    createdAt: new Date().toISOString(),
  })
  const server = Payee.create({
    methods: [
      tempo.session({
        store: backing,
        account: payee,
        recipient: payee.address,
        currency: token,
        amount: '0.000001',
        unitType: 'word',
        channelStateTtl: 3_600_000,
        getClient: () => client,
      }),
    ],
    realm: 'seller.example',
    secretKey: 'a secret of thirty-two characters or more',
  })
  const memory = createChannelStore()
  await memory.set({ channelId, cumulativeAmount: 0n, deposit, descriptor, escrow, chainId: chain.id, opened: true })
  const handle = async (request: Request): Promise<Response> => {
    const result = await server.session({})(request)
    return result.status === 402 ? result.challenge : result.withReceipt(new Response('word'))
  }
  const buyer = Payer.create({
    methods: [sessionMethod({ account: payer, channelStore: memory, getClient: () => client })],
    fetch: (input, init) => handle(new Request(input, init)),
    polyfill: false,
  })
  return { buyer, backing, channelId }
}

/** Paid requests a second: challenged and verified by the server, signed by the client, booked, and receipted. */
export const mppxRate = async (requests: number): Promise<number> => {
  const { buyer, backing, channelId } = await prepare()
  const pay = async (): Promise<void> => {
    const response = await buyer.fetch('http://seller.example/word')
    if (response.status !== 200) throw new Error(`mppx answered ${response.status}: ${await response.text()}`)
  }
  const warm = Math.ceil(requests / 10)
  for (let made = 0; made < warm; made++) await pay()
  const spent = await timed(async () => {
    for (let made = 0; made < requests; made++) await pay()
  })
  const booked = ((await backing.get(channelId)) as { readonly spent: bigint } | null)?.spent
  if (booked !== BigInt(requests + warm)) throw new Error(`mppx booked ${booked} of ${requests + warm}`)
  return (requests * 1_000) / spent
}
