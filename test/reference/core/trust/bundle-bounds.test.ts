/** Bundles a network signed itself and that do not hold: each is refused at the member at fault, in words that say why. */
import { beforeAll, describe, expect, it } from 'vitest'
import { append, type Bundle, forget, type Kept, verifyBundle } from '../../../../reference/core/index.ts'
import { start } from './events.ts'
import { takeover } from './story.ts'

type Story = Awaited<ReturnType<typeof takeover>>
let story: Story
let other: Story
beforeAll(async () => {
  story = await takeover()
  other = await takeover()
})

type Kind = Kept['entry']['kind']
const contentOf = ({ log }: Story, kind: Kind): string => log.find(({ entry }) => entry.kind === kind)?.content ?? ''

/** The log of the story with other contents; a content that is left out leaves its entry out. */
const rewritten = (changes: Partial<Record<Kind, string | undefined>>): readonly Kept[] =>
  story.log.reduce<readonly Kept[]>((log, { entry: { kind, subject }, content = '', salt = '' }) => {
    const now = kind in changes ? changes[kind] : content
    return now === undefined ? log : append(log, { kind, subject, content: now }, { at: start, salt })
  }, [])

const said = async (bundle: unknown) => {
  const outcome = await verifyBundle(bundle, { keys: [story.key.publicJwk] })
  return outcome.ok ? outcome.value : [outcome.refusal.field, outcome.refusal.detail]
}
const saidOf = async (changes: Parameters<typeof rewritten>[0]) => said(await story.bundle(rewritten(changes)))
const saidWithout = async (...members: (keyof Bundle)[]) =>
  said(Object.fromEntries(Object.entries(await story.bundle()).filter(([name]) => !members.includes(name as never))))

const changed = (text: string, change: object): string => JSON.stringify({ ...JSON.parse(text), ...change })

describe('a decision on record', () => {
  it.each(['{}', 'x', '[]'])('of the gate cannot be recomputed where it is %s', async (content) => {
    const why = ['/records/3/content', 'the gate decision cannot be recomputed']
    expect(await saidOf({ 'gate-decision': content })).toEqual(why)
    expect(await saidWithout('gatePolicy')).toEqual(why)
  })

  it('of the gate is what its policy comes to', async () => {
    const content = changed(contentOf(story, 'gate-decision'), { disposition: 'deny' })
    expect(await saidOf({ 'gate-decision': content })).toEqual([
      '/records/3/content',
      'the gate comes to something else',
    ])
  })

  it('of a claim is what its policy comes to', async () => {
    const at = '/records/5/content'
    const content = contentOf(story, 'claim-decision')
    const { payout } = JSON.parse(content)
    expect(await saidOf({ 'claim-decision': '{}' })).toEqual([at, 'the claim decision cannot be recomputed'])
    expect(await saidWithout('guaranteePolicy')).toEqual([at, 'the claim decision cannot be recomputed'])
    const more = changed(content, { payout: { ...payout, value: '1999' } })
    expect(await saidOf({ 'claim-decision': more })).toEqual([at, 'the claim comes to something else'])
  })

  it('of a rating is what its policy and the events of its time come to', async () => {
    const at = '/records/4/content'
    expect(await saidOf({ 'rating-statement': 'x' })).toEqual([at, 'the rating statement does not verify'])
    const foreign = contentOf(other, 'rating-statement')
    expect(await saidOf({ 'rating-statement': foreign })).toEqual([at, 'the rating statement does not verify'])
    for (const left of ['ratingPolicy', 'ratingEvents'] as const)
      expect(await saidWithout(left)).toEqual([at, 'the rating comes without its policy and events'])
    const bundle = await story.bundle()
    const events = bundle.ratingEvents ?? []
    const [first] = events
    if (!first) throw new Error('there are events')
    expect(await said({ ...bundle, ratingEvents: events.slice(1) })).toEqual([at, 'the rating comes to something else'])
    expect(await said({ ...bundle, ratingEvents: [...events, first] })).toMatchObject({ records: 6 })
  })
})

