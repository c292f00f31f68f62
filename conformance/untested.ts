/** Requirements that nothing outside can show this suite, each with the reason. */
import { requirements } from './requirements.ts'

/** Reasons by what the specification says of a requirement. */
const byMark: Readonly<Record<string, string>> = {
  organisational: 'It binds an organisation: a review file, a contract or a notice shows it, no message does.',
  inside: 'It happens inside one party: no message, artefact or hook shows it.',
}

const buyerAgent =
  'It binds the talk of a buyer agent with its user; what comes of it is judged where the draft arrives (AMP-TRUST-087).'
const agentConduct =
  'It binds what a buyer agent decides before it calls; a wrong decision is judged where it arrives (AMP-TRUST-088, AMP-PAY-052).'
const permission = 'It permits something and forbids nothing: no conduct contradicts it.'

const unseenRating =
  'What a network shows of it is judged by EXT-RATING-1 to 10; the rest is a law of the pure core, held by properties.'

const unseenGate =
  'Whether a network has a gate, and with which policy, is for its operator to say and on no wire; tests of the reference hold it.'

const verifier = 'It binds whoever verifies a bundle: the suite does so itself, and tests change each byte of one.'

const byId: Readonly<Record<string, string>> = {
  'AMP-TRUST-025': permission,
  'AMP-TRUST-027': permission,
  'AMP-TRUST-034': 'What a mandate should state beyond its schema depends on a task in words, which no rule compares.',
  'AMP-TRUST-043': buyerAgent,
  'AMP-TRUST-044': 'What a mandate should state beyond its schema depends on a task in words, which no rule compares.',
  'AMP-TRUST-045': buyerAgent,
  'AMP-TRUST-046': permission,
  'AMP-TRUST-082': agentConduct,
  'AMP-FLOW-008': buyerAgent,
  'AMP-PAY-022': agentConduct,
  'AMP-PAY-029': agentConduct,
  'AMP-PAY-032': agentConduct,
  'AMP-WALLET-005': permission,
  'AMP-WALLET-007': 'It binds the user, who is no target.',
  'AMP-WALLET-011': permission,
  'AMP-WALLET-038': permission,
  'AMP-WALLET-039': permission,
  'AMP-WALLET-042': permission,
  'AMP-WALLET-043': permission,
  'EXT-RATING-3': unseenRating,
  'EXT-RATING-5': unseenRating,
  'EXT-RATING-7': unseenRating,
  'EXT-RATING-11': unseenGate,
  'EXT-RATING-12': unseenGate,
  'EXT-RATING-13': unseenGate,
  'EXT-RATING-14': unseenGate,
  'EXT-RATING-15': unseenGate,
  'EXT-RATING-16': unseenGate,
  'EXT-EVIDENCE-10': verifier,
  'EXT-EVIDENCE-12': verifier,
  'EXT-CLEARING-34': 'To show it a run would have to flood the target, which would be an attack on a shared one.',
  'EXT-HTTP-12': 'To show it a run would have to flood the target, which would be an attack on a shared one.',
  'EXT-HTTP-48': 'What an operator configured is not on the wire; that hooks need their secret is EXT-HTTP-47.',
}

/** Reasons by chapter: extensions that no role of AMP speaks over HTTP. */
const byFile: Readonly<Record<string, string>> = {
  'extensions/handler.md': 'It travels inside another protocol: held by the tests of the bridge.',
}

/** Reason by requirement id. */
export const excuses: Readonly<Record<string, string>> = Object.fromEntries(
  [...requirements.values()].flatMap(({ id, observable, file }) => {
    const reason = byId[id] ?? byFile[file] ?? byMark[observable]
    return reason === undefined ? [] : [[id, reason]]
  }),
)
