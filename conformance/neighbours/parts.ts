/** How the suite plays each neighbour when a check says nothing else: correctly, and from memory. */
import { canonicalJson, type Message, type OperationName, type Role } from '../../schemas/index.ts'
import { momentOf, signIdentity } from '../assurance.ts'
import { leafHash } from '../certificate/merkle.ts'
import { signHead } from '../evidence.ts'
import { readLayer } from '../layers.ts'
import { type Dice, type Party, sha256 } from '../parties.ts'
import { networkForClearings } from './clearing.ts'
import { type Parts, Refusal } from './server.ts'

/** What the neighbours are made of. */
export type Cast = {
  readonly parties: Readonly<Record<Role, Party>>
  readonly now: () => number
  readonly dice: Dice
  /** Bindings the suite's network made, by the authorization they came from. */
  readonly issued: Map<string, IssuedBinding>
}

/** A binding as the suite's network answered it to a wallet. */
export type IssuedBinding = { readonly bindingId: string; readonly identity: string }

type Amount = Message<'common/amount'>
type Mandate = Message<'trust/mandate'>

const nothing = (currency: string): Amount => ({ currency, value: '0' })

/** What a mandate layer discloses under a name. */
const disclosed = (layer: string, name: string): Record<string, never> =>
  (readLayer(layer)?.disclosures.find((one) => one.name === name)?.value ?? {}) as Record<string, never>

/** The mandate as a network records it when the wallet's report of it is taken. */
const recordOf = (layer: string, now: number): Mandate => {
  const info = disclosed(layer, 'mandate_info')
  const intent: Partial<Message<'trust/intent-autonomous'>> = disclosed(layer, 'intent')
  const checkout: Partial<Message<'common/checkout'>> = disclosed(layer, 'checkout')
  const total = intent.constraints?.budget_amount ?? checkout.total_amount ?? nothing('USD')
  const immediate = intent.constraints === undefined
  return {
    mandateId: String(info.mandate_id),
    mandateType: immediate ? 'IMMEDIATE' : 'AUTONOMOUS',
    mandateStatus: 'activated',
    agentId: 'agent-suite',
    agentName: 'Suite agent',
    bindingId: String(disclosed(layer, 'token_info').token_unique_reference),
    description: String(intent.desc),
    createdAt: momentOf(now),
    validUntil: intent.expiry_time ?? momentOf(now + 600),
    budget: { total, limit: total, held: nothing(total.currency), captured: nothing(total.currency), remaining: total },
    ...(intent.constraints === undefined
      ? { checkout: checkout as Message<'common/checkout'> }
      : { constraints: intent.constraints }),
    events: [{ at: momentOf(now), event: 'activated', mandateStatus: 'activated', by: 'wallet' }],
  }
}

/** The guarantee as wallets meet it: takes every report, and pays every claim once. */
const guaranteeForWallets = ({ now, dice, parties }: Cast): Parts => {
  const claims = new Map<string, Message<'extensions/guarantee/claim'>>()
  return {
    'network.reportTakeover': ({ message: { bindingId, paymentIds } }) => ({
      reportId: `report-${dice.word()}`,
      agentId: `agent-of-${bindingId}`.slice(0, 100),
      keyThumbprint: sha256(bindingId),
      keyRevokedAt: momentOf(now()),
      reportedAt: momentOf(now()),
      mandatesRevoked: 1,
      paymentIds,
    }),
    'network.submitClaim': ({ message: { claimRequestId, paymentId, claimed } }) => {
      const claim = claims.get(paymentId) ?? {
        ...{ claimId: `claim-${dice.word()}`, claimRequestId, paymentId, claimStatus: 'paid' as const, claimed },
        ...{ since: momentOf(now()), decideBy: momentOf(now()), appealed: false },
        ...{ payout: claimed, transferId: `payout-${dice.word()}` },
      }
      claims.set(paymentId, claim)
      return claim
    },
    'network.inquiryEvidenceBundle': async ({ message: { paymentId } }) => {
      const content = `message about ${paymentId}`
      const salt = dice.word().padEnd(22, 'A')
      const entry = {
        ...{ position: 0, at: momentOf(now()), kind: 'message' as const, subject: paymentId },
        ...{ commitment: sha256(canonicalJson([salt, content])), previous: sha256('') },
      }
      const root = leafHash(canonicalJson(entry)).toString('base64url')
      return {
        ...{ version: '2026-11-20' as const, subject: paymentId, jwks: { keys: [parties.network.jwk] } },
        treeHead: await signHead(parties.network, { iss: parties.network.id, iat: now(), size: 1, root }),
        records: [{ entry, inclusion: [], salt, content }],
      }
    },
    'network.inquiryClaim': ({ message: { claimId } }) =>
      [...claims.values()].find((claim) => claim.claimId === claimId) ?? new Refusal('claim-unknown'),
  }
}

