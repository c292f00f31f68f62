/** Every protocol the suite speaks to a bridge. */
import { ap2 } from './ap2.ts'
import type { ForeignProtocol } from './protocol.ts'
import { visaTap, webBotAuth } from './signed-request.ts'
import { ucp } from './ucp.ts'

export const foreignProtocols: readonly ForeignProtocol[] = [visaTap, webBotAuth, ucp, ap2]
