/** The versions of ACP as a table: what is written, when a key is demanded, and how a conflict is answered. */

/** A version of the Agentic Commerce Protocol the adapter reads. */
export type AcpVersion = '2025-09-29' | '2025-12-12' | '2026-01-16' | '2026-01-30' | '2026-04-17'

type Traits = {
  /** Whether the adapter also writes it: older versions have no handlers, so no AMP wallet. */
  readonly writes: boolean
  /** Whether a POST has to carry an Idempotency-Key. */
  readonly needsKey: boolean
  /** Status of a key that comes back with another body. */
  readonly conflict: 409 | 422
  /** Type of errors about idempotency. */
  readonly conflictType: 'request_not_idempotent' | 'invalid_request'
  /** Whether there are carts and a discovery document. */
  readonly hasCarts: boolean
  /** How a session says that the buyer has to approve elsewhere: its status, the code of its message, who resolves it. */
  readonly review: { readonly status: string; readonly code: string; readonly resolution?: string }
}

const signIn = { status: 'not_ready_for_payment', code: 'requires_sign_in' } as const
const approval = { status: 'pending_approval', code: 'approval_required' } as const

const before = {
  needsKey: false,
  conflict: 409,
  conflictType: 'request_not_idempotent',
  hasCarts: false,
  review: signIn,
} as const

export const acpTraits: Readonly<Record<AcpVersion, Traits>> = {
  '2025-09-29': { ...before, writes: false },
  '2025-12-12': { ...before, writes: false },
  '2026-01-16': { ...before, writes: false },
  '2026-01-30': { ...before, writes: true, review: approval },
  '2026-04-17': {
    writes: true,
    needsKey: true,
    conflict: 422,
    conflictType: 'invalid_request',
    hasCarts: true,
    review: { ...approval, resolution: 'requires_buyer_review' },
  },
}

/** All versions, the newest first, as errors list them. */
export const acpVersions = (Object.keys(acpTraits) as AcpVersion[]).reverse() as readonly AcpVersion[]

/** The version written where nobody asks for another. */
export const acpNewest: AcpVersion = '2026-04-17'

export const isAcpVersion = (text: unknown): text is AcpVersion =>
  typeof text === 'string' && Object.hasOwn(acpTraits, text)
