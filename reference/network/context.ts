/** What every part of the network is built from. */
import type { RoleContext } from '../http/operation.ts'
import type { NetworkDatabase } from './records.ts'

export type NetworkContext = RoleContext<NetworkDatabase>
