/** The fate of every field of ERC-8004 files. */
import { carried, derived, type FieldRule, lost } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'

const always: readonly FieldRule[] = [
  lost('method', 'a file is what it is however it comes'),
  lost('url/authority', 'a domain shows a registration of its own, which is for the rating to ask'),
  derived('url/path', 'evidence/domain', 'the well-known path is where a domain shows a registration'),
  lost('url/query', 'a file is what it is however it comes'),
  lost('header/**', 'AMP has no place for it'),
]

export const registrationRules: readonly FieldRule[] = [
  ...always,
  derived('body/type', 'evidence/registration', 'tells the version of the standard'),
  carried('body/name', 'identity/agent/name'),
  derived('body/registrations/0/agentId', 'identity/agent/id', 'after the registry'),
  derived('body/registrations/0/agentRegistry', 'identity/agent/id', 'namespace, chain and address'),
  lost('body/registrations/**', 'one registration is named'),
  lost('body/services/**', 'addresses the agent claims; none is ever fetched'),
  lost('body/x402Support', 'another rail'),
  lost('body/active', 'AMP asks its own register whether an agent may act'),
  lost('body/supportedTrust/**', 'AMP has its own rating'),
  lost('body/**', 'words of the agent about itself'),
]

export const feedbackRules: readonly FieldRule[] = [
  ...always,
  derived('body/agentRegistry', 'identity/agent/id', 'namespace, chain and address'),
  derived('body/agentId', 'identity/agent/id', 'after the registry'),
  derived(
    'body/clientAddress',
    'evidence/reputation',
    'the reviewer is named: a score without reviewers is worth nothing',
  ),
  derived('body/value', 'evidence/reputation', 'is told with its decimals, as a statement of the reviewer'),
  derived('body/valueDecimals', 'evidence/reputation', 'is told with the value'),
  lost('body/proofOfPayment/**', 'a payment of another rail'),
  lost('body/**', 'a detail of the review'),
]

export const ercMessages: readonly MessageKind[] = [
  { name: 'registration file', direction: 'in', yields: 'identity', rules: registrationRules },
  { name: 'feedback file', direction: 'in', yields: 'identity', rules: feedbackRules },
]
