/** Runtime identity at a network: user, exact version and attested runtime, each challenge once, and no word on which part failed. */
import { signAttestation, thumbprintOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { equal, given, refused, taken } from '../../expect.ts'
import type { Party } from '../../parties.ts'
import type { Held } from '../../stages/network.ts'
import { offering, type TrustStage, trustStage } from '../../stages/trust.ts'

const check = chapterOf('kya', 'network', offering('kya', trustStage))

/** A mandate, and a verifier of runtimes the target trusts. */
const setUp = async (stage: TrustStage) => {
  const verifier = await stage.dice.party(`https://attester-${stage.dice.word()}.example`)
  await stage.scene.hooks.call('trustAttester', { issuer: verifier.id, jwks: { keys: [verifier.jwk] } })
  return { verifier, held: await stage.hold(stage.autonomous(90_000)) }
}

const challengeFor = async (stage: TrustStage, { agent }: Held): Promise<string> => {
  const { agentId } = agent
  const answer = await stage.client.call('network.createChallenge', { agentId }, stage.provider)
  return given('network.createChallenge', answer).challenge
}

/** What a verifier says of the runtime of an agent, right in everything but what a check changes. */
const attest = async (
  stage: TrustStage,
  held: Held,
  verifier: Party,
  change: Record<string, unknown> = {},
): Promise<string> => {
  const now = stage.session.now()
  return signAttestation(
    {
      ...{
        iss: verifier.id,
        iat: now,
        exp: now + 300,
        eat_nonce: change.eat_nonce ?? (await challengeFor(stage, held)),
      },
      ...{
        ueid: stage.dice.word().padEnd(8, 'A'),
        cnf: { jkt: thumbprintOf(held.agent.key) },
        swname: held.agent.agentId,
      },
      ...{ swversion: '1.0.0', dbgstat: 'disabled-permanently' },
      ...change,
    },
    verifier,
  )
}

const show = (stage: TrustStage, held: Held, runtimeAttestation: string) =>
  stage.apply(held, stage.order(100), { request: { runtimeAttestation } })

/** An attestation that holds, one with each change that does not, and the first kind again. */
const refusedFor = async (
  stage: TrustStage,
  changes: (held: Held) => Promise<readonly Record<string, unknown>[]>,
): Promise<void> => {
  const { verifier, held } = await setUp(stage)
  taken(await show(stage, held, await attest(stage, held, verifier)))
  for (const change of await changes(held))
    refused(await show(stage, held, await attest(stage, held, verifier, change)), 'runtime-attestation-invalid')
  taken(await show(stage, held, await attest(stage, held, verifier)))
}

export const runtimeChecks = [
  check('EXT-KYA-10', 'another version than the one reviewed, or another agent, is refused', (stage) =>
    refusedFor(stage, async () => [{ swversion: '1.0.1' }, { swname: 'agent-other' }]),
  ),
  check('EXT-KYA-10', 'what an unknown verifier says counts for nothing', async (stage) => {
    const { verifier, held } = await setUp(stage)
    const stranger = await stage.dice.party(verifier.id)
    refused(await show(stage, held, await attest(stage, held, stranger)), 'runtime-attestation-invalid')
    taken(await show(stage, held, await attest(stage, held, verifier)))
  }),
  check('EXT-KYA-11', 'a challenge counts once, and for the key of its agent alone', async (stage) => {
    const { verifier, held } = await setUp(stage)
    const attested = await attest(stage, held, verifier)
    taken(await show(stage, held, attested))
    refused(await show(stage, held, attested), 'runtime-attestation-invalid')
    const other = await stage.hold(stage.autonomous(5_000))
    const foreign = await attest(stage, held, verifier, { eat_nonce: await challengeFor(stage, other) })
    refused(await show(stage, held, foreign), 'runtime-attestation-invalid')
    const key = { cnf: { jkt: thumbprintOf(other.agent.key) } }
    refused(await show(stage, held, await attest(stage, held, verifier, key)), 'runtime-attestation-invalid')
  }),
  check('EXT-KYA-12', 'an old attestation, and one of a runtime that can be debugged, is refused', (stage) =>
    refusedFor(stage, async () => [{ iat: stage.session.now() - 301 }, { dbgstat: 'enabled' }]),
  ),
  check('EXT-KYA-13', 'a refusal reads the same whichever part failed', async (stage) => {
    const { verifier, held } = await setUp(stage)
    const wrong = [{ swversion: '9' }, { dbgstat: 'enabled' }, { eat_nonce: stage.dice.nonce() }]
    const told: unknown[] = []
    for (const change of wrong) {
      const answer = await show(stage, held, await attest(stage, held, verifier, change))
      const { instance: _instance, ...problem } = refused(answer, 'runtime-attestation-invalid')
      told.push(problem)
    }
    equal(told.slice(1), told.slice(0, -1), 'the refusals')
  }),
]
