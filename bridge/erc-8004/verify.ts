/** ERC-8004: nothing here is signed. Whether a file stands behind a registry entry is read from the chain, by others. */
import { accept, type Outcome } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Verified } from '../adapter.ts'
import type { ErcWire } from './wire.ts'

/** A file as it came. What was proven about it: nothing, and the evidence says so. */
export type ErcTrusted = { readonly wire: ErcWire; readonly isHost: boolean }

/** The well-known path at which a domain shows a registration of its own. */
const proofPath = '/.well-known/agent-registration.json'

/** Takes a file for what it is: a statement without a signature. */
export const verify = async (wire: ErcWire, _context: BridgeContext): Promise<Outcome<Verified<ErcTrusted>>> =>
  accept(asVerified({ wire, isHost: new URL(wire.message.url).pathname === proofPath }))
