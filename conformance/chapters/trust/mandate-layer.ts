/** Trust: the mandate layer (L2) a wallet signs, claim by claim. */
import { chapterOf } from '../../check.ts'
import { equal, holds, needed } from '../../expect.ts'
import { bindingHash, isObject, type Layer, readLayer, verifies } from '../../layers.ts'
import { type Held, type WalletStage, walletStage } from '../../stages/wallet.ts'

const check = chapterOf('trust', 'wallet', walletStage)

/** A signed mandate as the rows below look at it. */
type Signed = { readonly layer: Layer; readonly held: Held; readonly stage: WalletStage }

const layerOf = (stage: WalletStage, held: Held): Signed => ({
  layer: needed(readLayer(held.mandate), 'the mandate layer cannot be read as an SD-JWT'),
  held,
  stage,
})

const direct = async (stage: WalletStage): Promise<Signed> =>
  layerOf(stage, await stage.hold(await stage.bind(), stage.immediate(stage.order(2_500))))
const delegated = async (stage: WalletStage): Promise<Signed> =>
  layerOf(stage, await stage.hold(await stage.bind(), stage.autonomous(25_000)))

const disclosed = ({ layer }: Signed, name: string): unknown =>
  layer.disclosures.find((one) => one.name === name)?.value
const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)
const isEpoch = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

type Row = readonly [string, string, (signed: Signed) => void | Promise<void>]

/** Rows that hold for a mandate of either type. */
const both: readonly Row[] = [
  [
    'AMP-TRUST-067',
    'the mandate is signed with the key of the identity signature provider',
    async ({ layer, held }) =>
      holds(await verifies(layer, held.bound.report.ispKey), 'a signature of the key bound at enrolment', layer.header),
  ],
  ['AMP-TRUST-119', 'alg of the mandate layer is ES256', ({ layer }) => equal(layer.header.alg, 'ES256', 'alg')],
  ['AMP-TRUST-120', 'typ of the mandate layer is sd+jwt', ({ layer }) => equal(layer.header.typ, 'sd+jwt', 'typ')],
  [
    'AMP-TRUST-121',
    'the mandate layer names its key',
    ({ layer }) => holds(isText(layer.header.kid), 'a kid', layer.header),
  ],
  [
    'AMP-TRUST-122',
    'the mandate layer names the key the identity layer binds',
    ({ layer, held }) => equal(layer.header.kid, held.bound.report.ispKey.kid, 'kid'),
  ],
  [
    'AMP-TRUST-124',
    'the mandate layer names the network as verifier',
    ({ layer, stage }) => equal(layer.claims.aud, stage.network.id, 'aud'),
  ],
  [
    'AMP-TRUST-125',
    'the mandate layer states its time of issue',
    ({ layer, stage }) =>
      holds(
        isEpoch(layer.claims.iat) && Math.abs(Number(layer.claims.iat) - stage.session.now()) <= 120,
        'iat now',
        layer.claims.iat,
      ),
  ],
  [
    'AMP-TRUST-126',
    'the mandate layer states its expiry',
    ({ layer, stage }) =>
      holds(isEpoch(layer.claims.exp) && Number(layer.claims.exp) > stage.session.now(), 'exp ahead', layer.claims.exp),
  ],
  [
    'AMP-TRUST-127',
    'the mandate layer binds the identity layer',
    ({ layer, held }) => equal(layer.claims.sd_hash, bindingHash(held.bound.identity), 'sd_hash'),
  ],
  [
    'AMP-TRUST-128',
    'the mandate layer reports the outcome of the identity check',
    ({ layer }) =>
      holds(
        ['PASS', 'true', 'SUCCESS'].includes(String(layer.claims.idv_result)),
        'idv_result PASS',
        layer.claims.idv_result,
      ),
  ],
  [
    'AMP-TRUST-129',
    'the mandate layer reports when the identity check finished',
    ({ layer, stage }) =>
      holds(
        Math.abs(Date.parse(String(layer.claims.idv_time)) / 1000 - stage.session.now()) <= 120,
        'idv_time now',
        layer.claims.idv_time,
      ),
  ],
  [
    'AMP-TRUST-130',
    'the mandate layer states its mode',
    ({ layer, held }) => equal(layer.claims.mode, held.content.mandateType, 'mode'),
  ],
  [
    'AMP-TRUST-131',
    'the mandate layer digests with SHA-256',
    ({ layer }) => equal(layer.claims._sd_alg, 'sha-256', '_sd_alg'),
  ],
  [
    'AMP-TRUST-132',
    'the mandate layer lists the digest of each disclosure',
    ({ layer }) => {
      const digests = Array.isArray(layer.claims._sd) ? layer.claims._sd : []
      const missing = layer.disclosures.filter(({ digest }) => digests.filter((one) => one === digest).length !== 1)
      equal(
        missing.map(({ name }) => name),
        [],
        'disclosures without exactly one digest',
      )
    },
  ],
  [
    'AMP-TRUST-133',
    'the mandate layer discloses the intent',
    (signed) => holds(isObject(disclosed(signed, 'intent')), 'intent', disclosed(signed, 'intent') ?? null),
  ],
  [
    'AMP-TRUST-134',
    'the intent holds the original request',
    (signed) => equal(member(disclosed(signed, 'intent'), 'raw'), signed.held.content.intent.raw, 'intent.raw'),
  ],
  [
    'AMP-TRUST-135',
    'the intent holds the description',
    (signed) => equal(member(disclosed(signed, 'intent'), 'desc'), signed.held.content.intent.desc, 'intent.desc'),
  ],
  [
    'AMP-TRUST-136',
    'the mandate layer discloses the binding',
    (signed) =>
      equal(
        member(disclosed(signed, 'token_info'), 'token_unique_reference'),
        signed.held.bound.bindingId,
        'the binding',
      ),
  ],
  [
    'AMP-TRUST-137',
    'the mandate layer discloses which mandate it is',
    (signed) => equal(member(disclosed(signed, 'mandate_info'), 'mandate_id'), signed.held.mandateId, 'the mandate'),
  ],
]

