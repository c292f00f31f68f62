/** What checks of bridges have in common: one check for each protocol, refusals in whatever shape, what reached AMP. */
import type { ProblemCode } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { equal, holds, Inconclusive, refused, told } from '../../expect.ts'
import { foreignProtocols } from '../../foreign/index.ts'
import { type ForeignProtocol, nameOf, type Unsaid } from '../../foreign/protocol.ts'
import { type BridgeStage, bridgeStage, type Otherwise, type Proposal } from '../../stages/bridge.ts'
import type { Answer } from '../../target/client.ts'

export const check = chapterOf('bridge', 'bridge', bridgeStage)

/** What a protocol has to be able to do for a check: propose an order, bounds, either of them, nothing, or whatever it does. */
type Ability = 'pay' | 'delegate' | 'propose' | 'look' | 'speak'

const can = (protocol: ForeignProtocol, ability: Ability): boolean => {
  if (ability === 'speak') return true
  if (ability === 'propose') return protocol.pay !== undefined || protocol.delegate !== undefined
  return protocol[ability] !== undefined
}

/** One check for each protocol that can do something and has what is asked about; a bridge is asked those it takes. */
export const each = (
  requirement: string,
  title: string,
  [ability, ...needs]: readonly [Ability, ...Unsaid[]],
  play: (stage: BridgeStage, protocol: ForeignProtocol) => Promise<void>,
): readonly Check[] =>
  foreignProtocols
    .filter((protocol) => can(protocol, ability) && !needs.some((need) => protocol.lacks?.includes(need)))
    .map((protocol) =>
      check(requirement, `${nameOf(protocol)}: ${title}`, async (stage) => {
        stage.takes(protocol)
        await play(stage, protocol)
      }),
    )

/** A message was taken, or the protocol's own answer says that the user has to decide. */
export const isHeard = ({ status, body }: Answer, { hears }: Pick<ForeignProtocol, 'hears'>): boolean =>
  hears?.(status, body) ?? (status >= 200 && status < 300)

/** A refusal with one of these codes; a protocol with an answer shape of its own has none to show. */
export const declined = (
  answer: Answer,
  codes: ProblemCode | readonly ProblemCode[],
  protocol: Pick<ForeignProtocol, 'hears'> = {},
): void => {
  holds(!isHeard(answer, protocol), 'a refusal', told(answer))
  if (/^application\/problem\+json/.test(answer.headers['content-type'] ?? '')) refused(answer, codes)
}

/** Members of a taken answer, where it is in AMP's own shape. */
export const memberOf = (answer: Answer, name: string): unknown =>
  ((answer.body ?? {}) as Record<string, unknown>)[name]

/** A proposal that is sent, with what came of it. */
export const sent = async (stage: BridgeStage, proposal: Proposal, otherwise?: Otherwise) => {
  const answer = await stage.send(await proposal.make(otherwise))
  return { answer, asked: stage.askedAbout(proposal) }
}

/** A proposal that has to be taken before a check can go on. */
export const proposed = async (stage: BridgeStage, protocol: ForeignProtocol) => {
  const { answer, asked } = await sent(stage, stage.proposal(protocol, await stage.agent(protocol)))
  const [first] = asked
  if (!isHeard(answer, protocol) || !first) throw new Inconclusive(`a good proposal came to nothing: ${told(answer)}`)
  return { answer, asked: first }
}

/** A message that is wrong in one thing is refused for it, and asks nothing of AMP; a good one before and after passes. */
export const refusesAll = async (
  stage: BridgeStage,
  protocol: ForeignProtocol,
  codes: ProblemCode | readonly ProblemCode[],
  wrongs: readonly ((by: Proposal['by']) => Otherwise)[],
): Promise<void> => {
  const attempt = async (wrong?: (typeof wrongs)[number]) => {
    const by = await stage.agent(protocol)
    const otherwise = wrong?.(by)
    if (!can(protocol, 'propose'))
      return { answer: await stage.send(await stage.look(protocol, by, otherwise)), asked: [] }
    return sent(stage, stage.proposal(protocol, by), otherwise)
  }
  const passes = async (): Promise<void> => {
    const { answer } = await attempt()
    if (!isHeard(answer, protocol)) throw new Inconclusive(`the control was refused: ${told(answer)}`)
  }
  await passes()
  for (const wrong of wrongs) {
    const { answer, asked } = await attempt(wrong)
    declined(answer, codes, protocol)
    equal(asked.length, 0, 'requests to AMP')
  }
  await passes()
}