describe('the layers on record', () => {
  const broken = ['/records', 'the layers do not follow each other']

  it.each<Kind>(['identity', 'mandate', 'token-request'])(
    'follow each other, and %s is of the same chain',
    async (kind) => {
      expect(await saidOf({ [kind]: contentOf(other, kind) })).toEqual(broken)
      expect(await saidOf({ [kind]: 'x' })).toEqual(broken)
    },
  )

  it('may end early or be none, and lack nothing between', async () => {
    expect(await saidOf({ 'token-request': undefined })).toMatchObject({ records: 5 })
    expect(await saidOf({ identity: undefined, mandate: undefined, 'token-request': undefined })).toMatchObject({
      records: 3,
    })
    expect(await saidOf({ mandate: undefined })).toEqual(broken)
    expect(await saidOf({ identity: undefined })).toEqual(broken)
  })

  it('are not compared across one that was deleted, and are across anything else that was', async () => {
    const log = rewritten({ 'token-request': contentOf(other, 'token-request') })
    const at = (kind: Kind): number => log.findIndex(({ entry }) => entry.kind === kind)
    expect(await said(await story.bundle(forget(log, at('mandate'))))).toMatchObject({ deleted: 1 })
    expect(await said(await story.bundle(forget(log, at('gate-decision'))))).toEqual(broken)
  })
})

describe('a record', () => {
  const bundleWith = async (change: (records: Bundle['records']) => unknown): Promise<unknown> => {
    const bundle = await story.bundle()
    return { ...bundle, records: change(bundle.records) }
  }

  it('is about the subject of its bundle', async () => {
    expect(await said({ ...(await story.bundle()), subject: 'payment-2' })).toEqual([
      '/records/0',
      'it is about something else',
    ])
  })

  it('stands after the one before it, once', async () => {
    const disorder = ['/records/1', 'it stands out of order']
    expect(await said(await bundleWith((records) => [...records].reverse()))).toEqual(disorder)
    expect(await said(await bundleWith((records) => [records[0], ...records]))).toEqual(disorder)
  })

  it('names the hash of the one before it, where that is there', async () => {
    const log = story.log.map((kept) =>
      kept.entry.position === 2 ? { ...kept, entry: { ...kept.entry, previous: 'A'.repeat(43) } } : kept,
    )
    expect(await said(await story.bundle(log))).toEqual(['/records/1', 'it does not follow the entry before it'])
    // Nothing that position 6 follows is in the bundle, so the entry after it shows the change.
    const apart = story.log.map((kept) =>
      kept.entry.position === 6 ? { ...kept, entry: { ...kept.entry, previous: 'A'.repeat(43) } } : kept,
    )
    expect(await said(await story.bundle(apart))).toEqual(['/records/5', 'it does not follow the entry before it'])
  })

  it('is in the tree that was signed', async () => {
    const { treeHead } = await story.bundle()
    const later = await story.bundle(rewritten({ 'gate-decision': contentOf(other, 'gate-decision') }))
    expect(await said({ ...later, treeHead })).toEqual(['/records/0', 'it is not in the tree'])
  })

  it('keeps salt and content together, and the content it committed to', async () => {
    const together = ['/records/0', 'salt and content are kept or deleted together']
    const first = (change: (record: Bundle['records'][number]) => object) =>
      bundleWith(([record, ...rest]) => [record && change(record), ...rest])
    expect(await said(await first(({ salt: _, ...rest }) => rest))).toEqual(together)
    expect(await said(await first(({ content: _, ...rest }) => rest))).toEqual(together)
    const committed = ['/records/0', 'its content is not what was committed to']
    expect(await said(await first((record) => ({ ...record, content: `${record.content}~` })))).toEqual(committed)
    expect(await said(await first((record) => ({ ...record, salt: 'A'.repeat(22) })))).toEqual(committed)
  })

  it('is of the schema, as the bundle is', async () => {
    const [field, detail] = (await said({ ...(await story.bundle()), records: 'none' })) as string[]
    expect([field, detail?.length]).toEqual(['/records', expect.any(Number)])
  })
})
