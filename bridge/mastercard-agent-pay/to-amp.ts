/** A trusted Agent Pay request in AMP's words: the agent, and what its Verifiable Intent proposes. */
import { accept, type Outcome } from '../../reference/core/outcome.ts'
import { account } from '../accounting.ts'
import type { Evidence, Translation, Verified } from '../adapter.ts'
import { keyProof, noMandate } from '../drafts.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { authorityOf } from '../message.ts'
import * as intent from '../verifiable-intent/to-amp.ts'
import { agentPayFieldsOf, rulesOf } from './fields.ts'
import type { AgentPayTrusted } from './verify.ts'

/** What is public of it; the schema of an agentic token is not. */
export const agentPayVersion = 'public pages of 2026'

const said = (body: JsonObject, names: readonly string[]): boolean =>
  names.some((name) => member(body, name) !== undefined)

/** Translates. The token stays on its rail; only a verified intent of a user proposes something. */
export const toAmp = (trusted: Verified<AgentPayTrusted>): Outcome<Translation> => {
  const { wire, key, algorithm, directory } = trusted
  const inner = trusted.intent ? intent.toAmp(trusted.intent) : undefined
  if (inner && !inner.ok) return inner
  const draft = inner?.value.draft
  const { created, expires } = wire.parameters
  const layers = (inner?.value.evidence ?? []).filter(({ kind }) => kind !== 'user-mandate')
  const tokenStatus =
    isObject(wire.body) && said(wire.body, ['srcDigitalCardId', 'dynamicDataType']) ? 'unsigned' : 'absent'
  const evidence: Evidence[] = [
    { kind: 'http-signature', status: 'verified' },
    { kind: 'agentic-token', status: tokenStatus },
    {
      kind: 'authentication',
      status: said(wire.body, ['eci', 'assuranceData', 'assertionJWT']) ? 'unverified' : 'absent',
    },
    { kind: 'intent-bundle', status: inner ? 'verified' : 'absent' },
    ...layers,
    noMandate,
  ]
  const source = { protocol: 'mastercard-agent-pay', version: agentPayVersion, agent: key.agent.id }
  return accept({
    identity: {
      protocol: 'mastercard-agent-pay',
      interaction: draft ? 'payment' : 'browse',
      agent: key.agent,
      directory,
      ...keyProof(key, algorithm),
      audience: authorityOf(wire.message),
      created,
      expires,
    },
    evidence,
    ...(draft ? { draft: { ...draft, source } } : {}),
    ...account(agentPayFieldsOf(wire), rulesOf(trusted.intent ? intent.kindOf(trusted.intent) : 'token')),
  })
}
