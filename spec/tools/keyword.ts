/** The keywords of RFC 2119 and RFC 8174, and the grade each gives a requirement. */

/** How much a requirement weighs in a verdict. */
export type Level = 'MUST' | 'SHOULD' | 'MAY'

const levels = {
  'MUST NOT': 'MUST',
  'SHALL NOT': 'MUST',
  'SHOULD NOT': 'SHOULD',
  'NOT RECOMMENDED': 'SHOULD',
  MUST: 'MUST',
  SHALL: 'MUST',
  REQUIRED: 'MUST',
  SHOULD: 'SHOULD',
  RECOMMENDED: 'SHOULD',
  MAY: 'MAY',
  OPTIONAL: 'MAY',
} as const satisfies Record<string, Level>

export type Keyword = keyof typeof levels

const pattern = new RegExp(`\\b(?:${Object.keys(levels).join('|')})\\b`, 'g')

/** The capitalised keywords of a text, in order; a negated one counts once. */
export const keywordsIn = (text: string): readonly Keyword[] => (text.match(pattern) ?? []) as Keyword[]

/** The grade of a keyword. */
export const levelOf = (keyword: Keyword): Level => levels[keyword]
