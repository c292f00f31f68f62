/** What every adapter brings to the laws: valid messages, an account of their fields made on its own, and tampering. */
import type fc from 'fast-check'
import type { BridgeContext } from '../../bridge/adapter.ts'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'
import { acpSamples } from './acp/samples.ts'
import { ap2Samples } from './ap2/samples.ts'
import { ercSamples } from './erc-8004/samples.ts'
import { tacSamples } from './forter-tacp/samples.ts'
import { kyaSamples } from './kyapay/samples.ts'
import { agentPaySamples } from './mastercard-agent-pay/samples.ts'
import { mppSamples } from './mpp/samples.ts'
import { ucpSamples } from './ucp/samples.ts'
import { intentSamples } from './verifiable-intent/samples.ts'
import { vicSamples } from './visa-intelligent-commerce/samples.ts'
import { tapSamples } from './visa-tap/samples.ts'
import { botSamples } from './web-bot-auth/samples.ts'
import { x402Samples } from './x402/samples.ts'

/** A message as text, with a maker of contexts in which it is valid (each with a nonce store of its own). */
export type Sample = {
  readonly message: TapRequest
  readonly context: (more?: Partial<BridgeContext>) => BridgeContext
  /** Whether the protocol only identifies the sender here: then no draft may come out. */
  readonly identityOnly: boolean
  /** Every field with its value, found without the adapter's own code. */
  readonly fields: ReadonlyMap<string, unknown>
}

/** One way to change a valid message or its circumstances by one bit or step, and the only answer to it. */
export type Tampering = {
  readonly name: string
  readonly code: string
  /** The change is found only after the nonce was spent, so the message itself no longer passes. */
  readonly isLate?: boolean
  /** `pick` chooses the place, any natural number. Nothing where the message has no such place. */
  readonly apply: (
    sample: Sample,
    pick: number,
  ) => { readonly message?: TapRequest; readonly context?: Partial<BridgeContext> } | undefined
}

/** The samples of one protocol. */
export type SampleSource = {
  readonly valid: fc.Arbitrary<() => Promise<Sample>>
  readonly tamperings: readonly Tampering[]
  /** Evidence only: this protocol never proposes anything. */
  readonly neverDrafts?: boolean
  /** A protocol without a signature or nonce: nothing to replay, so the law of one use is for its own rail. */
  readonly neverReplays?: boolean
  /** Only some of its messages are signed: those pass once. */
  readonly sometimesReplays?: boolean
}

/** By protocol: an adapter without an entry fails the laws. */
export const samples: Readonly<Record<string, SampleSource>> = {
  'visa-intelligent-commerce': vicSamples,
  'mastercard-agent-pay': agentPaySamples,
  'verifiable-intent': intentSamples,
  kyapay: kyaSamples,
  ucp: ucpSamples,
  acp: acpSamples,
  x402: x402Samples,
  mpp: mppSamples,
  'visa-tap': tapSamples,
  'web-bot-auth': botSamples,
  'forter-tacp': tacSamples,
  'erc-8004': ercSamples,
  ap2: ap2Samples,
}
