/** The stage for a clearing under test: the suite is its network, and the agents that pay and are paid. */
import { calculateJwkThumbprint } from 'jose'
import type { Message, RequestOf } from '../../schemas/index.ts'
import { version } from '../../schemas/index.ts'
import { momentOf } from '../assurance.ts'
import { given, NotApplicable, needed, unitsIn } from '../expect.ts'
import type { Party } from '../parties.ts'
import type { Scene } from '../scene.ts'
import type { Answer } from '../target/client.ts'
import { openStream, recordProtocol, type Stream, type Way } from '../target/stream.ts'
import {
  type Anchor,
  channelIdOf,
  type Descriptor,
  type Link,
  linksOf,
  type Signer,
  signAnchor,
  signerOf,
  signVoucher,
  type Voucher,
  type VoucherTerms,
} from '../ticks.ts'

type Channel = Message<'extensions/clearing/channel'>
type Cycle = Message<'extensions/clearing/cycle'>

/** What an opening is to be, where it departs from a plain one. */
export type Wish = {
  readonly payer?: Party
  readonly payee?: Party
  readonly cap?: bigint
  readonly currency?: string
  readonly scale?: number
  readonly profile?: 'voucher' | 'hash-chain'
  readonly unitPrice?: bigint
  /** Links of the chain. */
  readonly length?: number
  readonly descriptor?: Partial<Descriptor>
  readonly anchor?: Partial<Anchor>
}

/** An opening as it is sent, with what only the payer knows. */
export type Planned = {
  readonly payer: Party
  readonly payee: Party
  readonly descriptor: Descriptor
  readonly channelId: string
  readonly signer: Signer
  readonly links: readonly Buffer[]
  readonly request: RequestOf<'clearing.openChannel'>
}

const zeros = Buffer.alloc(32).toString('base64url')

