/** Every protocol the suite speaks to a bridge. */
import type { ForeignProtocol } from './protocol.ts'
import { visaTap, webBotAuth } from './signed-request.ts'
import { ucp } from './ucp.ts'

export const foreignProtocols: readonly ForeignProtocol[] = [visaTap, webBotAuth, ucp]
