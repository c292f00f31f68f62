/** Every mutant of the reference. */
import { acquirerMutants } from './acquirer.ts'
import { agentMutants } from './agent.ts'
import { bridgeMutants } from './bridge.ts'
import { clearingMutants } from './clearing.ts'
import { credentialProviderMutants } from './credential-provider.ts'
import { httpMutants } from './http.ts'
import { merchantMutants } from './merchant.ts'
import type { Mutant } from './mutant.ts'
import { networkMutants } from './network.ts'
import { trustExtensionMutants } from './trust-extensions.ts'
import { walletMutants } from './wallet.ts'

export type { Mutant } from './mutant.ts'

/** All of them, role by role. */
export const mutants: readonly Mutant[] = [
  ...networkMutants,
  ...httpMutants('network'),
  ...credentialProviderMutants,
  ...httpMutants('credential-provider'),
  ...walletMutants,
  ...httpMutants('wallet'),
  ...merchantMutants,
  ...httpMutants('merchant'),
  ...acquirerMutants,
  ...httpMutants('acquirer'),
  ...clearingMutants,
  ...httpMutants('clearing'),
  ...trustExtensionMutants,
  ...bridgeMutants,
  ...agentMutants,
]
