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

/** What stands around an object that says itself what it is for; `what` is the object, `of` its protocol. */
export const aroundRules = (what: string, of: string): readonly FieldRule[] => [
  lost('method', `${what} says itself what it is for`),
  lost('url/**', `${what} says itself what it is for`),
  lost('header/**', 'AMP has no place for it'),
  lost('body/**', `the envelope of another protocol around ${of}`),
  lost('body', `the envelope of another protocol around ${of}`),
]

/** Rules that depend on which of several offers was taken, made once for each. */
export const rulesByIndex = (make: (index: number) => readonly FieldRule[]): typeof make => {
  const made = new Map<number, readonly FieldRule[]>()
  return (index) => {
    const known = made.get(index) ?? make(index)
    made.set(index, known)
    return known
  }
}

/** Every field once: unchanged at `to` in the result, used for `to` by a rule, or lost for a reason. */
export type Accounts = {
  readonly carried: readonly { readonly field: string; readonly to: string }[]
  readonly derived: readonly { readonly field: string; readonly to: string; readonly rule: string }[]
  readonly losses: readonly { readonly field: string; readonly why: string }[]
}

/** The steps `**` stands for where the pattern matches, an empty string where it has none; otherwise nothing. */
const match = (wanted: readonly string[], steps: readonly string[]): string | undefined => {
  for (const [index, step] of wanted.entries()) {
    if (step === '**') return steps.slice(index).join('/')
    if (steps[index] === undefined || (step !== '*' && step !== steps[index])) return undefined
  }
  return wanted.length === steps.length ? '' : undefined
}

/** What a field becomes: its rule, and the steps `**` stands for; nothing where no rule names it. */
type Settled = { readonly rule: FieldRule; readonly rest: string } | undefined

/** Rules with their patterns taken apart, and what was settled before: most messages have the same few fields. */
type Compiled = {
  readonly patterns: readonly (readonly string[])[]
  readonly settled: Map<string, Settled>
  readonly accounts: Map<string, Accounts>
}

const compiled = new WeakMap<readonly FieldRule[], Compiled>()
const settledMax = 2_000
/** How many lists of fields are remembered, and how long they may be. */
const [accountsMax, listMax] = [200, 4_096] as const

const compile = (rules: readonly FieldRule[]): Compiled => {
  const known = compiled.get(rules)
  if (known) return known
  const made = {
    patterns: rules.map(({ field }) => field.split('/')),
    settled: new Map<string, Settled>(),
    accounts: new Map<string, Accounts>(),
  }
  compiled.set(rules, made)
  return made
}

const settle = (field: string, rules: readonly FieldRule[], { patterns, settled }: Compiled): Settled => {
  if (settled.has(field)) return settled.get(field)
  const steps = field.split('/')
  let found: Settled
  for (const [index, rule] of rules.entries()) {
    const rest = match(patterns[index] ?? [], steps)
    if (rest === undefined) continue
    found = { rule, rest }
    break
  }
  if (settled.size < settledMax) settled.set(field, found)
  return found
}

const settleAll = (fields: readonly string[], rules: readonly FieldRule[], known: Compiled): Accounts => {
  const carries: Accounts['carried'][number][] = []
  const derives: Accounts['derived'][number][] = []
  const losses: Accounts['losses'][number][] = []
  for (const field of fields) {
    const { rule, rest = '' } = settle(field, rules, known) ?? {}
    if (!rule) losses.push({ field, why: 'the adapter does not know this field' })
    else if (rule.fate === 'carried') carries.push({ field, to: rule.to.replace('**', rest) })
    else if (rule.fate === 'derived') derives.push({ field, to: rule.to, rule: rule.rule })
    else losses.push({ field, why: rule.why })
  }
  return { carried: carries, derived: derives, losses }
}

/**
 * Settles every field by the first rule that names it; a field no rule names is lost, and says so. The accounts of one
 * list of fields are the same every time, and the same object while it is remembered.
 */
export const account = (fields: readonly string[], rules: readonly FieldRule[]): Accounts => {
  const known = compile(rules)
  const list = fields.join('\n')
  const before = known.accounts.get(list)
  if (before) return before
  const accounts = settleAll(fields, rules, known)
  if (list.length <= listMax && known.accounts.size < accountsMax) known.accounts.set(list, accounts)
  return accounts
}

const written = new WeakMap<Accounts['losses'], Pick<Accounts, 'carried' | 'derived'> & { readonly bytes: Buffer }>()

/** Accounts as the last members of a JSON object, with its closing brace. */
export const bytesOfAccounts = ({ carried, derived, losses }: Accounts): Buffer => {
  const known = written.get(losses)
  if (known && known.carried === carried && known.derived === derived) return known.bytes
  const bytes = Buffer.from(JSON.stringify({ carried, derived, losses }).slice(1))
  written.set(losses, { carried, derived, bytes })
  return bytes
}
