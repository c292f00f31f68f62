/** One change of a layer before it is signed: what a check wants to see refused. */
import type { Change } from '../assurance.ts'

const without = (members: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([key]) => key !== name))

/** A claim with another value. */
export const claim =
  (name: string, value: unknown): Change =>
  (draft) => ({ ...draft, claims: { ...draft.claims, [name]: value } })

/** A claim that is left out. */
export const gone =
  (name: string): Change =>
  (draft) => ({ ...draft, claims: without(draft.claims, name) })

/** A member of the header with another value. */
export const header =
  (name: string, value: unknown): Change =>
  (draft) => ({ ...draft, header: { ...draft.header, [name]: value } })

/** A disclosure that is digested and not shown. */
export const hidden =
  (name: string): Change =>
  (draft) => ({ ...draft, disclosures: without(draft.disclosures, name) })

/** A time some seconds from the time of issue. */
export const later =
  (seconds: number, name: string): Change =>
  (draft) => ({ ...draft, claims: { ...draft.claims, [name]: Number(draft.claims.iat) + seconds } })