/** The network as wallets meet it: takes reports, keeps mandates, ends them when asked. */
const networkForWallets = ({ parties, now, dice, issued }: Cast): Parts => {
  const mandates = new Map<string, Mandate>()
  const findMandate = (mandateId: string): Mandate | Refusal =>
    mandates.get(mandateId) ?? new Refusal('mandate-unknown')
  return {
    'network.notifyAuthorization': async ({ message }) => {
      const { authId } = message
      if (message.outcome === 'FAILED') return { authId }
      if (message.authContext === 'ENROLLMENT') {
        const { walletName, userReference } = message.walletAccount
        const identity = await signIdentity(
          { network: parties.network, userReference, ispKey: message.ispKey, walletName, now: now() },
          dice,
        )
        const binding = { bindingId: `binding-${dice.word()}`, identity }
        issued.set(authId, binding)
        return { authId, ...binding }
      }
      const mandate = recordOf(message.mandate, now())
      mandates.set(mandate.mandateId, mandate)
      return { authId, mandateId: mandate.mandateId, mandateStatus: 'activated' }
    },
    'network.cancelMandate': ({ message: { mandateId } }) => {
      const mandate = mandates.get(mandateId)
      if (mandate) mandates.set(mandateId, { ...mandate, mandateStatus: 'revoked' })
      return { mandateId, mandateStatus: 'revoked', at: momentOf(now()) }
    },
    'network.adjustMandate': ({ message: { mandateId, limit } }) => {
      const mandate = findMandate(mandateId)
      if (mandate instanceof Refusal) return mandate
      const budget = { ...mandate.budget, limit, remaining: limit }
      mandates.set(mandateId, { ...mandate, budget })
      return { mandateId, mandateStatus: mandate.mandateStatus, budget }
    },
    ...guaranteeForWallets({ parties, now, dice, issued }),
    'network.inquiryMandate': ({ message: { mandateId } }) => findMandate(mandateId),
    'network.inquiryMandateList': () => ({ mandates: [] }),
    'network.inquiryBillList': () => ({ bills: [] }),
    'network.revokeBinding': ({ message: { bindingId } }) => ({
      bindingId,
      bindingStatus: 'revoked',
      mandatesRevoked: 0,
    }),
  }
}

/** A payment token in the published form: version 1, institution 001. */
const paymentToken = (dice: Dice): string => `28100123${dice.word()}${dice.word()}`

