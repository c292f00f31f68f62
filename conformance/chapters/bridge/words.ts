/** What checks of bridges have in common: proposals, refusals in whatever shape, and what of them reached AMP. */
import type { ProblemCode } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { equal, holds, Inconclusive, refused, told } from '../../expect.ts'
import type { ForeignProtocol, Unsaid } from '../../foreign/protocol.ts'
import { type BridgeStage, bridgeStage, type Otherwise } from '../../stages/bridge.ts'
import type { Answer } from '../../target/client.ts'

export const check = chapterOf('bridge', 'bridge', bridgeStage)

export const isTaken = ({ status }: Answer): boolean => status >= 200 && status < 300

/** A refusal with one of these codes; a protocol with an answer shape of its own has none to show. */
export const declined = (answer: Answer, codes: ProblemCode | readonly ProblemCode[]): void => {
  holds(!isTaken(answer), 'a refusal', told(answer))
  if (/^application\/problem\+json/.test(answer.headers['content-type'] ?? '')) refused(answer, codes)
}

/** Members of a taken answer, where it is in AMP's own shape. */
export const memberOf = (answer: Answer, name: string): unknown =>
  ((answer.body ?? {}) as Record<string, unknown>)[name]

/** An order that is proposed, with what came of it. */
export const propose = async (stage: BridgeStage, protocol: ForeignProtocol, change?: Otherwise) => {
  const [checkout, by] = [stage.order(), await stage.agent()]
  const answer = await stage.send(await stage.pay(protocol, checkout, by, change))
  return { checkout, by, answer, asked: stage.askedAbout(checkout) }
}

/** A proposal that has to be taken before a check can go on. */
export const proposed = async (stage: BridgeStage, protocol: ForeignProtocol) => {
  const made = await propose(stage, protocol)
  const [asked] = made.asked
  if (!isTaken(made.answer) || !asked)
    throw new Inconclusive(`${protocol.protocol}: a good proposal came to nothing: ${told(made.answer)}`)
  return { ...made, asked: [asked] as const }
}

/** A message that is wrong in one thing is refused for it, and asks nothing of AMP; a good one before and after passes. */
export const refusesAll = async (
  stage: BridgeStage,
  codes: ProblemCode | readonly ProblemCode[],
  wrongs: (protocol: ForeignProtocol) => readonly Otherwise[] | Promise<readonly Otherwise[]>,
  says?: Unsaid,
): Promise<void> => {
  for (const protocol of stage.protocols('look', says)) {
    const attempt = async (otherwise?: Otherwise) => {
      if (protocol.pay) return propose(stage, protocol, otherwise)
      const by = await stage.agent()
      return { answer: await stage.send(await stage.look(protocol, by, otherwise)), asked: [] }
    }
    const passes = async (): Promise<void> => {
      const { answer } = await attempt()
      if (!isTaken(answer)) throw new Inconclusive(`${protocol.protocol}: the control was refused: ${told(answer)}`)
    }
    await passes()
    for (const wrong of await wrongs(protocol)) {
      const { answer, asked } = await attempt(wrong)
      declined(answer, codes)
      equal(asked.length, 0, 'requests to AMP')
    }
    await passes()
  }
}
