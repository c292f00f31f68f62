/** Proves who may reach a served agent, what of a body is read, and that its key stays where it is. */
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { agentCommand } from '../../../reference/agent/command.ts'
import { openAgent, serveAgent } from '../../../reference/agent/index.ts'
import { packageFile } from '../../../schemas/index.ts'
import { type Cast, createCast } from '../../end-to-end/cast.ts'
import { folderOfFile } from '../../folder.ts'

const secret = 'a-secret-of-this-test'
const folder = folderOfFile('agent')

let cast: Cast
let server: Awaited<ReturnType<typeof serveAgent>>

beforeAll(async () => {
  cast = await createCast()
  server = await serveAgent(await openAgent({ amp: [cast.reference.url] }), { secret })
})
afterAll(async () => {
  await server?.stop()
  await cast?.reference.stop()
})

const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
  const { statusCode, body: answer } = await request(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers },
    body,
  })
  return { status: statusCode, body: (await answer.json()) as { code?: string } }
}

describe('a served agent', () => {
  it.each(['/mcp', '/a2a'])('answers at %s only who brings its secret', async (path) => {
    for (const authorization of ['', 'Bearer another', secret])
      expect(await post(path, '{}', { authorization })).toMatchObject({
        status: 401,
        body: { code: 'session-missing' },
      })
    const client = new Client({ name: 'a-framework', version: '1' })
    const headers = { authorization: `Bearer ${secret}` }
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers } }) as never,
    )
    await client.close()
  })

  it('refuses requests for other hosts and from pages of other origins', async () => {
    for (const headers of [{ host: 'rebound.example' }, { origin: 'https://page.example' }])
      expect(await post('/mcp', '{}', headers)).toMatchObject({ status: 403, body: { code: 'caller-not-allowed' } })
  })

  it.each(['/mcp', '/a2a'])('reads bounded, well-formed bodies at %s', async (path) => {
    expect((await post(path, JSON.stringify('x'.repeat(70_000)))).body.code).toBe('body-too-large')
    for (const body of ['{"a":', '{"a":1,"a":2}', `${'['.repeat(40)}${']'.repeat(40)}`])
      expect((await post(path, body)).body.code).toBe('json-malformed')
  })

  it('begins no session for a stranger to one', async () => {
    expect((await post('/mcp', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}')).status).toBe(400)
    expect(
      (await post('/mcp', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', { 'mcp-session-id': 'made-up' })).status,
    ).toBe(404)
  })

  it('is not served to others than this machine without a secret and a name', async () => {
    const agent = await openAgent({ amp: [cast.reference.url] })
    await expect(serveAgent(agent, { host: '0.0.0.0' })).rejects.toThrow(/secret/)
    await expect(serveAgent(agent, { host: '0.0.0.0', secret })).rejects.toThrow(/public URL/)
    await expect(serveAgent(agent, { publicUrl: 'https://agent.example' })).rejects.toThrow(/secret/)
  })

  it('follows no discovery document to an address nobody told', async () => {
    const honest = (await (await fetch(`${cast.reference.url}/.well-known/amp`)).json()) as {
      roles: { endpoint: string }[]
    }
    const roles = honest.roles.map((role) => ({ ...role, endpoint: 'https://10.0.0.1/credential-provider' }))
    const liar = createServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ ...honest, roles })),
    )
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`
    await expect(openAgent({ amp: [url] })).rejects.toThrow(/10\.0\.0\.1.*not told/)
    await expect(openAgent({ amp: ['http://10.0.0.1'] })).rejects.toThrow(/https/)
    liar.close()
  })

  it('keeps its key in a file of its owner and is the same agent again', async () => {
    const keyFile = join(folder, 'agent.json')
    const first = await openAgent({ amp: [cast.reference.url], keyFile })
    const again = await openAgent({ amp: [cast.reference.url], keyFile })
    expect(again.agentId).toBe(first.agentId)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(keyFile, 'utf8')).key.d).toBeTypeOf('string')
  })
})

describe('amp agent', () => {
  const tsx = packageFile('node_modules/.bin/tsx')

  it('speaks MCP over standard input and output to the official client, and never prints its key', {
    timeout: 120_000,
  }, async () => {
    const keyFile = join(folder, 'stdio.json')
    const transport = new StdioClientTransport({
      command: tsx,
      args: [packageFile('amp.ts'), 'agent', '--amp', cast.reference.url, '--key', keyFile, '--mcp-stdio'],
      stderr: 'pipe',
    })
    const client = new Client({ name: 'a-framework', version: '1' })
    await client.connect(transport as never, { timeout: 100_000 })
    const { tools } = await client.listTools()
    const found = await client.callTool({ name: 'search_products', arguments: { query: 'jacket' } })
    await client.close()
    expect(tools).toHaveLength(10)
    const { d } = JSON.parse(readFileSync(keyFile, 'utf8')).key
    expect(JSON.stringify([tools, found])).not.toContain(d)
  })

  it('serves both protocols and says where, in one line for programs', { timeout: 120_000 }, async () => {
    const args = [packageFile('amp.ts'), 'agent', '--amp', cast.reference.url, '--port', '0', '--json']
    const child = spawn(tsx, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
    const { url, agentId } = JSON.parse(line)
    const card = (await (await fetch(`${url}/.well-known/agent-card.json`)).json()) as { url?: string; name: string }
    expect(card.name).toBe('Reference buyer agent')
    expect(agentId).toMatch(/^agent-/)
    child.kill('SIGTERM')
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
  })

  it('ends with 3 and says what to check where nobody answers', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await agentCommand().parseAsync(['--amp', 'http://127.0.0.1:9'], { from: 'user' })
    expect(process.exitCode).toBe(3)
    process.exitCode = undefined
    expect(String(said.mock.calls[0]?.[0])).toContain('check --amp')
    said.mockRestore()
  })
})
