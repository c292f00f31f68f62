/** What a bridge believes of a foreign message: signature, key, time, host, and that it is the first. */
import type { ProblemCode } from '../../../schemas/index.ts'
import { equal, holds, NotApplicable, told } from '../../expect.ts'
import { foreignProtocols } from '../../foreign/index.ts'
import { type ForeignProtocol, type ForeignRequest, nameOf } from '../../foreign/protocol.ts'
import { requestForgeries } from '../../foreign/signed-request.ts'
import type { BridgeStage, Otherwise, Proposal } from '../../stages/bridge.ts'
import { check, declined, each, isHeard, memberOf, refusesAll } from './words.ts'

const forged: readonly ProblemCode[] = [
  'foreign-signature-invalid',
  'foreign-object-mismatch',
  'digest-mismatch',
  'foreign-fields-missing',
]
const unknown: readonly ProblemCode[] = ['foreign-agent-unknown', 'directory-unavailable']

const forgeriesOf = ({ forgeries = requestForgeries }: ForeignProtocol, request: ForeignRequest, bit: number) =>
  forgeries(request, bit)

/** Moments a message of a protocol may not be from, as far as it says any. */
const untimely = (
  stage: BridgeStage,
  { windowMax, skewMax = 0, lacks = [] }: ForeignProtocol,
): readonly Otherwise[] => {
  const now = stage.session.now()
  return [
    ...(lacks.includes('begin') ? [] : [{ created: now + 300 + skewMax, expires: now + 500 + skewMax }]),
    { created: now - 400, expires: now - 130 },
    ...(lacks.includes('end') ? [] : [{ created: now - 5, expires: now - 5 }]),
    ...(windowMax === undefined ? [] : [{ created: now - windowMax - 3_600, expires: now + 200 }]),
  ]
}

/** A message of a kind with what would be asked of AMP about it: a proposal where the protocol makes some. */
const either = async (stage: BridgeStage, protocol: ForeignProtocol): Promise<Pick<Proposal, 'make' | 'isAbout'>> => {
  const by = await stage.agent(protocol)
  if (protocol.pay || protocol.delegate) return stage.proposal(protocol, by)
  return { make: (otherwise) => stage.look(protocol, by, otherwise), isAbout: () => false }
}

