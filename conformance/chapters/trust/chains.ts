/** Trust: the identity layer a network signs, and every rule by which it refuses layers of others. */
import type { ProblemCode } from '../../../schemas/index.ts'
import type { Change } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, needed, refused } from '../../expect.ts'
import { isObject, type Layer, readLayer, verifies } from '../../layers.ts'
import { type Bound, type NetworkStage, networkStage } from '../../stages/network.ts'
import { claim, gone, header, hidden, later } from '../changes.ts'

const check = chapterOf('trust', 'network', networkStage)

type Seen = { readonly layer: Layer; readonly bound: Bound; readonly stage: NetworkStage }
type Look = (seen: Seen) => void | Promise<void>

const isEpoch = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** The identity layer, claim by claim. */
const identityRows: readonly (readonly [string, string, Look])[] = [
  ['AMP-TRUST-107', 'alg of the identity layer is ES256', ({ layer }) => equal(layer.header.alg, 'ES256', 'alg')],
  ['AMP-TRUST-108', 'typ of the identity layer is sd+jwt', ({ layer }) => equal(layer.header.typ, 'sd+jwt', 'typ')],
  [
    'AMP-TRUST-109',
    'the identity layer names a published key of the network, and verifies under it',
    async ({ layer, stage }) => {
      const key = stage.network.jwks.keys.find(({ kid }) => kid === layer.header.kid)
      holds(key !== undefined, 'a kid of the discovery document', layer.header)
      holds(await verifies(layer, key), 'a signature of that key', layer.header)
    },
  ],
  [
    'AMP-TRUST-110',
    'the identity layer names the network as issuer',
    ({ layer, stage }) => equal(layer.claims.iss, stage.network.id, 'iss'),
  ],
  [
    'AMP-TRUST-111',
    'the identity layer identifies the user',
    ({ layer }) => holds(isText(layer.claims.sub), 'a sub', layer.claims),
  ],
  [
    'AMP-TRUST-112',
    'the identity layer states its time of issue',
    ({ layer, stage }) =>
      holds(
        isEpoch(layer.claims.iat) && Math.abs(layer.claims.iat - stage.session.now()) <= 120,
        'iat now',
        layer.claims.iat,
      ),
  ],
  [
    'AMP-TRUST-113',
    'the identity layer expires far enough ahead',
    ({ layer, stage }) =>
      holds(
        isEpoch(layer.claims.exp) && layer.claims.exp >= stage.session.now() + 86_400,
        'exp at least a day ahead',
        layer.claims.exp,
      ),
  ],
  [
    'AMP-TRUST-114',
    'the identity layer binds the public key of the identity signature provider',
    ({ layer, bound }) => {
      const jwk = isObject(layer.claims.cnf) ? layer.claims.cnf.jwk : undefined
      const { kid, x, y } = bound.isp.jwk
      equal(isObject(jwk) ? [jwk.kid, jwk.x, jwk.y, jwk.d ?? null] : null, [kid, x, y, null], 'cnf.jwk')
    },
  ],
  [
    'AMP-TRUST-115',
    'the identity layer states the kind of identity signature provider',
    ({ layer }) => holds(['MPP', 'OTHER'].includes(String(layer.claims.isp_type)), 'isp_type', layer.claims.isp_type),
  ],
  [
    'AMP-TRUST-116',
    'the identity layer names the identity signature provider',
    ({ layer }) => equal(layer.claims.isp_name, 'SUITE_WALLET', 'isp_name'),
  ],
  [
    'AMP-TRUST-117',
    'the identity layer carries no digest algorithm',
    ({ layer }) => equal(layer.claims._sd_alg ?? null, null, '_sd_alg'),
  ],
  [
    'AMP-TRUST-118',
    'the identity layer carries no digests',
    ({ layer }) => equal([layer.claims._sd ?? null, layer.disclosures.length], [null, 0], '_sd and disclosures'),
  ],
]

/** One change of a layer with the refusal it has to meet. */
type Wrong = { readonly change: Change; readonly code: ProblemCode }

