/** Requirements that nothing outside an implementation can observe, with the reason; the specification marks them. */
import { requirements } from './requirements.ts'

const reasons: Readonly<Record<string, string>> = {
  organisational: 'It binds an organisation: a review file, a contract or a notice shows it, no message does.',
  inside: 'It happens inside one party: no message, artefact or hook shows it.',
}

/** Reason by requirement id. */
export const excuses: Readonly<Record<string, string>> = Object.fromEntries(
  [...requirements.values()].flatMap(({ id, observable }) => {
    const reason = reasons[observable]
    return reason === undefined ? [] : [[id, reason]]
  }),
)
