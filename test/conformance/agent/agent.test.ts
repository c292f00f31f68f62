/** Buyer agents are judged by what they send: the reference's own passes, as function, module, program and service; each wrong one is caught. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AgentConfig } from '../../../conformance/agent/launch.ts'
import { certify } from '../../../conformance/certify.ts'
import { readTargetConfig } from '../../../conformance/config.ts'
import { closeClients } from '../../../conformance/target/client.ts'
import { makeKey } from '../../../reference/index.ts'
import { folderOfFile } from '../../folder.ts'
import { agentMutants } from '../mutants/agent.ts'
import { tryAgent } from '../mutants/agent-run.ts'
import { killers } from '../mutants/run.ts'
import { runReferenceAgent } from './reference-agent.ts'

afterAll(closeClients)

const folder = folderOfFile('agent')
const executable = join(import.meta.dirname, 'errand-agent.ts')
const program = [process.execPath, '--import', 'tsx', executable]

const judged = (agent: AgentConfig, only?: string) =>
  certify({ url: 'agent', agent, seed: 1, only, pace: { reruns: 0 } })

describe('the agent of the reference', { timeout: 60_000 }, () => {
  it.each([1, 2, 3])('fails nothing on seed %i', async (seed) => {
    const results = await tryAgent({ seed })
    expect(results.length).toBeGreaterThan(25)
    expect(results.filter(({ verdict }) => verdict !== 'pass').map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
  })

  it('is certified as a program', async () => {
    const { outcome, roles, results, doctor } = await judged({ command: program })
    expect([outcome, roles]).toEqual(['certified', ['agent']])
    expect(results.every(({ role }) => role === 'agent')).toBe(true)
    expect(doctor[0]?.says).toContain('5 errands')
  })

  it('is certified as a service that takes its errands by POST', async () => {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      await runReferenceAgent(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      response.end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { outcome } = await judged({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/errand` })
    server.closeAllConnections()
    server.close()
    expect(outcome).toBe('certified')
  })
})

describe('an agent with a new key on each errand', { timeout: 60_000 }, () => {
  it('may call all of them alike', async () => {
    const run = async (errand: Parameters<typeof runReferenceAgent>[0]): Promise<void> => {
      const key = await makeKey('agent')
      await runReferenceAgent(errand, {}, { ...key, publicJwk: { ...key.publicJwk, kid: 'the-key' } })
    }
    const { outcome, results } = await judged({ run })
    expect([outcome, results.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id)]).toEqual([
      'certified',
      [],
    ])
  })
})

describe('a wrong agent', { timeout: 60_000 }, () => {
  it.each(agentMutants)('$mutant is caught by a check of $breaks', async ({ breaks, deviation }) => {
    const results = await tryAgent({ deviation })
    const caught = killers(results)
    const owners = results.filter(({ requirements }) => requirements.includes(breaks)).map(({ id }) => id)
    expect(caught.filter((id) => owners.includes(id))).not.toEqual([])
  })

  it('that does nothing leaves every question open', async () => {
    const { outcome, counts } = await judged({ run: async () => {} })
    expect([outcome, counts.MUST.fail, counts.MUST.pass]).toEqual(['inconclusive', 0, 0])
  })

  it('that cannot be started is told so', async () => {
    const { outcome, results } = await judged({ command: ['/nowhere/at-all'] }, 'AMP-TRUST-017')
    expect([outcome, results[0]?.verdict]).toEqual(['inconclusive', 'inconclusive'])
    expect(results[0]?.reason).toContain('/nowhere/at-all')
  })
})

describe('a configuration', () => {
  const read = (config: object) => {
    const file = join(folder, 'agent.json')
    writeFileSync(file, JSON.stringify(config))
    return readTargetConfig(file)
  }

  it('names an agent by program, module or address', async () => {
    expect(await read({ agent: { command: ['./agent'] } })).toEqual({
      url: 'agent:./agent',
      agent: { command: ['./agent'] },
    })
    expect(await read({ agent: { module: 'agent.mjs' } })).toMatchObject({ url: 'agent:agent.mjs' })
    expect(await read({ agent: { url: 'http://127.0.0.1:1/errand' } })).toMatchObject({
      url: 'http://127.0.0.1:1/errand',
    })
  })

  it.each([{ agent: {} }, { agent: 'x' }, { agent: { command: [] } }])('refuses %j', async (config) => {
    expect(await read(config)).toHaveProperty('cause')
  })
})
