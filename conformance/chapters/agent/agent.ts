/** Buyer agents: what they send on their errands, from registration to payment, and what they leave undone. */
import { compactVerify, importJWK } from 'jose'
import type { Message } from '../../../schemas/index.ts'
import { canonicalJson, version } from '../../../schemas/index.ts'
import type { PlanName } from '../../agent/errand.ts'
import { messageOf, type Seen } from '../../agent/runs.ts'
import { judgeEvidence } from '../../artefact.ts'
import { type Check, chapterOf } from '../../check.ts'
import { equal, Failed, holds, Inconclusive, needed } from '../../expect.ts'
import type { Received } from '../../neighbours/server.ts'
import { sha256 } from '../../parties.ts'
import type { Scene } from '../../scene.ts'

type Apply = Received<'credential-provider.applyCredential'>

/** The stage of an agent: its errands, what it was handed, and the calls checks look at. */
const agentStage = ({ session }: Scene) => {
  const { agent, parties } = session
  if (!agent) throw new Inconclusive('no agent was configured')
  const some = <One>(list: readonly One[], what: string): One => needed(list[0], `the agent never ${what}`)
  /** Token requests of an errand; there has to be one. */
  const applied = (seen: Seen): Apply => some(seen.of('credential-provider.applyCredential'), 'asked for a token')
  /** An errand the agent set out on; where it called nobody there is nothing to judge. */
  const errand = async (name: PlanName): Promise<Seen> => {
    const seen = await agent.errand(name)
    some(seen.all, 'called anybody')
    return seen
  }
  return { session, agent, parties, some, applied, errand, handed: agent.handed }
}

type Stage = ReturnType<typeof agentStage>
const check = chapterOf('agent', 'agent', agentStage)

/** Claims of a compact JWS under a key, or nothing. */
const claimsUnder = async (jws: string, jwk: object): Promise<Record<string, unknown> | undefined> => {
  try {
    const { payload } = await compactVerify(jws, await importJWK({ ...jwk }, 'ES256'), { algorithms: ['ES256'] })
    return JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    return undefined
  }
}

const onboarding = [
  check('AMP-TRUST-003', 'the agent applies before it asks for anything else', async ({ errand }) => {
    const { all } = await errand('direct')
    const before = all.filter(({ name }) => name.startsWith('credential-provider.'))
    equal(before[0]?.name ?? null, 'credential-provider.registerAgent', 'the first call')
  }),
  check('AMP-TRUST-015', 'the agent proves to the network that it holds the key it registers', async (stage) => {
    const seen = await stage.errand('direct')
    const application = needed(
      messageOf(stage.some(seen.of('credential-provider.registerAgent'), 'applied')),
      'the application breaks its schema',
    )
    const { agentKey, proofOfPossession } = application
    const claims = await claimsUnder(proofOfPossession, agentKey)
    const { crv, kty, x, y } = agentKey
    equal(
      [claims?.aud ?? null, claims?.jkt ?? null],
      [stage.parties.network.id, sha256(JSON.stringify({ crv, kty, x, y }))],
      'for whom and for which key the proof is',
    )
  }),
  check(
    'AMP-TRUST-104',
    'the agent signs every later call with the key it registered, under its identifier',
    async (stage) => {
      const { all } = await stage.errand('delegated')
      const [application, ...later] = all.filter(({ name }) => name.startsWith('credential-provider.'))
      const agentId = (application?.answer as { agentId?: string } | undefined)?.agentId
      holds(later.length > 0, 'calls after the application', 'none')
      for (const { name, signed, keyId } of later)
        holds(signed && keyId?.split('#')[0] === agentId, `${name} signed as ${agentId}`, keyId ?? 'not signed')
    },
  ),
  check('EXT-HTTP-17', 'every call of the agent names its version', async ({ errand }) => {
    const { all } = await errand('delegated')
    const odd = all.find(({ headers }) => headers['amp-version'] !== version)
    if (odd) throw new Failed(`AMP-Version: ${version}`, `${odd.name} with ${odd.headers['amp-version'] ?? 'none'}`)
  }),
  check('EXT-HTTP-6', 'no call of the agent is one a server refuses as invalid', async ({ errand }) => {
    for (const name of ['direct', 'delegated'] as const) {
      const odd = (await errand(name)).all.find(({ invalid }) => invalid !== undefined)
      if (odd) throw new Failed('calls as their schemas have them', `${odd.name}: ${odd.invalid}`)
    }
  }),
]

