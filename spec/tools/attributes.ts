/** The line of attributes below a requirement: who it binds, where a breach shows, its profile and its conflicts. */

const actors = [
  'any',
  'user',
  'buyer-agent',
  'seller-agent',
  'credential-provider',
  'network',
  'merchant',
  'acquirer',
  'wallet',
  'identity-signature-provider',
  'clearing',
  'bridge',
] as const
const observables = ['http', 'artefact', 'inside', 'organisational'] as const
const profiles = ['core-artefact', 'core-http', 'wallet-service', 'governance'] as const

export type Actor = (typeof actors)[number]

/** Where a breach shows: over HTTP, in a signed artefact, only inside an implementation, or only in an organisation. */
export type Observable = (typeof observables)[number]

/** `actor` bears the duty first, `coActors` with it; `conflicts` are numbers of contradictions.md. */
export type Attributes = {
  readonly actor: Actor
  readonly coActors: readonly Actor[]
  readonly observable: Observable
  readonly profile: string
  readonly conflicts: readonly number[]
}

const form = /^ {2}`actor: ([a-z, -]+)` `observable: ([a-z]+)` `profile: ([a-z-]+)`(?: conflicts (.+))?$/
const conflict = /^\[(\d+)\]\(\.\.\/contradictions\.md#conflict-\1\)$/

const isOneOf = <Word extends string>(words: readonly Word[], word: string): word is Word =>
  (words as readonly string[]).includes(word)

/** Profiles a requirement of an area can name: four published ones, or the extension itself. */
const profilesOf = (area: string): readonly string[] =>
  area.startsWith('AMP-') ? profiles : [area.slice('EXT-'.length).toLowerCase()]

/** The attributes of a requirement of an area (`AMP-TRUST`, `EXT-HTTP`), or what is wrong with the line. */
export const parseAttributes = (text: string, area: string): Attributes | string => {
  const match = form.exec(text)
  if (!match)
    return 'the line below a requirement reads "  `actor: …` `observable: …` `profile: …`", then its conflicts'
  const [, names = '', observable = '', profile = '', links] = match
  const parties = names.split(', ')
  const [actor, ...coActors] = parties.filter((name) => isOneOf(actors, name))
  if (!actor || coActors.length !== parties.length - 1) return `"${names}" does not name actors`
  if (!isOneOf(observables, observable)) return `"${observable}" is no observability`
  if (!isOneOf(profilesOf(area), profile)) return `"${profile}" is no profile of ${area}`
  const conflicts = (links?.split(', ') ?? []).map((link) => Number(conflict.exec(link)?.[1]))
  const rising = conflicts.every((number, index) => number > (conflicts[index - 1] ?? 0))
  if (!rising) return 'conflicts are links "[n](../contradictions.md#conflict-n)" in rising order'
  return { actor, coActors, observable, profile, conflicts }
}