/** The network as credential providers meet it: registers agents, opens authorizations, issues tokens. */
const networkForProviders = ({ parties, now, dice }: Cast): Parts => {
  const agents = new Map<string, Message<'trust/agent'>>()
  const findAgent = (agentId: string): Message<'trust/agent'> | Refusal =>
    agents.get(agentId) ?? new Refusal('agent-unknown')
  const setStatus = (agentId: string, agentStatus: Message<'trust/agent-status'>) => {
    const agent = findAgent(agentId)
    if (agent instanceof Refusal) return agent
    const changed = { ...agent, agentStatus }
    agents.set(agentId, changed)
    return changed
  }
  return {
    'network.registerAgent': ({ message: { agentKey, profile } }) => {
      const agent: Message<'trust/agent'> = {
        agentId: `agent-${dice.word()}`,
        agentStatus: 'active',
        credentialProviderId: parties['credential-provider'].id,
        profile,
        agentKey,
        registeredAt: momentOf(now()),
        reviewDueAt: momentOf(now() + 365 * 86_400),
      }
      agents.set(agent.agentId, agent)
      return agent
    },
    'network.inquiryAgent': ({ message: { agentId } }) => findAgent(agentId),
    'network.suspendAgent': ({ message: { agentId } }) => setStatus(agentId, 'suspended'),
    'network.revokeAgent': ({ message: { agentId } }) => setStatus(agentId, 'revoked'),
    'network.rotateAgentKey': ({ message: { agentId, agentKey } }) => {
      const agent = findAgent(agentId)
      if (agent instanceof Refusal) return agent
      const changed = { ...agent, agentKey }
      agents.set(agentId, changed)
      return changed
    },
    'network.reinstateAgent': ({ message: { agentId } }) => setStatus(agentId, 'active'),
    'network.createAuthorization': ({ message }) => {
      const authId = `auth-${dice.word()}`
      return {
        authId,
        sessionId: message.sessionId,
        status: 'PENDING_IDV',
        authUrl: `https://wallet.example/authorize/${authId}`,
        ...(message.authContext === 'MANDATE'
          ? { mandateId: `mandate-${dice.word()}`, mandateStatus: 'inactive' as const }
          : {}),
      }
    },
    'network.applyCredential': ({ message: { mandateId, checkout, assurance } }) => {
      const total = checkout.total_amount
      const none = nothing(total.currency)
      return {
        paymentToken: paymentToken(dice),
        expiresAt: momentOf(now() + 600),
        mandateId,
        mandateType: assurance.tokenRequest === undefined ? 'IMMEDIATE' : 'AUTONOMOUS',
        mandateStatus: 'activated',
        heldAmount: total,
        budget: { total, limit: total, held: total, captured: none, remaining: none },
      }
    },
  }
}

/** Refunds and disputes as wallets and acquirers meet them. */
const aftercare = ({ now, dice }: Cast): Parts => ({
  'network.refund': ({ message: { refundRequestId, paymentId, refundAmount } }) => ({
    ...{ refundRequestId, refundId: `refund-${dice.word()}`, paymentId, refundAmount, refundStatus: 'SUCCESS' },
    ...{ refundTime: momentOf(now()), refundedTotal: refundAmount, budgetRestored: nothing(refundAmount.currency) },
  }),
  'network.openDispute': ({ message: { disputeRequestId, paymentId, disputeType, disputeAmount } }) => ({
    ...{ disputeId: `dispute-${sha256(disputeRequestId).slice(0, 16)}`, paymentId, disputeType, disputeAmount },
    ...{ disputeStatus: 'CREATED', evidence: [sha256(paymentId)], defense: [] },
    ...{ createdTime: momentOf(now()), defenseDueTime: momentOf(now() + 14 * 86_400) },
  }),
  'network.answerDispute': ({ message: { disputeId, ...given } }) => ({
    ...{ disputeId, paymentId: `payment-${dice.word()}`, disputeType: 'CHARGEBACK', disputeAmount: nothing('USD') },
    disputeStatus: given.answer === 'ACCEPT' ? 'ACCEPTED' : 'DEFENSE_SUPPLIED',
    ...{ evidence: [sha256(disputeId)], defense: given.answer === 'ACCEPT' ? [] : [given.defenseDigest] },
    ...{ createdTime: momentOf(now()), defenseDueTime: momentOf(now() + 14 * 86_400) },
  }),
  'wallet.refund': ({ message: { refundId, paymentId, refundAmount } }) => ({
    ...{ refundId, paymentId, creditAmount: refundAmount, creditTime: momentOf(now()) },
    budgetRestored: nothing(refundAmount.currency),
  }),
})

