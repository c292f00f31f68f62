/** Machine Payments Protocol: an `amp` method for charge and session, on either side, over HTTP and MCP. */
export { payingCalls, payingFetch } from './client.ts'
export { ampClient, ampServer } from './peer.ts'
export { type Price, priced, pricedCalls, type ServerParts, type Session } from './server.ts'
