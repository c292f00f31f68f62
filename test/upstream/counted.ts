/** The translation of the bridge, counting what became of every field of every example it translates. */
import { translate as plain } from '../../bridge/translate.ts'

/** Fields of translated examples by what became of them; `unknown` ones were lost because no rule names them. */
export type Fields = {
  readonly carried: number
  readonly derived: number
  readonly lost: number
  readonly unknown: number
}

const none: Fields = { carried: 0, derived: 0, lost: 0, unknown: 0 }
let counted = none

/** What was counted since the last call. */
export const takeFields = (): Fields => {
  const taken = counted
  counted = none
  return taken
}

/** Translates as the bridge does, and counts. Throws where a field is told twice, for then the counts mean nothing. */
export const translate: typeof plain = async (...parts) => {
  const result = await plain(...parts)
  if (result.outcome !== 'translated') return result
  const { carried, derived, losses } = result
  const told = [...carried, ...derived, ...losses].map(({ field }) => field)
  if (new Set(told).size < told.length) throw new Error(`a field of ${result.protocol} is told twice`)
  const unknown = losses.filter(({ why }) => why === 'the adapter does not know this field').length
  counted = {
    carried: counted.carried + carried.length,
    derived: counted.derived + derived.length,
    lost: counted.lost + losses.length - unknown,
    unknown: counted.unknown + unknown,
  }
  return result
}
