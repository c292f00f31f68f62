/** Every adapter there is. A protocol is a folder and a line here; the matrix and the laws follow by themselves. */
import { type SealedAdapter, sealAdapter } from './adapter.ts'
import { visaTap } from './visa-tap/index.ts'

export const adapters: readonly SealedAdapter[] = [sealAdapter(visaTap)]

/** The adapter of a protocol, or nothing. */
export const adapterOf = (protocol: string): SealedAdapter | undefined =>
  adapters.find((adapter) => adapter.protocol === protocol)
