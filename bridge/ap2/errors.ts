/** Refusals of AMP as the four errors AP2 has. */

/** Errors of AP2 by what a problem begins with; what a user could still allow is unresolved, the rest is over. */
const errors: readonly (readonly [start: RegExp, error: string])[] = [
  [/^(protocol-|version-|foreign-wire-form)/, 'mandates_not_supported'],
  [
    /^(foreign-constraint-unknown|mandate-inactive|session-|authorization-|intent-unclear|gate-)/,
    'unresolved_constraint',
  ],
  [
    /^(foreign-object-mismatch|checkout-|order-|merchant-|amount-|budget-|frequency-|retries-|currency-|limit-|mandate-)/,
    'invalid_mandate',
  ],
]

/** The error of AP2 a problem is told as: `invalid_credential` where it is about who signed. */
export const errorOf = (code: string): string => errors.find(([start]) => start.test(code))?.[1] ?? 'invalid_credential'
