/** A buyer agent other software can use: opened once, spoken to over MCP or A2A. */
export { assuranceMetadata, buyerAgentExtension } from './a2a.ts'
export { assuranceMeta, createMcpServer } from './mcp.ts'
export { type AgentOptions, type OpenAgent, openAgent } from './open.ts'
export { type AgentServer, type AgentServerOptions, serveAgent } from './serve.ts'
