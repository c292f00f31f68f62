/** `amp certify URL` as a process against real servers: verdicts, reports, and exit codes that mean one thing each. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../conformance/index.ts'
import { type Reference, startReference } from '../../reference/index.ts'
import { packageFile, packageRoot } from '../../schemas/index.ts'

const secret = 'live-test-live-test'
const folder = mkdtempSync(join(tmpdir(), 'amp-live-'))
let intact: Reference
let broken: Reference

beforeAll(async () => {
  intact = await startReference({ hooksSecret: secret })
  broken = await startReference({ hooksSecret: secret, deviation: { ignores: new Set(['EXT-HTTP-31']) } })
})
afterAll(async () => {
  await Promise.all([intact.stop(), broken.stop()])
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the command without holding up the servers of this process. */
const certify = (...arguments_: readonly string[]): Promise<{ code: number | null; out: string; complaint: string }> =>
  new Promise((resolve) => {
    const tsx = packageFile('node_modules', 'tsx', 'dist', 'cli.mjs')
    const child = spawn(process.execPath, [tsx, packageFile('amp.ts'), 'certify', ...arguments_], { cwd: packageRoot })
    let [out, complaint] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk
    })
    child.on('close', (code) => resolve({ code, out, complaint }))
  })

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('amp certify URL', { timeout: 120_000 }, () => {
  it('certifies an intact wallet with every check, in less than half a minute, and writes each report', async () => {
    const at = (name: string): string => join(folder, name)
    const files = [
      '--json',
      at('r.json'),
      '--junit',
      at('r.xml'),
      '--html',
      at('r.html'),
      '--ctrf',
      at('c.json'),
      '--earl',
      at('e.json'),
    ]
    const { code, out, complaint } = await certify(
      intact.url,
      '--role',
      'wallet',
      '--hooks',
      secret,
      '--seed',
      '7',
      ...files,
    )
    expect({ code, complaint }).toEqual({ code: 0, complaint: '' })
    expect(out).toMatch(
      /CERTIFIED {2}wallet\n\d+ checks, \d+ required: \d+ passed, 0 failed; \d+ requests in [\d.]+ s, seed 7/,
    )
    const report: Report = JSON.parse(readFileSync(at('r.json'), 'utf8'))
    expect(report.outcome).toBe('certified')
    expect(report.results.length).toBeGreaterThan(120)
    expect(report.milliseconds).toBeLessThan(30_000)
    const html = readFileSync(at('r.html'), 'utf8')
    expect(html).not.toMatch(/<(script|link|img|iframe)\b|https?:\/\/(?!127\.0\.0\.1|[a-z0-9-]+\.example)/)
    expect(readFileSync(at('r.xml'), 'utf8')).toContain(`tests="${report.results.length}"`)
    expect(JSON.parse(readFileSync(at('c.json'), 'utf8')).results.summary.tests).toBe(report.results.length)
    expect(JSON.parse(readFileSync(at('e.json'), 'utf8'))['@graph'].length).toBeGreaterThan(report.results.length)
  })

  it('fails a wallet that takes nonces twice, with sentence, evidence and stable failures', async () => {
    const { code, out } = await certify(
      broken.url,
      '--role',
      'wallet',
      '--hooks',
      secret,
      '--only',
      'EXT-HTTP-31',
      '--json',
      '-',
    )
    expect(code).toBe(1)
    const [result] = (JSON.parse(out) as Report).results
    expect(result).toMatchObject({
      verdict: 'fail',
      requirements: ['EXT-HTTP-31'],
      expected: 'the refusal signature-replayed',
      attempts: 4,
      failed: 4,
    })
    expect(result?.exchanges?.length).toBeGreaterThan(1)
  })

  it('exits 2 where nothing can be asked without the hooks, and says so', async () => {
    const { code, out } = await certify(intact.url, '--role', 'wallet', '--only', 'EXT-HTTP-31')
    expect(code).toBe(2)
    expect(out).toMatch(/untestable[\s\S]+--hooks/)
  })

  it.each([
    ['a port nobody listens on', (): string => 'http://127.0.0.1:9', [], /nothing answers/],
    [
      'a secret the hooks refuse',
      (): string => broken.url,
      ['--role', 'wallet', '--hooks', 'wrong-secret-wrong'],
      /refuse the secret/,
    ],
  ] as const)('exits 3 with a cure for %s', async (_, url, more, says) => {
    const { code, out } = await certify(url(), ...more)
    expect(code).toBe(3)
    expect(out).toMatch(says)
    expect(out).toContain('cure:')
  })

  it('comes to an end against a server that hangs, redirects or talks nonsense', async () => {
    const servers: Server[] = [
      createServer(() => {}),
      createServer((_request, response) => {
        response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()
      }),
      createServer((_request, response) => {
        response.end('{"roles": 7}')
      }),
      createServer((request) => {
        request.socket.destroy()
      }),
    ]
    for (const server of servers) {
      const { code, out } = await certify(await listening(server), '--hooks', secret)
      expect({ code, cured: out.includes('cure:') }).toEqual({ code: 3, cured: true })
      server.closeAllConnections()
      server.close()
    }
  })
})