/** The order is the merchant's, member by member, wherever the agent hands it on. */
const sameOrder = ({ handed }: Stage, checkout: Message<'common/checkout'> | undefined, where: string): void =>
  equal(checkout ?? null, handed.checkouts.get(checkout?.reference_checkout_id ?? '') ?? null, where)

const ordering = [
  check('AMP-PAY-011', 'the agent names the wallet by the binding it was given', async (stage) => {
    for (const name of ['direct', 'delegated'] as const) {
      const seen = await stage.errand(name)
      const asked = stage.some(seen.of('credential-provider.createMandateSession'), 'asked for a mandate')
      for (const message of [asked, ...seen.of('credential-provider.applyCredential')].map((one) => one.message))
        holds(
          stage.handed.bindings.has(message?.bindingId ?? ''),
          'a binding it was given',
          message?.bindingId ?? 'none',
        )
    }
  }),
  check(
    'AMP-PAY-023',
    'the agent asks for a token when the goods are fixed, and of its credential provider',
    async (stage) => {
      for (const name of ['direct', 'delegated'] as const) {
        const seen = await stage.errand(name)
        stage.applied(seen)
        const [fixed, asked] = [seen.first('merchant.startCheckout'), seen.first('credential-provider.applyCredential')]
        holds(fixed >= 0 && fixed < asked, 'the order before the token', [fixed, asked])
      }
    },
  ),
  check(
    'AMP-PAY-052',
    'the mandate for one order is asked for over the order as the merchant fixed it',
    async (stage) => {
      const seen = await stage.errand('direct')
      const asked = messageOf(stage.some(seen.of('credential-provider.createMandateSession'), 'asked for a mandate'))
      sameOrder(stage, asked?.mandateType === 'IMMEDIATE' ? asked.checkout : undefined, 'the order before the user')
    },
  ),
  check('AMP-PAY-032', 'the agent hands the order on to the token request unchanged', async (stage) => {
    for (const name of ['direct', 'delegated'] as const)
      sameOrder(stage, messageOf(stage.applied(await stage.errand(name)))?.checkout, `the order (${name})`)
  }),
  check('AMP-TRUST-044', 'a mandate for later holds budget, end and shops of the task', async (stage) => {
    const seen = await stage.errand('delegated')
    const asked = messageOf(stage.some(seen.of('credential-provider.createMandateSession'), 'asked for a mandate'))
    if (asked?.mandateType !== 'AUTONOMOUS') throw new Failed('an AUTONOMOUS mandate', asked?.mandateType ?? 'none')
    const { budget_amount, merchant_mcc_list } = asked.intent.constraints
    const { budget, merchantMccList } = seen.errand
    equal([budget_amount, merchant_mcc_list ?? null], [budget, merchantMccList], 'budget and shops')
  }),
]

const tokens = [
  check('AMP-TRUST-017', 'the agent signs the body of each token request with its own key', async (stage) => {
    for (const name of ['direct', 'delegated'] as const) {
      const { requestSignature, ...request } = needed(
        messageOf(stage.applied(await stage.errand(name))),
        'the token request breaks its schema',
      )
      const key = stage.handed.agents.get(request.agentId) ?? {}
      const claims = await claimsUnder(requestSignature, key)
      equal(
        [claims?.iss ?? null, claims?.aud ?? null, claims?.request_hash ?? null],
        [request.agentId, stage.parties.network.id, sha256(canonicalJson(request))],
        'issuer, audience and digest of the request signature',
      )
    }
  }),
  check('AMP-PAY-030', 'without the user the agent sends the layer it signed', async (stage) => {
    const request = messageOf(stage.applied(await stage.errand('delegated')))
    holds(request?.assurance.tokenRequest !== undefined, 'a third layer', 'two layers')
  }),
  check('AMP-PAY-026', 'with the user present the agent asks on the two layers it was given', async (stage) => {
    const request = needed(
      messageOf(stage.applied(await stage.errand('direct'))),
      'the token request breaks its schema',
    )
    const { identity, mandate } = stage.handed.mandates.get(request.mandateId) ?? {}
    equal(request.assurance, { identity: identity ?? null, mandate: mandate ?? null }, 'the layers')
  }),
  check('AMP-TRUST-150', 'each token request layer has a nonce of its own', async (stage) => {
    const layers = []
    for (const name of ['delegated', 'refused'] as const)
      layers.push(messageOf(stage.applied(await stage.errand(name)))?.assurance.tokenRequest ?? '')
    const nonces = layers.map(
      (layer) => JSON.parse(Buffer.from(layer.split('.')[1] ?? '', 'base64url').toString()).nonce,
    )
    equal(new Set(nonces).size, layers.length, 'different nonces')
  }),
]

