/** What a bridge believes of a foreign message: signature, key, time, host, and that it is the first. */
import type { ProblemCode } from '../../../schemas/index.ts'
import { equal, holds, told } from '../../expect.ts'
import type { ForeignProtocol, ForeignRequest } from '../../foreign/protocol.ts'
import { check, declined, isTaken, memberOf, refusesAll } from './words.ts'

/** Flips one bit of the signature a request carries. */
const flipped = (request: ForeignRequest, bit: number): ForeignRequest => {
  const [name, , value = ''] = /^([^=]+)=(:)(.+):$/.exec(request.headers.signature ?? '')?.slice(1) ?? []
  const bytes = Buffer.from(value, 'base64')
  const at = bit % (bytes.length * 8)
  bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
  return { ...request, headers: { ...request.headers, signature: `${name}=:${bytes.toString('base64')}:` } }
}

const forged: readonly ProblemCode[] = [
  'foreign-signature-invalid',
  'foreign-object-mismatch',
  'digest-mismatch',
  'foreign-fields-missing',
]

/** What can be done to a signed request by somebody without its key. */
const tampers = (request: ForeignRequest, bit: number): readonly [ForeignRequest, ...ForeignRequest[]] => [
  flipped(request, bit),
  { ...request, path: `${request.path}-more` },
  ...(request.body === '' ? [] : [{ ...request, body: request.body.replace('Shop ', 'Ship ') }]),
]

const forgeries = ({ forgeries: own = tampers }: ForeignProtocol, request: ForeignRequest, bit: number) =>
  own(request, bit)

export const beliefChecks = [
  check('EXT-BRIDGE-9', 'a message that was changed after it was signed is refused', async (stage) => {
    for (const protocol of stage.protocols()) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const make = () => (protocol.pay ? stage.pay(protocol, checkout, by) : stage.look(protocol, by))
      for (const [index] of forgeries(protocol, await make(), 0).entries()) {
        const wrong = forgeries(protocol, await make(), stage.dice.number(0, 511))[index]
        if (wrong && !(protocol.protocol === 'web-bot-auth' && index === 1)) declined(await stage.send(wrong), forged)
      }
      equal(stage.askedAbout(checkout).length, 0, 'requests to AMP')
      holds(isTaken(await stage.send(await make())), 'the message itself to be taken', protocol.protocol)
    }
  }),
  check('EXT-BRIDGE-9', 'a key under the name of another is refused', (stage) =>
    refusesAll(stage, 'foreign-signature-invalid', async () => {
      const [real, thief] = [await stage.agent(), stage.stranger()]
      return [{ agent: { ...thief, kid: real.kid, es256: { ...thief.es256, kid: real.es256.kid } } }]
    }),
  ),
  check('EXT-BRIDGE-10', 'a key no directory holds is refused', (stage) =>
    refusesAll(stage, ['foreign-agent-unknown', 'directory-unavailable'], () => [{ agent: stage.stranger() }]),
  ),
  check('EXT-BRIDGE-10', 'a key that was taken out of its directory is refused', async (stage) => {
    for (const protocol of stage.protocols()) {
      const by = await stage.agent()
      holds(isTaken(await stage.send(await stage.look(protocol, by))), 'a listed key to be taken', protocol.protocol)
      await stage.trust(by, [])
      declined(await stage.send(await stage.look(protocol, by)), ['foreign-agent-unknown', 'directory-unavailable'])
    }
  }),
  check('EXT-BRIDGE-11', 'a message from the future, over, or valid for too long is refused', (stage) =>
    refusesAll(
      stage,
      ['foreign-not-yet-valid', 'foreign-expired', 'foreign-window-invalid'],
      ({ windowMax, skewMax = 0 }) => {
        const now = stage.session.now()
        return [
          { created: now + 300 + skewMax, expires: now + 500 + skewMax },
          { created: now - 400, expires: now - 130 },
          { created: now - 5, expires: now - 5 },
          ...(windowMax === undefined ? [] : [{ created: now - windowMax - 3_600, expires: now + 200 }]),
        ]
      },
    ),
  ),
  check('EXT-BRIDGE-12', 'a message signed for another host is refused', (stage) =>
    refusesAll(
      stage,
      ['foreign-signature-invalid', 'foreign-audience-mismatch'],
      () => [{ authority: `${stage.dice.word()}.example` }],
      'host',
    ),
  ),
  check('EXT-BRIDGE-13', 'a message that comes again is refused', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const request = await stage.pay(protocol, checkout, by)
      holds(isTaken(await stage.send(request)), 'the first to be taken', protocol.protocol)
      declined(await stage.send(request), 'foreign-nonce-replayed')
      equal(stage.askedAbout(checkout).length, 1, 'requests to AMP')
    }
  }),
  check('EXT-BRIDGE-13', 'of one message sent twelve times at once one is taken', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const request = await stage.pay(protocol, checkout, by)
      const answers = await Promise.all(Array.from({ length: 12 }, () => stage.send(request)))
      equal(answers.filter(isTaken).length, 1, 'messages taken')
      equal(stage.askedAbout(checkout).length, 1, 'requests to AMP')
    }
  }),
  check('EXT-BRIDGE-14', 'a forgery does not use up the nonce of the message it copies', async (stage) => {
    for (const protocol of stage.protocols()) {
      const by = await stage.agent()
      const request = await stage.look(protocol, by)
      declined(await stage.send(forgeries(protocol, request, stage.dice.number(0, 511))[0]), forged)
      const answer = await stage.send(request)
      holds(isTaken(answer), 'the message itself to be taken', told(answer))
    }
  }),
  check('EXT-BRIDGE-15', 'the agent is named as its directory names it', async (stage) => {
    for (const protocol of stage.protocols('look', 'directory-name')) {
      const by = await stage.agent()
      const request = await stage.look(protocol, by)
      const answer = await stage.send({ ...request, headers: { ...request.headers, 'x-agent-id': 'somebody-else' } })
      const identity = memberOf(answer, 'identity') as { agent?: { id?: string } } | undefined
      equal(identity?.agent?.id ?? null, by.id, 'the agent')
    }
  }),
]
