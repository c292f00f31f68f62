/** Buyer agents that are wrong in one thing each. */
import { asking, type Json, type MutantRow, mutantsOf, signingOf, without } from './mutant.ts'

const { signing, claim, header, withoutClaim } = signingOf('token-request')

/** Another signature at the end of a statement. */
const spoilt = (jws: unknown): string => `${String(jws).slice(0, -8)}AAAAAAAA`
const applying = (change: (body: Json) => Json) => asking('credential-provider.applyCredential', change)
const layers = (body: Json): Json => body.assurance as Json

const rows: readonly MutantRow[] = [
  ['AsksBeforeItApplies', 'AMP-TRUST-003', 'MissingCheck', without('AMP-TRUST-003')],
  [
    'ProvesNoKey',
    'AMP-TRUST-015',
    'UnsignedAccepted',
    asking('credential-provider.registerAgent', (body) => ({
      ...body,
      proofOfPossession: spoilt(body.proofOfPossession),
    })),
  ],
  ['CallsAsNobody', 'AMP-TRUST-104', 'WrongSignature', without('AMP-TRUST-104:caller')],
  ['NamesNoVersion', 'EXT-HTTP-17', 'WrongAnswer', without('EXT-HTTP-17')],
  [
    'SendsMoreThanIsAsked',
    'EXT-HTTP-6',
    'WrongAnswer',
    asking('credential-provider.addPaymentMethod', (body) => ({ ...body, debug: true })),
  ],
  [
    'NamesAnotherBinding',
    'AMP-PAY-011',
    'ScopeWiden',
    asking('credential-provider.createMandateSession', (body) => ({ ...body, bindingId: 'binding-nobody' })),
  ],
  ['AsksBeforeTheGoodsAreFixed', 'AMP-PAY-023', 'CheckoutSwap', without('AMP-PAY-023')],
  ['ShowsAnotherOrder', 'AMP-PAY-052', 'CheckoutSwap', without('AMP-PAY-052')],
  ['ChangesTheOrderOnItsWay', 'AMP-PAY-032', 'CheckoutSwap', without('AMP-PAY-032')],
  [
    'WidensTheTask',
    'AMP-TRUST-044',
    'ScopeWiden',
    asking('credential-provider.createMandateSession', (body) => {
      const intent = body.intent as Json
      const { merchant_mcc_list: _shops, ...constraints } = (intent.constraints ?? {}) as Json
      return intent.constraints === undefined
        ? body
        : { ...body, intent: { ...intent, constraints: { ...constraints, merchant_name_list: ['Anybody'] } } }
    }),
  ],
  [
    'SignsNoRequest',
    'AMP-TRUST-017',
    'UnsignedAccepted',
    applying((body) => ({ ...body, requestSignature: spoilt(body.requestSignature) })),
  ],
  [
    'KeepsItsLayerToItself',
    'AMP-PAY-030',
    'MissingLayer',
    applying((body) => {
      const { tokenRequest: _own, ...given } = layers(body)
      return { ...body, assurance: given }
    }),
  ],
  [
    'AddsALayer',
    'AMP-PAY-026',
    'ScopeWiden',
    applying((body) => ({ ...body, assurance: { ...layers(body), tokenRequest: layers(body).mandate } })),
  ],
  ['RepeatsItsNonce', 'AMP-TRUST-150', 'ReplayNonce', claim('nonce', 'the-same-nonce-every-time')],
  ['NamesNoAlgorithm', 'AMP-TRUST-146', 'AlgNone', header('alg', 'none')],
  ['NamesAnotherType', 'AMP-TRUST-147', 'WrongSignature', header('typ', 'jwt')],
  ['NamesNoKey', 'AMP-TRUST-148', 'WrongSignature', header('kid', undefined)],
  ['NamesAnotherKey', 'AMP-TRUST-149', 'WrongSignature', header('kid', 'some-other-key')],
  ['NamesAnotherVerifier', 'AMP-TRUST-151', 'WrongSignature', claim('aud', 'https://other.example')],
  ['StatesNoIssueTime', 'AMP-TRUST-152', 'WrongSignature', withoutClaim('iat')],
  ['StatesExpiryAsText', 'AMP-TRUST-153', 'WrongSignature', claim('exp', 'tomorrow')],
  ['BindsNoMandate', 'AMP-TRUST-154', 'MissingLayer', claim('sd_hash', 'x'.repeat(43))],
  ['NamesAnotherDigest', 'AMP-TRUST-155', 'WrongSignature', claim('_sd_alg', 'sha-512')],
  ['ListsNoDigests', 'AMP-TRUST-156', 'StrippedDisclosure', claim('_sd', [])],
  [
    'HidesTheOrder',
    'AMP-TRUST-157',
    'StrippedDisclosure',
    applying((body) => {
      const { tokenRequest } = layers(body)
      const [signed] = String(tokenRequest).split('~')
      return tokenRequest === undefined ? body : { ...body, assurance: { ...layers(body), tokenRequest: `${signed}~` } }
    }),
  ],
  [
    'HidesWhatTheOrderCosts',
    'AMP-TRUST-158',
    'StrippedDisclosure',
    signing(({ disclosures }) => {
      const { total_amount: _cost, ...order } = disclosures.checkout as Json
      return { disclosures: { ...disclosures, checkout: order } }
    }),
  ],
  [
    'SignsWithAnotherKey',
    'AMP-TRUST-163',
    'WrongSignature',
    applying((body) => {
      const [signed = '', ...disclosures] = String(layers(body).tokenRequest).split('~')
      return {
        ...body,
        assurance: { ...layers(body), tokenRequest: [spoilt(signed), ...disclosures].join('~') },
      }
    }),
  ],
  ['GoesOnAfterARejection', 'AMP-TRUST-071', 'TrustGateBypass', without('AMP-TRUST-071')],
  ['AsksAgainAfterTheGuard', 'AMP-TRUST-094', 'TrustGateBypass', without('AMP-TRUST-094')],
  ['SpendsMoreThanItMay', 'AMP-TRUST-030', 'BudgetEscape', without('AMP-TRUST-030')],
  [
    'PaysWithAnotherToken',
    'AMP-PAY-040',
    'CheckoutSwap',
    asking('merchant.startPayment', (body) => ({ ...body, paymentToken: '28100123AAAAAAAAAAAAAAAAAAAAAAAA' })),
  ],
]

export const agentMutants = mutantsOf('agent', rows)
