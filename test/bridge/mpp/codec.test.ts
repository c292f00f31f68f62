/** Proves that challenges, credentials and receipts are those of mppx, both ways, and that strangers' texts are read strictly. */
import fc from 'fast-check'
import { Challenge as PeerChallenge, Credential as PeerCredential, Receipt as PeerReceipt } from 'mppx'
import { describe, expect, it } from 'vitest'
import {
  type Challenge,
  challengeIdOf,
  credentialsIn,
  isIssued,
  readChallenges,
  readCredential,
  readReceipt,
  writeChallenge,
  writeCredential,
  writeReceipt,
} from '../../../bridge/mpp/codec.ts'

const secret = 'a secret of thirty-two bytes or more'
const word = fc.stringMatching(/^[A-Za-z0-9 .,;="\\-]{1,24}$/)
const json = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.oneof(word, fc.integer(), fc.constant({ inner: ['x', 1, null] })),
  { maxKeys: 4 },
)
const challenge: fc.Arbitrary<Challenge> = fc
  .record(
    {
      realm: word,
      method: fc.stringMatching(/^[a-z]{1,8}$/),
      intent: fc.constantFrom('charge', 'session', 'subscription'),
      request: json,
      expires: fc.constant('2026-11-20T10:00:00Z'),
      digest: fc.constant('sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'),
      description: fc.stringMatching(/^[a-zé“”\\", =]{1,24}$/u),
      opaque: fc.constant('eyJhIjoiYiJ9'),
      header: fc.constantFrom('Payment-Authorization', 'Authorization'),
    },
    { requiredKeys: ['realm', 'method', 'intent', 'request'] },
  )
  .map((plain) => ({ id: challengeIdOf(plain as Challenge, secret), ...plain }) as unknown as Challenge)

describe('a challenge', () => {
  it('has the identifier that mppx gives it, and mppx takes it for its own', () => {
    fc.assert(
      fc.property(challenge, (made) => {
        expect(PeerChallenge.verify(made as never, { secretKey: secret })).toBe(true)
        expect(isIssued(made, secret)).toBe(true)
        for (const name of ['realm', 'intent', 'expires', 'digest', 'opaque'] as const)
          if (made[name] !== undefined) expect(isIssued({ ...made, [name]: `${made[name]}x` }, secret)).toBe(false)
        expect(isIssued(made, `${secret}.`)).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  it('is read by mppx as we wrote it, and by us as mppx wrote it, alone or among others', () => {
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 3 }), (all) => {
        const header = ['Bearer realm="x, Payment id=1"', ...all.map(writeChallenge)].join(', ')
        expect(readChallenges(header)).toEqual(all)
        const theirs = all.map((each) => PeerChallenge.serialize(each as never)).join(', ')
        expect(readChallenges(theirs)).toEqual(
          all
            .map((each) => (each.header === 'Authorization' ? { ...each, header: undefined } : each))
            .map((each) => JSON.parse(JSON.stringify(each))),
        )
        for (const each of all)
          expect(PeerChallenge.deserialize(writeChallenge(each))).toMatchObject({ id: each.id, request: each.request })
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['a member twice', 'Payment id="a", id="b", realm="r", method="amp", intent="charge", request="e30"'],
    ['no identifier', 'Payment realm="r", method="amp", intent="charge", request="e30"'],
    ['an identifier that is empty', 'Payment id="", realm="r", method="amp", intent="charge", request="e30"'],
    ['a method with a hyphen', 'Payment id="a", realm="r", method="amp-nano", intent="charge", request="e30"'],
    ['a request that is no object', 'Payment id="a", realm="r", method="amp", intent="charge", request="W10"'],
    [
      'a request that names a member twice',
      `Payment id="a", realm="r", method="amp", intent="charge", request="${Buffer.from('{"a":1,"a":2}').toString('base64url')}"`,
    ],
    ['an open quote', 'Payment id="a", realm="r'],
    ['no words', ',,;'],
  ])('with %s is none', (_, header) => {
    expect(readChallenges(header)).toBeUndefined()
  })

  it('of another scheme is not ours, and a long text is read in a moment', () => {
    expect(readChallenges('Basic realm="r"')).toEqual([])
    const before = performance.now()
    readChallenges(`Payment ${'a="\\"'.repeat(20_000)}`)
    readChallenges(`${'x '.repeat(50_000)}`)
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})

describe('a credential', () => {
  it('goes to mppx and comes back', () => {
    fc.assert(
      fc.property(challenge, json, fc.option(fc.constant('did:key:z6Mk')), (made, payload, source) => {
        const ours = { challenge: made, payload: payload as never, ...(source ? { source } : {}) }
        const text = writeCredential(ours)
        expect(PeerCredential.deserialize(text)).toMatchObject({
          payload,
          challenge: { id: made.id, request: made.request },
        })
        const [found = ''] = credentialsIn(text)
        expect(readCredential(found)).toEqual(ours)
        const [theirs = ''] = credentialsIn(PeerCredential.serialize(ours as never))
        expect(readCredential(theirs)).toEqual(ours)
      }),
      { numRuns: 100 },
    )
  })

  it('is found among others, as often as it comes', () => {
    expect(credentialsIn('Bearer abc, Payment e30, payment W10')).toEqual(['e30', 'W10'])
    expect(readCredential('e30')).toBeUndefined()
    expect(readCredential('%%%')).toBeUndefined()
  })
})

describe('a receipt', () => {
  it('goes to mppx and comes back; without its members it is none', () => {
    const receipt = {
      status: 'success',
      method: 'amp',
      timestamp: '2026-11-20T10:00:00Z',
      reference: 'r',
      charged: '1',
    } as const
    expect(PeerReceipt.deserialize(writeReceipt(receipt))).toMatchObject(receipt)
    expect(readReceipt(PeerReceipt.serialize(receipt as never))).toEqual(receipt)
    for (const name of ['status', 'method', 'timestamp', 'reference']) {
      const { [name]: _, ...rest } = receipt as Record<string, string>
      expect(readReceipt(writeReceipt(rest as never))).toBeUndefined()
    }
  })
})