/** The wallet as networks meet it: shows what it is asked to show, lets every guard pass, debits. */
const walletForNetworks = ({ now }: Cast): Parts => {
  const debits = new Map<string, Message<'payment/wallet-pay-response'>>()
  return {
    'wallet.createAuthorization': ({ message: { authId } }) => ({
      authId,
      authStatus: 'AUTH_IN_PROCESS',
      authUrl: `https://wallet.example/authorize/${authId}`,
    }),
    'wallet.inquiryAuthorization': ({ message: { authId } }) => ({
      authId,
      authContext: 'MANDATE',
      authStatus: 'AUTH_IN_PROCESS',
    }),
    'wallet.checkIntent': () => ({ stage: 'S2', decision: 'pass', checkedAt: momentOf(now()) }),
    'wallet.pay': ({ message: { paymentId, paymentAmount } }) => {
      const debit: Message<'payment/wallet-pay-response'> = {
        paymentId,
        paymentStatus: 'SUCCESS',
        debitAmount: paymentAmount,
        debitTime: momentOf(now()),
      }
      debits.set(paymentId, debit)
      return debit
    },
    'wallet.inquiryPayment': ({ message: { paymentId } }) => debits.get(paymentId) ?? new Refusal('payment-unknown'),
    'wallet.notifyMandate': () => ({ received: true }),
    'wallet.inquiryLimits': () => ({ limits: {}, delegatedToday: nothing('USD'), timeZone: 'UTC' }),
  }
}

/** The rails behind a merchant: an acquirer that collects and a network that pays, both remembering what they did. */
const rails = ({ now, dice }: Cast): Parts => {
  const payments = new Map<string, Message<'payment/payment'>>()
  const pay = (reference: string, requestId: string, amount: Amount): Message<'payment/payment'> => {
    const known = payments.get(reference)
    if (known) return known
    const payment: Message<'payment/payment'> = {
      paymentId: `payment-${dice.word()}`,
      paymentRequestId: requestId,
      paymentStatus: 'SUCCESS',
      paymentAmount: amount,
      paymentTime: momentOf(now()),
    }
    payments.set(reference, payment)
    return payment
  }
  const find = (reference: string) => payments.get(reference) ?? new Refusal('payment-unknown')
  return {
    'acquirer.pay': ({ message: { merchantOrderId, checkout } }) =>
      pay(`order/${merchantOrderId}`, `request-${sha256(merchantOrderId).slice(0, 16)}`, checkout.total_amount),
    'acquirer.inquiryPayment': ({ message: { merchantOrderId } }) => find(`order/${merchantOrderId}`),
    'network.pay': ({ message: { paymentRequestId, paymentAmount } }) =>
      pay(`request/${paymentRequestId}`, paymentRequestId, paymentAmount),
    'network.inquiryPayment': ({ message: { paymentRequestId } }) => find(`request/${paymentRequestId}`),
  }
}

const acknowledged = [
  'credential-provider.notifyAuthorization',
  'credential-provider.notifyMandate',
  'merchant.notifyPayment',
  'acquirer.notifyPayment',
  'acquirer.notifyDispute',
  'credential-provider.notifyAgent',
  'merchant.notifyDispute',
  'wallet.notifyDispute',
  'clearing.notifyMandate',
] as const satisfies readonly OperationName[]

/** The credential provider as bridges meet it: opens a session in which the user decides, whatever is asked for. */
const providerForBridges = ({ dice }: Cast): Parts => ({
  'credential-provider.createMandateSession': () => ({
    sessionId: `session-${dice.word()}`,
    status: 'PENDING_IDV',
    mandateId: `mandate-${dice.word()}`,
    mandateStatus: 'inactive',
    authUrl: `https://wallet.example/authorize/${dice.word()}`,
  }),
})

/** Every part, played well. */
export const playedParts = (cast: Cast): Parts => ({
  ...networkForWallets(cast),
  ...networkForProviders(cast),
  ...walletForNetworks(cast),
  ...rails(cast),
  ...aftercare(cast),
  ...networkForClearings(),
  ...providerForBridges(cast),
  ...Object.fromEntries(acknowledged.map((name) => [name, () => ({ received: true as const })])),
})
