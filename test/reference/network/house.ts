/** A network over a real database, its neighbours scripted call by call, and agents and users that sign as real ones do. */
import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import {
  accept,
  commit,
  type Deviation,
  formatTime,
  issueMandate,
  issueTokenRequest,
  type Outcome,
  proveKey,
  refuse,
  reviewItems,
  sha256,
  signTokenRequest,
  type World,
} from '../../../reference/core/index.ts'
import { makeKey } from '../../../reference/http/keys.ts'
import type { Call, Neighbours, PartyKey, Peer } from '../../../reference/http/operation.ts'
import { type LedgerTables, openDatabase } from '../../../reference/ledger/index.ts'
import {
  disputeMigration,
  endowPools,
  type Gate,
  grantMigration,
  type NetworkTables,
  networkMigration,
  networkModule,
  ratingMigration,
  retentionMigration,
  runtimeMigration,
  trustMigration,
} from '../../../reference/network/index.ts'
import {
  isMessage,
  type Message,
  type OperationName,
  operations,
  type RequestOf,
  type ResponseOf,
  type Role,
  validate,
} from '../../../schemas/index.ts'

export const providerId = 'https://credential-provider.example'
export const walletId = 'https://wallet.example'
export const acquirerId = 'https://acquirer.example'
const networkId = 'https://network.example'

type PublicJwk = Message<'common/public-jwk'>
type Checkout = Message<'common/checkout'>
type Script = { [Name in OperationName]?: (request: RequestOf<Name>) => Promise<Outcome<ResponseOf<Name>>> }

const log = pino({ level: 'silent' })
const signerOf = ({ publicJwk, privateKey }: PartyKey) => ({ kid: publicJwk.kid, privateKey })
const random = (prefix: string): string => `${prefix}-${randomBytes(9).toString('hex')}`

/** The value of an outcome that has to be there. */
export const granted = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
  return outcome.value
}

/** An order of one line at the merchant everybody buys from. */
export const checkoutOf = (value: string, change: Partial<Checkout> = {}): Checkout => ({
  total_amount: { currency: 'USD', value },
  merchant: {
    reference_merchant_id: 'M-1',
    merchant_name: 'Corner Shop',
    merchant_mcc: '5411',
    merchant_website_url: 'https://shop.example',
  },
  goods: [{ goods_name: 'Thing', goods_unit_amount: { currency: 'USD', value }, goods_quantity: '1' }],
  reference_checkout_id: random('checkout'),
  ...change,
})

/** What a test changes of a mandate before it is signed. */
export type Drafted = {
  readonly authId: string
  readonly mandateId: string
  readonly bindingId: string
  readonly identity: string
  readonly sessionId: string
  readonly agent: Agent
  readonly confirmed: Parameters<typeof issueMandate>[0]
  readonly expiresAt: number
}
export type Held = Drafted & { readonly mandate: string }
export type Agent = { readonly agentId: string; readonly key: PartyKey }

/** Wallets that agree to everything, unless a test says otherwise. */
const agreeable = (world: World): Script => ({
  'wallet.createAuthorization': async ({ authId }) =>
    accept({ authId, authStatus: 'AUTH_IN_PROCESS', authUrl: `https://wallet.example/authorize/${authId}` }),
  'wallet.inquiryLimits': async () =>
    accept({ limits: {}, delegatedToday: { currency: 'USD', value: '0' }, timeZone: 'UTC' }),
  'wallet.checkIntent': async () => accept({ stage: 'S2', decision: 'pass', checkedAt: formatTime(world.now()) }),
  'wallet.pay': async ({ paymentId }) => accept({ paymentId, paymentStatus: 'SUCCESS' }),
  'wallet.inquiryPayment': async () => refuse('payment-unknown'),
})

