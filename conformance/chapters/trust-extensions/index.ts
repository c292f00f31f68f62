/** Checks of the trust extensions, role by role. */
import type { Check } from '../../check.ts'
import { controlChecks } from './control.ts'
import { deviceChecks } from './devices.ts'
import { disputeChecks } from './dispute.ts'
import { evidenceChecks } from './evidence.ts'
import { guaranteeChecks } from './guarantee.ts'
import { kyaChecks } from './kya.ts'
import { refundChecks } from './refund.ts'
import { runtimeChecks } from './runtime.ts'
import { takeoverChecks } from './takeover.ts'

export const trustExtensionChecks: readonly Check[] = [
  ...evidenceChecks,
  ...guaranteeChecks,
  ...takeoverChecks,
  ...refundChecks,
  ...disputeChecks,
  ...kyaChecks,
  ...runtimeChecks,
  ...deviceChecks,
  ...controlChecks,
]