/** The digest of what is disclosed is not listed. */
const undigested: Change = (draft) => ({ ...draft, claims: { ...draft.claims, _sd: ['x'.repeat(43)] } })

const missing: ProblemCode = 'assurance-claim-missing'
const undisclosed: ProblemCode = 'assurance-disclosure-missing'

/** Wrong mandate layers: requirement, what is wrong, type of mandate, changes. */
const mandateRows: readonly (readonly [string, string, 'IMMEDIATE' | 'AUTONOMOUS', readonly Wrong[]])[] = [
  [
    'AMP-TRUST-119',
    'another algorithm',
    'AUTONOMOUS',
    [{ change: header('alg', 'none'), code: 'assurance-algorithm-not-allowed' }],
  ],
  ['AMP-TRUST-120', 'another type', 'AUTONOMOUS', [{ change: header('typ', 'jwt'), code: 'assurance-type-invalid' }]],
  [
    'AMP-TRUST-121',
    'no key named',
    'AUTONOMOUS',
    [{ change: header('kid', undefined), code: 'assurance-key-unknown' }],
  ],
  [
    'AMP-TRUST-122',
    'another key named',
    'AUTONOMOUS',
    [{ change: header('kid', 'some-other-key'), code: 'assurance-key-mismatch' }],
  ],
  ['AMP-TRUST-123', 'no nonce', 'AUTONOMOUS', [{ change: gone('nonce'), code: missing }]],
  [
    'AMP-TRUST-124',
    'no verifier or another',
    'AUTONOMOUS',
    [
      { change: gone('aud'), code: missing },
      { change: claim('aud', 'https://other.example'), code: 'assurance-audience-mismatch' },
    ],
  ],
  [
    'AMP-TRUST-125',
    'no time of issue or a future one',
    'AUTONOMOUS',
    [
      { change: gone('iat'), code: missing },
      { change: later(600, 'iat'), code: 'assurance-not-yet-valid' },
    ],
  ],
  [
    'AMP-TRUST-126',
    'no expiry or a past one',
    'AUTONOMOUS',
    [
      { change: gone('exp'), code: missing },
      { change: later(-600, 'exp'), code: 'assurance-expired' },
    ],
  ],
  [
    'AMP-TRUST-127',
    'another identity layer below',
    'AUTONOMOUS',
    [{ change: claim('sd_hash', 'x'.repeat(43)), code: 'assurance-link-broken' }],
  ],
  [
    'AMP-TRUST-128',
    'no passed identity check',
    'AUTONOMOUS',
    [
      { change: gone('idv_result'), code: missing },
      { change: claim('idv_result', 'FAIL'), code: 'assurance-identity-check-failed' },
    ],
  ],
  ['AMP-TRUST-129', 'no time of the identity check', 'AUTONOMOUS', [{ change: gone('idv_time'), code: missing }]],
  ['AMP-TRUST-130', 'no mode', 'AUTONOMOUS', [{ change: claim('mode', 'SOMETIMES'), code: missing }]],
  ['AMP-TRUST-131', 'another digest algorithm', 'AUTONOMOUS', [{ change: claim('_sd_alg', 'sha-512'), code: missing }]],
  [
    'AMP-TRUST-132',
    'disclosures without digest',
    'AUTONOMOUS',
    [{ change: undigested, code: 'assurance-disclosure-undigested' }],
  ],
  ['AMP-TRUST-133', 'a hidden intent', 'AUTONOMOUS', [{ change: hidden('intent'), code: undisclosed }]],
  ['AMP-TRUST-136', 'a hidden binding', 'AUTONOMOUS', [{ change: hidden('token_info'), code: undisclosed }]],
  ['AMP-TRUST-137', 'a hidden mandate', 'AUTONOMOUS', [{ change: hidden('mandate_info'), code: undisclosed }]],
  [
    'AMP-TRUST-138',
    'an agent key in a direct mandate',
    'IMMEDIATE',
    [{ change: claim('cnf', { jwk: { kty: 'EC' } }), code: 'assurance-claim-forbidden' }],
  ],
  ['AMP-TRUST-141', 'a hidden checkout', 'IMMEDIATE', [{ change: hidden('checkout'), code: undisclosed }]],
  ['AMP-TRUST-142', 'no agent key in a delegated mandate', 'AUTONOMOUS', [{ change: gone('cnf'), code: missing }]],
]