const immediate: readonly Row[] = [
  ['AMP-TRUST-138', 'a direct mandate binds no agent key', ({ layer }) => equal(layer.claims.cnf ?? null, null, 'cnf')],
  [
    'AMP-TRUST-139',
    'a direct mandate discloses no expiry of the intent',
    (signed) => equal(member(disclosed(signed, 'intent'), 'expiry_time') ?? null, null, 'intent.expiry_time'),
  ],
  [
    'AMP-TRUST-140',
    'a direct mandate discloses no constraints',
    (signed) => equal(member(disclosed(signed, 'intent'), 'constraints') ?? null, null, 'intent.constraints'),
  ],
  [
    'AMP-TRUST-141',
    'a direct mandate discloses the checkout',
    (signed) => {
      const { content } = signed.held
      equal(
        disclosed(signed, 'checkout') ?? null,
        content.mandateType === 'IMMEDIATE' ? content.checkout : null,
        'checkout',
      )
    },
  ],
]

const autonomous: readonly Row[] = [
  [
    'AMP-TRUST-142',
    'a delegated mandate binds the key of the agent',
    ({ layer, held }) => {
      const jwk = member(layer.claims.cnf, 'jwk')
      const { kid, x, y } = held.bound.agent.key.jwk
      equal(
        [member(jwk, 'kid'), member(jwk, 'x'), member(jwk, 'y'), member(jwk, 'd') ?? null],
        [kid, x, y, null],
        'cnf.jwk',
      )
    },
  ],
  [
    'AMP-TRUST-143',
    'a delegated mandate discloses the end of the intent',
    (signed) => {
      const { content } = signed.held
      const end = content.mandateType === 'AUTONOMOUS' ? content.intent.expiry_time : null
      equal(member(disclosed(signed, 'intent'), 'expiry_time') ?? null, end, 'intent.expiry_time')
    },
  ],
  [
    'AMP-TRUST-144',
    'a delegated mandate discloses the constraints',
    (signed) => {
      const { content } = signed.held
      const constraints = content.mandateType === 'AUTONOMOUS' ? content.intent.constraints : null
      equal(member(disclosed(signed, 'intent'), 'constraints') ?? null, constraints, 'intent.constraints')
    },
  ],
  [
    'AMP-TRUST-145',
    'a delegated mandate discloses no checkout',
    (signed) => equal(disclosed(signed, 'checkout') ?? null, null, 'checkout'),
  ],
]

export const mandateLayerChecks = [
  ...both.map(([id, title, look]) =>
    check(id === 'AMP-TRUST-067' ? [id, 'AMP-TRUST-058'] : id, title, async (stage) => {
      for (const signed of [await direct(stage), await delegated(stage)]) await look(signed)
    }),
  ),
  ...immediate.map(([id, title, look]) => check(id, title, async (stage) => look(await direct(stage)))),
  ...autonomous.map(([id, title, look]) => check(id, title, async (stage) => look(await delegated(stage)))),
  check('AMP-TRUST-123', 'every mandate layer carries a nonce of its own', async (stage) => {
    const bound = await stage.bind()
    const nonces: unknown[] = []
    for (let one = 0; one < 4; one++) {
      const { layer } = layerOf(stage, await stage.hold(bound, stage.autonomous(1_000)))
      nonces.push(layer.claims.nonce)
    }
    holds(
      nonces.every((nonce) => isText(nonce) && String(nonce).length >= 16),
      'nonces of at least 16 characters',
      nonces,
    )
    equal(new Set(nonces).size, nonces.length, 'the number of different nonces')
  }),
]