/** What a third layer has to be, rule by rule: the first one broken is the verdict. */
const layerRules: readonly (readonly [number, string])[] = [
  [146, 'is signed with ES256'],
  [147, 'names its type'],
  [148, 'names the key it is signed with'],
  [149, 'names the key the mandate binds'],
  [151, 'is for the network'],
  [152, 'states its time of issue'],
  [153, 'states its expiry'],
  [154, 'binds the mandate layer'],
  [155, 'states how its disclosures are digested'],
  [156, 'lists the digests of its disclosures'],
  [157, 'discloses the order'],
  [158, 'discloses what the order costs'],
  [163, 'is signed by the agent'],
]

const layers = layerRules.map(([number, title]) => {
  const requirement = `AMP-TRUST-${number}`
  return check(requirement, `the token request layer ${title}`, async (stage) => {
    const request = messageOf(stage.applied(await stage.errand('delegated')))
    const { identity, mandate, tokenRequest } = request?.assurance ?? {}
    const audience = stage.parties.network.id
    const { chains } = await judgeEvidence(
      {
        keys: { keys: [{ ...stage.parties.network.jwk }] },
        chains: [{ id: 'delegated', layers: [identity, mandate, tokenRequest], audience, checkout: request?.checkout }],
      },
      stage.session.now(),
    )
    const [verdict] = chains
    if (verdict?.requirement === requirement)
      throw new Failed(`a layer that ${title}`, `${verdict.problem} at ${verdict.field}`)
  })
})

const restraint = [
  check('AMP-TRUST-071', 'a mandate the user rejected backs no token request', async (stage) => {
    const seen = await stage.errand('rejected')
    stage.some(seen.of('credential-provider.createMandateSession'), 'asked for a mandate')
    equal(seen.of('credential-provider.applyCredential').length, 0, 'token requests after the rejection')
  }),
  check('AMP-TRUST-094', 'after the guard refused, the agent neither asks again nor pays', async (stage) => {
    const seen = await stage.errand('refused')
    stage.applied(seen)
    const asked = seen.of('credential-provider.applyCredential').map(({ headers }) => headers['idempotency-key'])
    equal(new Set(asked).size, 1, 'token requests')
    equal(seen.of('merchant.startPayment').length, 0, 'payments')
  }),
  check('AMP-TRUST-030', 'an order the mandate does not cover is left alone', async (stage) => {
    const seen = await stage.errand('dear')
    stage.some(seen.of('credential-provider.createMandateSession'), 'asked for a mandate')
    equal(seen.of('credential-provider.applyCredential').length, 0, 'token requests over the budget')
    equal(seen.of('merchant.startPayment').length, 0, 'payments over the budget')
  }),
  check(
    'AMP-PAY-040',
    'the agent pays with the token that was issued for the order, and shows its layers',
    async (stage) => {
      for (const name of ['direct', 'delegated'] as const) {
        const seen = await stage.errand(name)
        const request = messageOf(stage.applied(seen))
        const paid = messageOf(stage.some(seen.of('merchant.startPayment'), 'paid'))
        const order = stage.handed.tokens.get(paid?.paymentToken ?? '')
        equal(
          [order ?? null, paid?.assurance ?? null],
          [paid?.checkoutId, request?.assurance],
          'order of the token, and layers',
        )
      }
    },
  ),
]

export const agentChecks: readonly Check[] = [...onboarding, ...ordering, ...tokens, ...layers, ...restraint]