/** Wrong intents inside a mandate layer; the change is made to what is disclosed and digested. */
const intentRows: readonly (readonly [string, string, 'IMMEDIATE' | 'AUTONOMOUS', object, ProblemCode])[] = [
  ['AMP-TRUST-134', 'no original request', 'AUTONOMOUS', { raw: undefined }, undisclosed],
  ['AMP-TRUST-135', 'no description', 'AUTONOMOUS', { desc: undefined }, undisclosed],
  [
    'AMP-TRUST-139',
    'an end in a direct mandate',
    'IMMEDIATE',
    { expiry_time: '2090-01-01T00:00:00Z' },
    'assurance-disclosure-forbidden',
  ],
  [
    'AMP-TRUST-140',
    'constraints in a direct mandate',
    'IMMEDIATE',
    { constraints: {} },
    'assurance-disclosure-forbidden',
  ],
  ['AMP-TRUST-143', 'no end in a delegated mandate', 'AUTONOMOUS', { expiry_time: undefined }, undisclosed],
  ['AMP-TRUST-144', 'no constraints in a delegated mandate', 'AUTONOMOUS', { constraints: undefined }, undisclosed],
]

/** Wrong token request layers. */
const tokenRequestRows: readonly (readonly [string, string, readonly Wrong[]])[] = [
  ['AMP-TRUST-146', 'another algorithm', [{ change: header('alg', 'none'), code: 'assurance-algorithm-not-allowed' }]],
  ['AMP-TRUST-147', 'another type', [{ change: header('typ', 'jwt'), code: 'assurance-type-invalid' }]],
  ['AMP-TRUST-148', 'no key named', [{ change: header('kid', undefined), code: 'assurance-key-unknown' }]],
  ['AMP-TRUST-149', 'another key named', [{ change: header('kid', 'some-other-key'), code: 'assurance-key-mismatch' }]],
  ['AMP-TRUST-150', 'no nonce', [{ change: gone('nonce'), code: missing }]],
  [
    'AMP-TRUST-151',
    'no verifier or another',
    [
      { change: gone('aud'), code: missing },
      { change: claim('aud', 'https://other.example'), code: 'assurance-audience-mismatch' },
    ],
  ],
  [
    'AMP-TRUST-152',
    'no time of issue or a future one',
    [
      { change: gone('iat'), code: missing },
      { change: later(600, 'iat'), code: 'assurance-not-yet-valid' },
    ],
  ],
  [
    'AMP-TRUST-153',
    'no expiry or a past one',
    [
      { change: gone('exp'), code: missing },
      { change: later(-600, 'exp'), code: 'assurance-expired' },
    ],
  ],
  [
    'AMP-TRUST-154',
    'another mandate layer below',
    [{ change: claim('sd_hash', 'x'.repeat(43)), code: 'assurance-link-broken' }],
  ],
  ['AMP-TRUST-155', 'another digest algorithm', [{ change: claim('_sd_alg', 'sha-512'), code: missing }]],
  ['AMP-TRUST-156', 'disclosures without digest', [{ change: undigested, code: 'assurance-disclosure-undigested' }]],
  ['AMP-TRUST-157', 'a hidden checkout', [{ change: hidden('checkout'), code: undisclosed }]],
]

const contentOf = (stage: NetworkStage, type: 'IMMEDIATE' | 'AUTONOMOUS') =>
  type === 'IMMEDIATE' ? stage.immediate(stage.order(2_000)) : stage.autonomous(9_000)

/** A draft of a user and agent whose right mandates are activated. */
const draftBesideRight = async (stage: NetworkStage, type: 'IMMEDIATE' | 'AUTONOMOUS') => {
  const bound = await stage.bind()
  await stage.hold(contentOf(stage, type), bound)
  return stage.draft(bound, contentOf(stage, type))
}