export const openHouse = async (url: string, deviation: Deviation = {}, gate?: Gate) => {
  const clock = { now: 1_800_000_000 }
  const world: World = {
    now: () => clock.now,
    id: random,
    nonce: () => randomBytes(16).toString('base64url'),
    deviation,
  }
  const ledger = await openDatabase(url, {
    '0010-network': networkMigration,
    '0011-network-ratings': ratingMigration,
    '0013-network-trust': trustMigration,
    '0014-network-grants': grantMigration,
    '0016-network-disputes': disputeMigration,
    '0022-network-runtime': runtimeMigration,
    '0023-network-retention': retentionMigration,
  })
  const database = ledger as unknown as Kysely<NetworkTables & LedgerTables>
  const [key, provider, isp] = await Promise.all([makeKey(networkId), makeKey(providerId), makeKey('isp')])
  const script = agreeable(world)
  const asked: OperationName[] = []
  const peers: readonly Peer[] = [
    { role: 'wallet', id: walletId, name: 'TEST_WALLET', endpoint: '', jwks: { keys: [] } },
    { role: 'credential-provider', id: providerId, name: 'CP', endpoint: '', jwks: { keys: [provider.publicJwk] } },
  ]
  const neighbours: Neighbours = {
    find: async (role, id) => peers.find((peer) => peer.role === role && (id === undefined || peer.id === id)),
    call: async (name, _peer, request) => {
      const wrong = validate(operations.get(name)?.request ?? 'common/problem', request)[0]
      if (wrong) throw new TypeError(`${name}: ${wrong.path} ${wrong.message}`)
      asked.push(name)
      const answer = script[name] as ((message: unknown) => Promise<Outcome<never>>) | undefined
      return answer ? answer(request) : refuse('peer-unavailable')
    },
  }
  const networkDatabase = database as unknown as Kysely<NetworkTables>
  await endowPools({ database: networkDatabase, world, key }, [{ currency: 'USD', value: 1_000_000n }])
  const module = networkModule({
    world,
    key,
    neighbours,
    database: database as unknown as Kysely<NetworkTables>,
    log,
    gate,
  })

  /** Calls the network as a party; answers are held against their schema. */
  const as =
    (role: Role, id: string) =>
    async <Name extends OperationName>(
      name: Name,
      request: RequestOf<Name>,
      idempotencyKey = random('key'),
    ): Promise<Outcome<ResponseOf<Name>>> => {
      const serve = module.operations[name] as
        | ((message: RequestOf<Name>, call: Call) => Promise<Outcome<ResponseOf<Name>>>)
        | undefined
      if (!serve) throw new Error(`${name} is not served`)
      const outcome = await serve(request, { caller: { kind: 'party', role, id }, requestId: 'r', idempotencyKey, log })
      const response = operations.get(name)?.response ?? 'common/problem'
      if (outcome.ok && !isMessage(response, outcome.value))
        throw new TypeError(`${name} answered ${JSON.stringify(validate(response, outcome.value)[0])}`)
      return outcome
    }
  const asProvider = as('credential-provider', providerId)
  const asWallet = as('wallet', walletId)
  const asAcquirer = as('acquirer', acquirerId)

  /** A registration as a credential provider sends it. */
  const registrationOf = async (
    agentKey: PartyKey,
    change: Partial<Message<'trust/review-record'>> = {},
  ): Promise<Message<'trust/register-agent-request'>> => {
    const jwk = agentKey.publicJwk as PublicJwk
    const profile = {
      name: 'Shopper',
      developer: 'D',
      operator: 'O',
      modelFamily: 'F',
      version: '1',
      capabilities: ['shopping'],
      prohibitedScenarios: ['gambling'],
    }
    const review: Message<'trust/review-record'> = {
      reviewedAt: formatTime(world.now()),
      items: Object.keys(reviewItems).map((item) => ({
        item: item as keyof typeof reviewItems,
        outcome: 'passed',
        steps: 'Looked at.',
        evidence: `https://evidence.example/${item}`,
        evidenceDigest: sha256(item),
      })),
      conclusion: 'Passed.',
      ...change,
    }
    return {
      agentKey: jwk,
      profile,
      review,
      proofOfPossession: await proveKey(jwk, networkId, signerOf(agentKey), world),
      commitment: await commit({ agentKey: jwk, profile, review }, providerId, networkId, signerOf(provider), world),
    }
  }
  const register = async (): Promise<Agent> => {
    const agentKey = await makeKey('agent')
    const { agentId } = granted(await asProvider('network.registerAgent', await registrationOf(agentKey)))
    return { agentId, key: agentKey }
  }

  const enrol = async (agent: Agent) =>
    granted(
      await asProvider('network.createAuthorization', {
        authContext: 'ENROLLMENT',
        sessionId: random('session'),
        agentId: agent.agentId,
        walletId,
      }),
    )
  const confirmEnrollment = (authId: string, userReference: string) =>
    asWallet('network.notifyAuthorization', {
      authContext: 'ENROLLMENT',
      outcome: 'SUCCESS',
      authId,
      idvResult: 'PASS',
      idvTime: formatTime(world.now()),
      ispKey: isp.publicJwk as PublicJwk,
      walletAccount: { walletId, walletName: 'TEST_WALLET', userReference, maskedLoginId: 'm***@example.com' },
    })
  const bind = async (agent: Agent, userReference = random('user')) => {
    const { bindingId = '', identity = '' } = granted(
      await confirmEnrollment((await enrol(agent)).authId, userReference),
    )
    return { agent, bindingId, identity, userReference }
  }
  type Bound = Awaited<ReturnType<typeof bind>>

  const askFor = (bound: Bound, asking: Drafted['confirmed'], sessionId = random('session')) => {
    const common = {
      authContext: 'MANDATE' as const,
      sessionId,
      agentId: bound.agent.agentId,
      bindingId: bound.bindingId,
    }
    return asProvider(
      'network.createAuthorization',
      asking.mode === 'IMMEDIATE'
        ? { ...common, mandateType: 'IMMEDIATE', intent: asking.intent, checkout: asking.checkout }
        : { ...common, mandateType: 'AUTONOMOUS', intent: asking.intent },
    )
  }
  const draft = async (bound: Bound, confirmed: Drafted['confirmed']): Promise<Drafted> => {
    const { authId, mandateId = '', sessionId } = granted(await askFor(bound, confirmed))
    const expiresAt = confirmed.mode === 'IMMEDIATE' ? clock.now + 600 : clock.now + 86_400
    return { ...bound, authId, mandateId, sessionId, confirmed, expiresAt }
  }
  const autonomous = (
    bound: Bound,
    value: string,
    more: Partial<Message<'trust/constraints'>> = {},
  ): Drafted['confirmed'] => ({
    mode: 'AUTONOMOUS',
    agentKey: bound.agent.key.publicJwk as PublicJwk,
    intent: {
      raw: 'buy things',
      desc: 'Things from the corner shop',
      expiry_time: formatTime(clock.now + 86_400),
      constraints: {
        budget_amount: { currency: 'USD', value },
        merchant_name_list: ['Corner Shop'],
        ...more,
      },
    },
  })
  const immediate = (checkout: Checkout): Drafted['confirmed'] => ({
    mode: 'IMMEDIATE',
    intent: { raw: 'buy it', desc: 'One thing' },
    checkout,
  })
  /** The mandate layer as the wallet signs it; `change` is what a bad wallet signs instead. */
  const sign = (drafted: Drafted, change: Partial<Drafted> = {}): Promise<string> => {
    const { confirmed, identity, mandateId, expiresAt, bindingId } = { ...drafted, ...change }
    return issueMandate(
      confirmed,
      {
        audience: networkId,
        identity,
        identityCheckedAt: clock.now,
        mandateId,
        mandateStatus: 'inactive',
        expiresAt,
        binding: {
          token_unique_reference: bindingId,
          token_status: 'activated',
          user_login_id: 'm***@example.com',
          wallet_name: 'TEST_WALLET',
        },
      },
      signerOf(isp),
      world,
    )
  }
  const report = ({ authId }: Pick<Drafted, 'authId'>, mandate: string, idempotencyKey?: string) =>
    asWallet(
      'network.notifyAuthorization',
      {
        authContext: 'MANDATE',
        outcome: 'SUCCESS',
        authId,
        idvResult: 'PASS',
        idvTime: formatTime(clock.now),
        mandate,
      },
      idempotencyKey,
    )
  const activate = async (drafted: Drafted): Promise<Held> => {
    const mandate = await sign(drafted)
    granted(await report(drafted, mandate))
    return { ...drafted, mandate }
  }
  /** A mandate in force: of an agent and user of its own unless one is given. */
  const delegate = async (value: string, more: Partial<Message<'trust/constraints'>> = {}, by?: Bound) => {
    const bound = by ?? (await bind(await register()))
    return activate(await draft(bound, autonomous(bound, value, more)))
  }

  /** A token request as the agent signs it. */
  const requestOf = async (
    held: Held,
    checkout: Checkout,
    change: Partial<RequestOf<'network.applyCredential'>> = {},
  ): Promise<RequestOf<'network.applyCredential'>> => {
    const signer = signerOf(held.agent.key)
    const tokenRequest =
      held.confirmed.mode === 'AUTONOMOUS'
        ? {
            tokenRequest: await issueTokenRequest(
              { audience: networkId, mandate: held.mandate, checkout },
              signer,
              world,
            ),
          }
        : {}
    const unsigned = {
      agentId: held.agent.agentId,
      bindingId: held.bindingId,
      mandateId: held.mandateId,
      checkout,
      assurance: { identity: held.identity, mandate: held.mandate, ...tokenRequest },
      ...change,
    }
    return { ...unsigned, requestSignature: await signTokenRequest(unsigned, networkId, signer, world) }
  }
  const apply = async (held: Held, checkout: Checkout) =>
    asProvider('network.applyCredential', await requestOf(held, checkout))

  /** A payment request as the acquirer sends it. */
  const paymentOf = (
    paymentToken: string,
    checkout: Checkout,
    change: Partial<RequestOf<'network.pay'>> = {},
  ): RequestOf<'network.pay'> => ({
    paymentRequestId: random('request'),
    order: {
      referenceOrderId: checkout.reference_checkout_id,
      orderDescription: 'One thing',
      orderAmount: checkout.total_amount,
      merchant: {
        referenceMerchantId: checkout.merchant.reference_merchant_id,
        merchantName: checkout.merchant.merchant_name,
        merchantMCC: checkout.merchant.merchant_mcc,
      },
    },
    paymentAmount: checkout.total_amount,
    paymentMethod: { paymentMethodType: 'CONNECT_WALLET', paymentMethodId: paymentToken },
    paymentFactor: { isTokenizationPayment: 'true', tokenizationPaymentScenario: 'AgenticPay' },
    ...change,
  })
  const buy = async (held: Held, value: string) => {
    const checkout = checkoutOf(value)
    const { paymentToken } = granted(await apply(held, checkout))
    return asAcquirer('network.pay', paymentOf(paymentToken, checkout))
  }

  const mandateRow = (mandateId: string) =>
    database.selectFrom('network_mandates').selectAll().where('mandate_id', '=', mandateId).executeTakeFirstOrThrow()
  const told = async (operation: OperationName) =>
    (await database.selectFrom('outbox').selectAll().where('operation', '=', operation).execute()).map(
      ({ body }) => JSON.parse(body) as Record<string, unknown>,
    )

  return {
    keys: { keys: [key.publicJwk] },
    world,
    clock,
    database,
    script,
    asked,
    as,
    asProvider,
    asWallet,
    asAcquirer,
    registrationOf,
    register,
    enrol,
    confirmEnrollment,
    bind,
    askFor,
    draft,
    autonomous,
    immediate,
    sign,
    report,
    activate,
    delegate,
    requestOf,
    apply,
    paymentOf,
    buy,
    mandateRow,
    told,
    sweep: async () => module.sweep?.(),
    close: () => ledger.destroy(),
  }
}

export type House = Awaited<ReturnType<typeof openHouse>>

/** The same house with rules left out, for as long as `live` takes. */
export const inHouse = async <Value>(
  live: (house: House) => Promise<Value>,
  ignored: readonly string[] = [],
): Promise<Value> => {
  const house = await openHouse('sqlite::memory:', { ignores: new Set(ignored) })
  try {
    return await live(house)
  } finally {
    await house.close()
  }
}
