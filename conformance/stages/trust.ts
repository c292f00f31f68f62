/** The stage for the trust extensions of a network: takeovers, claims and evidence, beside all that a network does. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import { type Bundle, whyNoBundle } from '../evidence.ts'
import { accepted, equal, given, holds, NotApplicable } from '../expect.ts'
import type { Scene } from '../scene.ts'
import type { Answer, Variation } from '../target/client.ts'
import { type Held, networkStage } from './network.ts'
import { usd } from './orders.ts'

type Payment = Message<'payment/payment'>

/** A payment an agent made under a delegated mandate. */
export type Paid = { readonly held: Held; readonly paymentId: string; readonly value: number }

/** Plays on only where the target says that it serves an extension. */
export const offering =
  <Stage>(extension: string, open: (scene: Scene) => Stage) =>
  (scene: Scene): Stage => {
    if (!scene.session.discovery.extensions.includes(extension))
      throw new NotApplicable(`the target does not serve the extension ${extension}`)
    return open(scene)
  }

export const trustStage = (scene: Scene) => {
  const stage = networkStage(scene)
  const { client, dice, wallet, provider, network } = stage

  /** A payment that a delegated agent makes alone. */
  const delegated = async (value = 2_000, held?: Held): Promise<Paid> => {
    const by = held ?? (await stage.hold(stage.autonomous(90_000)))
    const payment = given('network.pay', await stage.pay(await stage.token(by, value))) as Payment
    return { held: by, paymentId: payment.paymentId, value }
  }

  const report = ({ held, paymentId }: Paid, change: Partial<RequestOf<'network.reportTakeover'>> = {}, by = wallet) =>
    client.call(
      'network.reportTakeover',
      { userReference: held.userReference, bindingId: held.bindingId, paymentIds: [paymentId], ...change },
      by,
    )

  const claimOf = (
    { paymentId, value }: Pick<Paid, 'paymentId' | 'value'>,
    change: Partial<RequestOf<'network.submitClaim'>> = {},
  ): RequestOf<'network.submitClaim'> => ({
    claimRequestId: `claim-request-${dice.word()}`,
    paymentId,
    claimed: usd(value),
    cause: 'account-takeover',
    ...change,
  })

  const submit = (message: RequestOf<'network.submitClaim'>, change?: Variation): Promise<Answer> =>
    client.call('network.submitClaim', message, wallet, change)

  /** A payment of a stolen key, reported. */
  const stolen = async (value?: number): Promise<Paid> => {
    const paid = await delegated(value)
    given('network.reportTakeover', await report(paid))
    return paid
  }

  const state = async () =>
    accepted('network.inquiryGuarantee', await client.call('network.inquiryGuarantee', {}, wallet))

  const pool = async (currency = 'USD') => {
    const found = (await state()).pools.find((one) => one.currency === currency)
    holds(found !== undefined, `a pool in ${currency}`, 'none')
    return { balance: BigInt(found?.balance.value ?? 0), owed: BigInt(found?.owed.value ?? 0), solvent: found?.solvent }
  }

  const bundle = async (paymentId: string, by = wallet): Promise<Bundle> =>
    accepted('network.inquiryEvidenceBundle', await client.call('network.inquiryEvidenceBundle', { paymentId }, by))

  /** The bundle of a payment, recomputed by the suite from itself and the keys in the discovery document. */
  const recomputed = async (paymentId: string): Promise<Bundle> => {
    const found = await bundle(paymentId)
    equal((await whyNoBundle(found, network.jwks)) ?? null, null, 'why the bundle does not hold')
    return found
  }

  const ratingOf = async (agentId: string) => {
    const { statement } = given(
      'network.inquiryRating',
      await client.call('network.inquiryRating', { agentId }, provider),
    )
    return JSON.parse(
      Buffer.from(statement.split('.')[1] ?? '', 'base64url').toString('utf8'),
    ) as Message<'extensions/rating/statement-claims'>
  }

  return { ...stage, delegated, report, claimOf, submit, stolen, state, pool, bundle, recomputed, ratingOf }
}

export type TrustStage = ReturnType<typeof trustStage>