/** A wrong mandate layer is refused for its own reason, beside a right one that is taken, and nothing is activated. */
const activationRefused = async (
  stage: NetworkStage,
  type: 'IMMEDIATE' | 'AUTONOMOUS',
  wrong: Wrong,
): Promise<void> => {
  const drafted = await draftBesideRight(stage, type)
  const answer = await stage.approve(drafted, await stage.sign(drafted, wrong.change))
  refused(answer, wrong.code, { field: /^\/assurance\/mandate/ })
  equal((await stage.mandateOf(drafted)).mandateStatus, 'inactive', 'the status')
}

/** The same, where what is disclosed is wrong. */
const intentRefused = async (
  stage: NetworkStage,
  type: 'IMMEDIATE' | 'AUTONOMOUS',
  more: object,
  code: ProblemCode,
): Promise<void> => {
  const drafted = await draftBesideRight(stage, type)
  const content = {
    ...drafted.content,
    intent: { ...drafted.content.intent, ...more },
  } as typeof drafted.content
  const ends: Change = (draft) => ({ ...draft, claims: { ...draft.claims, exp: stage.session.now() + 600 } })
  const answer = await stage.approve(drafted, await stage.sign({ ...drafted, content }, ends))
  refused(answer, code, { field: /^\/assurance\/mandate/ })
}

const tokenRefused = async (stage: NetworkStage, wrong: Wrong): Promise<void> => {
  const held = await stage.hold(stage.autonomous(9_000))
  const state = stage.stateOf(held)
  const before = await state()
  refused(await stage.apply(held, stage.order(1_000), { layer: wrong.change }), wrong.code, {
    field: /^\/assurance\/tokenRequest/,
  })
  equal(await state(), before, 'status and budget')
  accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
}

