/** What the doctor says of one thing it looked at. */

/** One thing that was looked at. What is `wrong` stops the run and comes with its cure; a `note` does not. */
export type Finding = {
  readonly about:
    | 'address'
    | 'reachability'
    | 'tls'
    | 'auth'
    | 'callback'
    | 'discovery'
    | 'version'
    | 'roles'
    | 'keys'
    | 'clock'
    | 'hooks'
    | 'certificate'
  readonly state: 'fine' | 'note' | 'wrong'
  readonly says: string
  readonly cure?: string
}

export const fine = (about: Finding['about'], says: string): Finding => ({ about, state: 'fine', says })
export const note = (about: Finding['about'], says: string, cure: string): Finding => ({
  about,
  state: 'note',
  says,
  cure,
})
export const wrong = (about: Finding['about'], says: string, cure: string): Finding => ({
  about,
  state: 'wrong',
  says,
  cure,
})
