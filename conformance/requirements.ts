/** The requirements as the suite reads them: keyword and sentence come from the specification, never from a check. */
import { readFileSync } from 'node:fs'
import { packageFile, version } from '../schemas/index.ts'

const files = [
  'published/trust.md',
  'published/payment.md',
  'published/wallet.md',
  'published/flows.md',
  'extensions/http.md',
  'extensions/rating.md',
  'extensions/control.md',
  'extensions/devices.md',
  'extensions/dispute.md',
  'extensions/refund.md',
  'extensions/kya.md',
  'extensions/guarantee.md',
  'extensions/evidence.md',
  'extensions/clearing.md',
  'extensions/bridge.md',
  'extensions/handler.md',
]

/** One requirement. `level` grades a failure: MUST fails, SHOULD warns, MAY is only told. */
export type Requirement = {
  readonly id: string
  readonly sentence: string
  readonly level: 'MUST' | 'SHOULD' | 'MAY'
  readonly observable: string
  readonly file: string
}

const levelOf = (sentence: string): Requirement['level'] => {
  const keyword = /\b(MUST NOT|MUST|SHALL NOT|SHALL|SHOULD NOT|SHOULD|MAY|OPTIONAL)\b/.exec(sentence)?.[1] ?? 'MAY'
  // "MAY ... only while" and "MAY ... and nothing else" forbid everything beside what they permit.
  const forbids = keyword === 'MAY' && /\bonly\b|nothing else/.test(sentence)
  if (forbids || keyword.startsWith('MUST') || keyword.startsWith('SHALL')) return 'MUST'
  return keyword.startsWith('SHOULD') ? 'SHOULD' : 'MAY'
}

/** Every requirement by id, in the order of the specification. */
export const requirements: ReadonlyMap<string, Requirement> = new Map(
  files.flatMap((file) => {
    const text = readFileSync(packageFile('spec', version, file), 'utf8')
    return [...text.matchAll(/^- \*\*((?:AMP|EXT)-[A-Z]+-\d+)\*\* (.+)\n.*?`observable: ([a-z]+)`/gm)].map(
      ([, id = '', sentence = '', observable = '']): [string, Requirement] => [
        id,
        { id, sentence, level: levelOf(sentence), observable, file },
      ],
    )
  }),
)

/** The requirement of an id; an unknown one stops the suite from loading. */
export const requirementOf = (id: string): Requirement => {
  const found = requirements.get(id)
  if (!found) throw new Error(`no requirement ${id} is in the specification ${version}`)
  return found
}