export const chainChecks = [
  ...identityRows.map(([id, title, look]) =>
    check(id, title, async (stage) => {
      const bound = await stage.bind()
      await look({ layer: needed(readLayer(bound.identity), 'the identity layer cannot be read'), bound, stage })
    }),
  ),
  check('AMP-PAY-010', 'the binding reaches the credential provider with its identity layer', async (stage) => {
    const agent = await stage.register()
    const { authId, sessionId } = given('network.createAuthorization', await stage.enrol(agent))
    const isp = await stage.dice.party('isp')
    const { bindingId, identity } = accepted(
      'network.notifyAuthorization',
      await stage.report(stage.enrolmentReport(authId, isp, `user-${stage.dice.word()}`)),
    )
    const notice = await stage.heard(
      'credential-provider.notifyAuthorization',
      (message) => message.sessionId === sessionId,
    )
    const message = notice?.message
    equal(
      message?.outcome === 'SUCCESS' && message.authContext === 'ENROLLMENT'
        ? [message.bindingId, message.identity]
        : null,
      [bindingId, identity],
      'what the credential provider was told',
    )
  }),
  ...mandateRows.map(([id, title, type, wrongs]) =>
    check(id, `a mandate layer with ${title} activates nothing`, async (stage) => {
      for (const wrong of wrongs) await activationRefused(stage, type, wrong)
    }),
  ),
  ...intentRows.map(([id, title, type, more, code]) =>
    check(id, `a mandate layer with ${title} activates nothing`, (stage) => intentRefused(stage, type, more, code)),
  ),
  check('AMP-TRUST-145', 'a mandate layer with a checkout in a delegated mandate activates nothing', (stage) =>
    activationRefused(stage, 'AUTONOMOUS', {
      change: (draft) => ({ ...draft, disclosures: { ...draft.disclosures, checkout: stage.order(1_000) } }),
      code: 'assurance-disclosure-forbidden',
    }),
  ),
  check(
    ['AMP-TRUST-161', 'AMP-TRUST-103'],
    'a mandate layer no known signature provider signed activates nothing',
    async (stage) => {
      const drafted = await draftBesideRight(stage, 'AUTONOMOUS')
      const forger = await stage.dice.party('forger')
      const forged = await stage.sign(drafted, header('kid', drafted.isp.kid), forger)
      refused(await stage.approve(drafted, forged), 'assurance-signature-invalid')
    },
  ),
  check('AMP-TRUST-052', 'the nonce of a mandate layer activates once', async (stage) => {
    const bound = await stage.bind()
    const [one, other] = [
      await stage.draft(bound, stage.autonomous(9_000)),
      await stage.draft(bound, stage.autonomous(9_000)),
    ]
    const nonce = claim('nonce', stage.dice.nonce())
    accepted('network.notifyAuthorization', await stage.approve(one, await stage.sign(one, nonce)))
    refused(await stage.approve(other, await stage.sign(other, nonce)), 'assurance-nonce-replayed')
  }),
  ...tokenRequestRows.map(([id, title, wrongs]) =>
    check(id, `a token request layer with ${title} yields no token`, async (stage) => {
      for (const wrong of wrongs) await tokenRefused(stage, wrong)
    }),
  ),
  check('AMP-TRUST-158', 'a token request layer without amount yields no token', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const checkout = stage.order(1_000)
    const { total_amount: _total, ...rest } = checkout
    const bare = await stage.requestOf(held, rest as typeof checkout, { request: { checkout } })
    refused(await stage.client.call('network.applyCredential', bare, stage.provider), undisclosed)
    accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
  }),
  check('AMP-TRUST-163', 'a token request layer the agent did not sign, or none, yields no token', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const forger = { ...(await stage.dice.party('forger')), kid: held.agent.key.kid }
    refused(await stage.apply(held, stage.order(1_000), { layerBy: forger }), 'assurance-signature-invalid')
    refused(
      await stage.apply(held, stage.order(1_000), { assurance: { tokenRequest: undefined } }),
      'assurance-layer-missing',
    )
    accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
  }),
  check('AMP-TRUST-138', 'a direct mandate with a third layer yields no token', async (stage) => {
    const { request } = await stage.token(await stage.hold(stage.autonomous(9_000)))
    const content = stage.immediate(stage.order(2_000))
    const held = await stage.hold(content)
    const checkout = content.mandateType === 'IMMEDIATE' ? content.checkout : stage.order(2_000)
    const { tokenRequest } = request.assurance
    refused(await stage.apply(held, checkout, { assurance: { tokenRequest } }), 'assurance-layer-unexpected')
    accepted('network.applyCredential', await stage.apply(held, checkout))
  }),
  check('AMP-PAY-052', 'the checkout asked for is the one the agent signed, member by member', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const checkout = stage.order(1_000)
    const swaps = [
      { ...checkout, total_amount: { ...checkout.total_amount, value: '999' } },
      { ...checkout, merchant: { ...checkout.merchant, merchant_name: 'Other Shop' } },
      { ...checkout, goods: checkout.goods.map((line) => ({ ...line, goods_name: 'Other' })) },
      { ...checkout, reference_checkout_id: `checkout-${stage.dice.word()}` },
    ]
    for (const swapped of swaps) {
      const request = await stage.requestOf(held, checkout, { request: { checkout: swapped } })
      refused(await stage.client.call('network.applyCredential', request, stage.provider), 'checkout-mismatch')
    }
    accepted('network.applyCredential', await stage.apply(held, checkout))
  }),
  check('AMP-FLOW-018', 'the nonce of a token request layer yields one token', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const nonce = claim('nonce', stage.dice.nonce())
    accepted('network.applyCredential', await stage.apply(held, stage.order(1_000), { layer: nonce }))
    refused(await stage.apply(held, stage.order(1_000), { layer: nonce }), 'assurance-nonce-replayed')
  }),
  check('AMP-TRUST-159', 'the layers of a token request are the ones on record', async (stage) => {
    const bound = await stage.bind()
    const [held, other] = [
      await stage.hold(stage.autonomous(9_000), bound),
      await stage.hold(stage.autonomous(9_000), bound),
    ]
    refused(await stage.apply({ ...held, mandate: other.mandate }, stage.order(1_000)), 'assurance-stored-mismatch')
    accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
  }),
]