export const clearingStage = (scene: Scene) => {
  const { session, client, dice } = scene
  const { neighbours } = session
  const { network } = session.parties
  const clearing = session.served('clearing')

  /** An agent the target does not know; its network vouches for it when asked. */
  const stranger = async (): Promise<Party> => ({ ...(await dice.party('agent-key')), id: `agent-${dice.word()}` })

  const admit = (party: Party, currency = 'USD', scale = 6, creditLimit = '0'): Promise<Answer> =>
    client.call(
      'clearing.admitParticipant',
      { participantId: party.id, currency, scale, creditLimit, agentKey: party.jwk },
      network,
    )

  const agent = async (currency?: string, scale?: number): Promise<Party> => {
    const party = await stranger()
    given('clearing.admitParticipant', await admit(party, currency, scale))
    return party
  }

  const plan = async (wish: Wish = {}): Promise<Planned> => {
    const { currency = 'USD', scale = 6, cap = 1_000_000n, profile = 'voucher' } = wish
    const payer = wish.payer ?? (await agent(currency, scale))
    const payee = wish.payee ?? (await agent(currency, scale))
    const signer = signerOf(dice)
    const { kty, crv, x, y } = payer.jwk
    const descriptor: Descriptor = {
      version,
      network: network.id,
      clearing: clearing.id,
      payerAgentId: payer.id,
      payerKeyThumbprint: await calculateJwkThumbprint({ kty, crv, x, y }),
      signerKey: signer.raw,
      payeeId: payee.id,
      mandateId: `mandate-${dice.word()}`,
      mandateHash: Buffer.alloc(32, 1).toString('base64url'),
      currency,
      scale,
      profile,
      cap: cap.toString(),
      notBefore: momentOf(session.now() - 60),
      notAfter: momentOf(session.now() + 3_600),
      graceSeconds: 600,
      salt: dice.nonce(),
      incarnation: 1,
      ...wish.descriptor,
    }
    const channelId = channelIdOf(descriptor)
    const length = wish.length ?? 50
    const links = profile === 'voucher' ? [] : linksOf(dice, channelId, length)
    const terms = {
      anchor: (links[0] ?? Buffer.alloc(32)).toString('base64url'),
      unitPrice: (wish.unitPrice ?? 1n).toString(),
      base: '0',
      length,
      expiresAt: '0',
    }
    const anchor = profile === 'voucher' ? {} : { anchor: { ...signAnchor(channelId, terms, signer), ...wish.anchor } }
    return { payer, payee, descriptor, channelId, signer, links, request: { descriptor, ...anchor } }
  }

  const opening = ({ request, payer }: Planned, by: Party = payer): Promise<Answer> =>
    client.call('clearing.openChannel', request, by)

  /** A channel that is open. */
  const open = async (wish: Wish = {}): Promise<Planned> => {
    const planned = await plan(wish)
    given('clearing.openChannel', await opening(planned))
    return planned
  }

  const voucher = (
    { channelId, signer }: Pick<Planned, 'channelId' | 'signer'>,
    cumulative: bigint | string,
    change: Partial<VoucherTerms> = {},
  ): Voucher =>
    signVoucher(
      channelId,
      {
        cumulative: cumulative.toString(),
        sequence: cumulative.toString().replace(/\D/g, ''),
        expiresAt: '0',
        contextHash: zeros,
        ...change,
      },
      signer,
    )

  const link = ({ links }: Planned, index: number): Link => ({
    index,
    link: (links[index] ?? Buffer.alloc(32, 7)).toString('base64url'),
  })

  const tick = (
    { channelId, payer }: Planned,
    message: Omit<RequestOf<'clearing.tick'>, 'channelId'>,
    by: Party = payer,
  ): Promise<Answer> => client.call('clearing.tick', { channelId, ...message }, by)

  const inquiry = ({ channelId, payer }: Planned, by: Party = payer): Promise<Answer> =>
    client.call('clearing.inquiryChannel', { channelId }, by)

  const channel = async (planned: Planned): Promise<Channel> => given('clearing.inquiryChannel', await inquiry(planned))

  /** What a refused tick may not move. */
  const figures = (planned: Planned) => async () => {
    const { status, cap, authorised, delivered } = await channel(planned)
    return { status, cap, authorised, delivered }
  }

  const balance = async (party: Party, currency = 'USD', scale = 6): Promise<bigint> => {
    const message = { participantId: party.id, currency, scale }
    const answer = await client.call('clearing.inquiryParticipant', message, party)
    return unitsIn(given('clearing.inquiryParticipant', answer).balance)
  }

  const close = ({ channelId }: Planned, by: Party): Promise<Answer> =>
    client.call('clearing.closeChannel', { channelId }, by)

  /** Every transfer of a channel, page by page. */
  const statement = async ({ channelId, payer }: Planned) => {
    const transfers: Message<'extensions/clearing/transfer'>[] = []
    let pageToken: string | undefined
    for (let page = 0; page < 50; page++) {
      const request = { channelId, pageSize: 3, ...(pageToken === undefined ? {} : { pageToken }) }
      const answer = await client.call('clearing.inquiryStatement', request, payer)
      const found = given('clearing.inquiryStatement', answer)
      transfers.push(...found.transfers)
      pageToken = found.nextPageToken
      if (pageToken === undefined) return { channel: found.channel, transfers }
    }
    throw new Error('the statement has no end')
  }

  /** Pays and delivers an amount through a channel of its own. */
  const pay = async (payer: Party, payee: Party, amount: bigint, currency = 'USD', scale = 6): Promise<Planned> => {
    const planned = await open({ payer, payee, cap: amount, currency, scale })
    const message = { voucher: voucher(planned, amount), delivered: amount.toString() }
    given('clearing.tick', await tick(planned, message, payee))
    return planned
  }

  const revoke = ({ descriptor }: Planned): Promise<Answer> =>
    client.call(
      'clearing.notifyMandate',
      {
        mandateId: descriptor.mandateId,
        mandateStatus: 'revoked',
        reason: 'cancelled',
        at: momentOf(session.now()),
      },
      network,
    )

  const openCycle = async (currency = 'USD', scale = 6): Promise<string> =>
    given('clearing.inquiryCycle', await client.call('clearing.inquiryCycle', { currency, scale }, network)).cycleId

  const cutOff = (cycleId: string): Promise<Answer> => client.call('clearing.closeCycle', { cycleId }, network)

  /** Cuts the open cycle off. */
  const closeCycle = async (currency?: string, scale?: number): Promise<Cycle> =>
    given('clearing.closeCycle', await cutOff(await openCycle(currency, scale)))

  const report = (legId: string, result: Message<'extensions/clearing/leg-result'>): Promise<Answer> =>
    client.call('clearing.reportLeg', { legId, result }, network)

  const token = async (by: Party): Promise<string> =>
    given('clearing.openStream', await client.call('clearing.openStream', {}, by)).streamToken

  const connect = async (way: Way, streamToken: string) => {
    if (session.driver) throw new NotApplicable('streams are of the HTTP binding; a driver carries operations')
    const opened = await openStream(way, clearing.endpoint, streamToken)
    if ('stream' in opened) scene.after(opened.stream.drop)
    return opened
  }

  /** The ways the target takes ticks; records only where it says so (EXT-CLEARING-47). */
  const ways = async (): Promise<readonly Way[]> => {
    const { protocols = [] } = given('clearing.openStream', await client.call('clearing.openStream', {}, await agent()))
    return protocols.includes(recordProtocol) ? ['http', 'websocket', 'records'] : ['http', 'websocket']
  }

  const stream = async (way: Way, by: Party): Promise<Stream> => {
    const opened = await connect(way, await token(by))
    return needed('stream' in opened ? opened.stream : undefined, 'the target opened no stream')
  }

  /** What the network was asked to lend, and what it was given back, for a channel. */
  const borrowed = ({ channelId }: Planned) =>
    neighbours.all('network.grantClearing', (message) => message.channelId === channelId)

  return {
    scene,
    session,
    client,
    dice,
    neighbours,
    network,
    clearing,
    stranger,
    admit,
    agent,
    plan,
    opening,
    open,
    voucher,
    link,
    tick,
    inquiry,
    channel,
    figures,
    balance,
    close,
    statement,
    pay,
    revoke,
    openCycle,
    cutOff,
    closeCycle,
    report,
    token,
    ways,
    connect,
    stream,
    borrowed,
  }
}

export type ClearingStage = ReturnType<typeof clearingStage>
