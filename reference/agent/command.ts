/** `amp agent`: serves a buyer agent to other software, as MCP tools and as an A2A agent. */
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { isMessage, type Message } from '../../schemas/index.ts'
import { createLog } from '../http/log.ts'
import { readPeerAddress } from '../peers.ts'
import type { OpenAgent } from './open.ts'

type Options = {
  readonly amp?: readonly string[]
  readonly port: number
  readonly host: string
  readonly publicUrl?: string
  readonly mcpStdio?: boolean
  readonly key?: string
  readonly profile?: string
  readonly evidence?: string
  readonly json?: boolean
}

const configuration = 3

const readPort = (text: string): number => {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535; 0 picks a free one.')
  return port
}

const readAddress = (text: string, before: readonly string[] = []): readonly string[] => {
  try {
    return [...before, readPeerAddress(text)]
  } catch {
    throw new InvalidArgumentError('An address is an https URL, or an http URL of this machine.')
  }
}

const readProfile = (file: string | undefined): Message<'trust/agent-profile'> | undefined => {
  if (file === undefined) return undefined
  const profile: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isMessage('trust/agent-profile', profile)) throw new Error(`${file} is no agent profile (trust/agent-profile)`)
  return profile
}

const here = 'http://127.0.0.1:8080'

// Both SDKs take a third of a second to load: only this verb waits for them.

const open = async ({ amp = [here], key, profile, evidence }: Options): Promise<OpenAgent> => {
  const { openAgent } = await import('./open.ts')
  const log = createLog('warn', process.stderr)
  return openAgent({ amp, keyFile: key, profile: readProfile(profile), evidence, log })
}

/** MCP over standard input and output: nothing else is ever written there. */
const speakStdio = async (agent: OpenAgent): Promise<void> => {
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
  const { createMcpServer } = await import('./mcp.ts')
  const server = createMcpServer(agent)
  const transport = new StdioServerTransport()
  process.stdin.once('end', () => void server.close())
  await server.connect(transport as never)
}

const serve = async (agent: OpenAgent, { port, host, publicUrl, json }: Options): Promise<void> => {
  const { serveAgent } = await import('./serve.ts')
  const secret = process.env.AMP_AGENT_SECRET || undefined
  const server = await serveAgent(agent, { port, host, publicUrl, secret })
  const { url } = server
  process.stdout.write(
    json
      ? `${JSON.stringify({ url, mcp: `${url}/mcp`, a2a: `${url}/a2a`, agentId: agent.agentId })}\n`
      : `${url}\nagent ${agent.agentId} (${agent.profile.name})\nMCP: ${url}/mcp\nA2A: ${url}/.well-known/agent-card.json\nstop with Ctrl-C\n`,
  )
  const stop = (): void => void server.stop().then(() => process.exit(0))
  process.once('SIGINT', stop).once('SIGTERM', stop)
}

const run = async (options: Options): Promise<void> => {
  try {
    const agent = await open(options)
    await (options.mcpStdio ? speakStdio(agent) : serve(agent, options))
  } catch (error) {
    process.stderr.write(
      `amp agent: ${error instanceof Error ? error.message : String(error)}\ncheck --amp, --port, --key and AMP_AGENT_SECRET; amp start serves an AMP on this machine\n`,
    )
    process.exitCode = configuration
  }
}

const help = `
The agent registers with the credential provider found at --amp and calls nobody but the parties found there. Users
decide in their wallet; whoever calls the agent asks and spends in its name, so an agent that others than this machine
can reach needs a secret.

Environment: AMP_AGENT_SECRET (bearer token callers of /mcp and /a2a bring).

Examples:
  $ npx amp agent --amp http://127.0.0.1:8080 --port 8090
  $ npx amp agent --amp https://amp.example --key agent.json --mcp-stdio
`

/** The verb `agent`. Exit codes: 0 stopped, 3 configuration. */
export const agentCommand = (): Command =>
  new Command('agent')
    .description('Serve a buyer agent to agent frameworks: MCP tools and an A2A agent')
    .option('--amp <url>', `where AMP is served, repeatable (default ${here})`, readAddress)
    .option('--mcp-stdio', 'speak MCP over standard input and output instead of HTTP')
    .option('--port <n>', 'port; 0 picks a free one', readPort, 8090)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--public-url <url>', 'base URL others reach this server by')
    .option('--key <file>', 'file that keeps key and identifier of the agent; made where there is none')
    .option('--profile <file>', 'who the agent is: JSON as trust/agent-profile')
    .option('--evidence <url>', 'where the evidence of the eight review items is kept')
    .option('--json', 'print one JSON line {"url": ...}')
    .addHelpText('after', help)
    .action(run)