export const beliefChecks = [
  ...each(
    'EXT-BRIDGE-9',
    'a message that was changed after it was signed is refused',
    ['speak', 'signature'],
    async (stage, protocol) => {
      const one = await either(stage, protocol)
      for (const [index] of forgeriesOf(protocol, await one.make(), 0).entries()) {
        const wrong = forgeriesOf(protocol, await one.make(), stage.dice.number(0, 511))[index]
        if (wrong) declined(await stage.send(wrong), forged, protocol)
      }
      equal(stage.askedAbout(one).length, 0, 'requests to AMP')
      const answer = await stage.send(await one.make())
      holds(isHeard(answer, protocol), 'the message itself to be taken', told(answer))
    },
  ),
  ...each('EXT-BRIDGE-9', 'a key under the name of another is refused', ['speak', 'signature'], (stage, protocol) =>
    refusesAll(stage, protocol, 'foreign-signature-invalid', [(by) => ({ agent: stage.impostor(by) })]),
  ),
  ...each('EXT-BRIDGE-10', 'a key no directory holds is refused', ['speak', 'directory'], (stage, protocol) =>
    refusesAll(stage, protocol, unknown, [() => ({ agent: stage.stranger() })]),
  ),
  ...each(
    'EXT-BRIDGE-10',
    'a key that was taken out of its directory is refused',
    ['speak', 'directory'],
    async (stage, protocol) => {
      const by = await stage.agent(protocol)
      const answer = await stage.send(await stage.message(protocol, by))
      holds(isHeard(answer, protocol), 'a listed key to be taken', told(answer))
      await stage.forget(protocol, by)
      declined(await stage.send(await stage.message(protocol, by)), unknown, protocol)
    },
  ),
  check(
    'EXT-BRIDGE-20',
    'what hooks told is believed until reset, and not after',
    async (stage) => {
      const taken = foreignProtocols.filter((one) => stage.isTakenBy(one) && !one.lacks?.includes('directory'))
      if (taken.length === 0) throw new NotApplicable('the bridge takes no protocol with a list of whom to believe')
      const known = []
      for (const protocol of taken) known.push({ protocol, by: await stage.agent(protocol) })
      for (const { protocol, by } of known) {
        const answer = await stage.send(await stage.message(protocol, by))
        holds(isHeard(answer, protocol), `${nameOf(protocol)}: an agent hooks told of to be known`, told(answer))
      }
      await stage.session.introduce()
      for (const { protocol, by } of known)
        declined(await stage.send(await stage.message(protocol, by)), unknown, protocol)
    },
    'alone',
  ),
  ...each(
    'EXT-BRIDGE-11',
    'a message from the future, over, or valid for too long is refused',
    ['speak', 'time'],
    (stage, protocol) =>
      refusesAll(
        stage,
        protocol,
        ['foreign-not-yet-valid', 'foreign-expired', 'foreign-window-invalid'],
        untimely(stage, protocol).map((wrong) => () => wrong),
      ),
  ),
  ...each('EXT-BRIDGE-12', 'a message signed for another host is refused', ['speak', 'host'], (stage, protocol) =>
    refusesAll(
      stage,
      protocol,
      ['foreign-signature-invalid', 'foreign-audience-mismatch'],
      [() => ({ authority: `${stage.dice.word()}.example` })],
    ),
  ),
  ...each('EXT-BRIDGE-13', 'a message that comes again is refused', ['speak', 'signature'], async (stage, protocol) => {
    const one = await either(stage, protocol)
    const request = await one.make()
    const answer = await stage.send(request)
    holds(isHeard(answer, protocol), 'the first to be taken', told(answer))
    const asked = stage.askedAbout(one).length
    declined(await stage.send(request), 'foreign-nonce-replayed', protocol)
    equal(stage.askedAbout(one).length, asked, 'requests to AMP')
  }),
  ...each(
    'EXT-BRIDGE-13',
    'of one message sent twelve times at once one is taken',
    ['propose', 'signature'],
    async (stage, protocol) => {
      const proposal = stage.proposal(protocol, await stage.agent(protocol))
      const request = await proposal.make()
      const answers = await Promise.all(Array.from({ length: 12 }, () => stage.send(request)))
      equal(answers.filter((answer) => isHeard(answer, protocol)).length, 1, 'messages taken')
      equal(stage.askedAbout(proposal).length, 1, 'requests to AMP')
    },
  ),
  ...each(
    'EXT-BRIDGE-14',
    'a forgery does not use up the nonce of the message it copies',
    ['speak', 'signature'],
    async (stage, protocol) => {
      const request = await (await either(stage, protocol)).make()
      declined(await stage.send(forgeriesOf(protocol, request, stage.dice.number(0, 511))[0]), forged, protocol)
      const answer = await stage.send(request)
      holds(isHeard(answer, protocol), 'the message itself to be taken', told(answer))
    },
  ),
  ...each(
    'EXT-BRIDGE-15',
    'the agent is named as its directory names it',
    ['look', 'directory-name'],
    async (stage, protocol) => {
      const by = await stage.agent(protocol)
      const request = await stage.look(protocol, by)
      const answer = await stage.send({ ...request, headers: { ...request.headers, 'x-agent-id': 'somebody-else' } })
      holds(isHeard(answer, protocol), 'the message to be taken', told(answer))
      const identity = memberOf(answer, 'identity') as { agent?: { id?: string } } | undefined
      equal(identity?.agent?.id ?? null, by.id, 'the agent')
    },
  ),
]
