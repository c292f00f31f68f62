/** The accounts of a translation: every field of a foreign message is carried, derived or lost, exactly once (law 2). */

/**
 * What happens to the fields a pattern names. Patterns are paths with `/` between steps; `*` stands for one step, a
 * last `**` for all that follow, and `**` in `to` for the same steps again. The first rule that matches decides.
 */
export type FieldRule =
  | { readonly field: string; readonly fate: 'carried'; readonly to: string }
  | { readonly field: string; readonly fate: 'derived'; readonly to: string; readonly rule: string }
  | { readonly field: string; readonly fate: 'lost'; readonly why: string }
  /** Never reaches the accounts: its presence refuses the message. Listed for the matrix. */
  | { readonly field: string; readonly fate: 'refused'; readonly why: string }

export const carried = (field: string, to: string): FieldRule => ({ field, fate: 'carried', to })
export const derived = (field: string, to: string, rule: string): FieldRule => ({ field, fate: 'derived', to, rule })
export const lost = (field: string, why: string): FieldRule => ({ field, fate: 'lost', why })
export const refused = (field: string, why: string): FieldRule => ({ field, fate: 'refused', why })

/** Every field once: unchanged at `to` in the result, used for `to` by a rule, or lost for a reason. */
export type Accounts = {
  readonly carried: readonly { readonly field: string; readonly to: string }[]
  readonly derived: readonly { readonly field: string; readonly to: string; readonly rule: string }[]
  readonly losses: readonly { readonly field: string; readonly why: string }[]
}

/** The steps `**` stands for where the pattern matches, an empty string where it has none; otherwise nothing. */
const match = (pattern: string, field: string): string | undefined => {
  const wanted = pattern.split('/')
  const steps = field.split('/')
  for (const [index, step] of wanted.entries()) {
    if (step === '**') return steps.slice(index).join('/')
    if (steps[index] === undefined || (step !== '*' && step !== steps[index])) return undefined
  }
  return wanted.length === steps.length ? '' : undefined
}

/** Settles every field by the first rule that names it; a field no rule names is lost, and says so. */
export const account = (fields: readonly string[], rules: readonly FieldRule[]): Accounts => {
  const carries: Accounts['carried'][number][] = []
  const derives: Accounts['derived'][number][] = []
  const losses: Accounts['losses'][number][] = []
  for (const field of fields) {
    const settle = (rule: FieldRule): boolean => {
      const rest = match(rule.field, field)
      if (rest === undefined) return false
      if (rule.fate === 'carried') carries.push({ field, to: rule.to.replace('**', rest) })
      else if (rule.fate === 'derived') derives.push({ field, to: rule.to, rule: rule.rule })
      else losses.push({ field, why: rule.why })
      return true
    }
    if (!rules.some(settle)) losses.push({ field, why: 'the adapter does not know this field' })
  }
  return { carried: carries, derived: derives, losses }
}
