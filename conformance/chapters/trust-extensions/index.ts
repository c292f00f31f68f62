/** Checks of the trust extensions, role by role. */
import type { Check } from '../../check.ts'
import { evidenceChecks } from './evidence.ts'
import { guaranteeChecks } from './guarantee.ts'
import { takeoverChecks } from './takeover.ts'

export const trustExtensionChecks: readonly Check[] = [...evidenceChecks, ...guaranteeChecks, ...takeoverChecks]
