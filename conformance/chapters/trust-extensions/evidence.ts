/** Evidence at a network: a log that only grows, bundles that the suite verifies by itself, and lawful deletion. */
import { chapterOf } from '../../check.ts'
import { isConsistent, readHead } from '../../evidence.ts'
import { accepted, equal, given, holds, needed, refused } from '../../expect.ts'
import { offering, type Paid, type TrustStage, trustStage } from '../../stages/trust.ts'

const check = chapterOf('evidence', 'network', offering('evidence', trustStage))

const headOf = async (stage: TrustStage, firstSize?: number) => {
  const { treeHead, consistency } = accepted(
    'network.inquiryTreeHead',
    await stage.client.call('network.inquiryTreeHead', firstSize === undefined ? {} : { firstSize }, stage.wallet),
  )
  const head = await readHead(treeHead, stage.network.jwks)
  holds(head !== undefined, 'a head signed by the network', treeHead)
  return { head: needed(head, 'no head'), consistency }
}

const erase = (stage: TrustStage, { held, paymentId }: Paid) =>
  stage.client.call(
    'network.eraseEvidence',
    { paymentId, userReference: held.userReference, basis: 'user-request' },
    stage.wallet,
  )

const kindsOf = async (stage: TrustStage, paymentId: string): Promise<readonly string[]> => {
  const { records } = await stage.recomputed(paymentId)
  return [...new Set(records.map(({ entry }) => entry.kind))].sort()
}

export const evidenceChecks = [
  check('EXT-EVIDENCE-1', 'layers, guards, rating and messages of a payment are on record', async (stage) => {
    const { held, paymentId } = await stage.delegated()
    const kinds = new Set(await kindsOf(stage, paymentId))
    const missing = ['identity', 'mandate', 'token-request', 'guard-decision', 'rating-statement', 'message'].filter(
      (kind) => !kinds.has(kind),
    )
    equal(missing, [], 'kinds that are not on record')
    const { records } = await stage.bundle(paymentId)
    const content = (kind: string) => records.find(({ entry }) => entry.kind === kind)?.content
    equal([content('identity'), content('mandate')], [held.identity, held.mandate], 'the layers, byte for byte')
  }),
  check('EXT-EVIDENCE-1', 'the decision of a claim is on record with its payment', async (stage) => {
    const paid = await stage.stolen()
    given('network.submitClaim', await stage.submit(stage.claimOf(paid)))
    holds((await kindsOf(stage, paid.paymentId)).includes('claim-decision'), 'a claim decision on record', 'none')
  }),
  check(
    ['EXT-EVIDENCE-2', 'EXT-EVIDENCE-3', 'EXT-EVIDENCE-9', 'EXT-EVIDENCE-11'],
    'a bundle is verified and every decision recomputed from it and the keys of the network alone',
    async (stage) => {
      const paid = await stage.stolen()
      given('network.submitClaim', await stage.submit(stage.claimOf(paid)))
      const { records, ratingPolicy, ratingEvents, guaranteePolicy } = await stage.recomputed(paid.paymentId)
      const linked = records.filter(({ entry }, at) => entry.position - 1 === records[at - 1]?.entry.position)
      holds(linked.length > 0, 'entries that follow each other', records.length)
      holds(Boolean(ratingPolicy && ratingEvents && guaranteePolicy), 'policies and events of its decisions', 'not all')
    },
  ),
  check('EXT-EVIDENCE-4', 'every later head begins with every earlier one', async (stage) => {
    const paid = await stage.delegated()
    const first = await headOf(stage)
    for (const _ of [1, 2]) {
      await stage.delegated(1_000, paid.held)
      const { head, consistency } = await headOf(stage, first.head.size)
      holds(head.size > first.head.size, 'a log that has grown', head.size)
      holds(isConsistent(first.head, head, consistency ?? []), 'a proof that the log begins with the first', {
        first: first.head,
        head,
        consistency,
      })
    }
    const beyond = { firstSize: first.head.size + 1_000_000 }
    refused(await stage.client.call('network.inquiryTreeHead', beyond, stage.wallet), 'evidence-invalid', {
      field: '/firstSize',
    })
  }),
  check('EXT-EVIDENCE-6', 'every commitment has a salt of its own, of 128 bits or more', async (stage) => {
    const { held, paymentId } = await stage.delegated()
    const other = await stage.delegated(1_000, held)
    const records = [...(await stage.bundle(paymentId)).records, ...(await stage.bundle(other.paymentId)).records]
    const salts = records.map(({ salt = '' }) => salt)
    equal(new Set(salts).size, salts.length, 'different salts')
    const short = salts.filter((salt) => Buffer.from(salt, 'base64url').length < 16)
    equal(short, [], 'salts that are too short')
  }),
  check(
    ['EXT-EVIDENCE-5', 'EXT-EVIDENCE-7', 'EXT-EVIDENCE-8'],
    'after a lawful deletion contents and salts are gone, entries and proofs stay',
    async (stage) => {
      const paid = await stage.delegated()
      const before = await stage.bundle(paid.paymentId)
      const { erased } = accepted('network.eraseEvidence', await erase(stage, paid))
      const after = await stage.recomputed(paid.paymentId)
      equal(erased, before.records.length, 'contents that were deleted')
      equal(
        after.records.filter(({ salt, content }) => salt !== undefined || content !== undefined).length,
        0,
        'records that still hold salt or content',
      )
      equal(
        after.records.map(({ entry }) => entry),
        before.records.map(({ entry }) => entry),
        'the entries',
      )
    },
  ),
  check(
    'EXT-EVIDENCE-14',
    'after five years contents are deleted, and every proof still holds',
    async (stage) => {
      const { paymentId } = await stage.delegated()
      const kept = async () =>
        (await stage.recomputed(paymentId)).records.filter(({ content }) => content !== undefined).length
      holds((await kept()) > 0, 'contents of a payment just made', 0)
      await stage.session.moveClock((5 * 365 + 3) * 86_400)
      try {
        for (let tries = 0; tries < 60 && (await kept()) > 0; tries += 1)
          await new Promise((resolve) => setTimeout(resolve, 250))
        equal(await kept(), 0, 'contents after five years')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
  check('EXT-HTTP-34', 'another wallet or user neither reads nor deletes the evidence of a payment', async (stage) => {
    const paid = await stage.delegated()
    const { paymentId } = paid
    const other = await stage.newParty('wallet')
    refused(await stage.client.call('network.inquiryEvidenceBundle', { paymentId }, other), 'payment-unknown')
    const foreign = { ...paid, held: { ...paid.held, userReference: `user-${stage.dice.word()}` } }
    refused(await erase(stage, foreign), 'payment-unknown')
    equal(
      (await stage.bundle(paymentId)).records.filter(({ content }) => content === undefined),
      [],
      'what was deleted',
    )
  }),
]
