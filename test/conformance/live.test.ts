/** `amp certify URL` as a process against real servers: verdicts, reports, and exit codes that mean one thing each. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validate as validateCtrf } from 'ctrf'
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
    const program = ['--import', 'tsx', packageFile('amp.ts')]
    const child = spawn(process.execPath, [...program, 'certify', ...arguments_], { cwd: packageRoot })
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
  it('certifies an intact wallet with every check and writes each report', async () => {
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
    const html = readFileSync(at('r.html'), 'utf8')
    expect(html).not.toMatch(/<(script|link|img|iframe)\b|https?:\/\/(?!127\.0\.0\.1|[a-z0-9-]+\.example)/)
    expect(readFileSync(at('r.xml'), 'utf8')).toContain(`tests="${report.results.length}"`)
    const ctrf = JSON.parse(readFileSync(at('c.json'), 'utf8'))
    expect(validateCtrf(ctrf).errors ?? []).toEqual([])
    expect(ctrf.results.summary.tests).toBe(report.results.length)
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

  it('writes a case of a failure, and a replay tells whether a newer build fixed it', async () => {
    const cases = join(folder, 'cases')
    const first = await certify(
      broken.url,
      '--role',
      'wallet',
      '--hooks',
      secret,
      '--only',
      'EXT-HTTP-31',
      '--cases',
      cases,
    )
    expect(first.code).toBe(1)
    const [name = ''] = readdirSync(cases)
    const file = join(cases, name)
    const replay = (url: string, of = file) => certify('--replay', of, url, '--hooks', secret)
    const still = await replay(broken.url)
    expect({ code: still.code, said: /^STILL {2}wallet: /m.test(still.out) }).toEqual({ code: 1, said: true })
    const fixed = await replay(intact.url)
    expect({ code: fixed.code, said: /^FIXED {2}wallet: /m.test(fixed.out) }).toEqual({ code: 0, said: true })
    const forged = join(folder, 'forged.json')
    writeFileSync(forged, readFileSync(file, 'utf8').replace('"seed": ', '"seed": 1'))
    expect((await replay(broken.url, forged)).code).toBe(3)
  })

  it('lets known failures pass, and fails a list that is out of date', async () => {
    const list = join(folder, 'expected.json')
    writeFileSync(list, JSON.stringify(['wallet: the nonce of a verified signature is not taken twice']))
    const of = (url: string) =>
      certify(url, '--role', 'wallet', '--hooks', secret, '--only', 'EXT-HTTP-31', '--expected-failures', list)
    expect((await of(broken.url)).code).toBe(0)
    const stale = await of(intact.url)
    expect(stale.code).toBe(1)
    expect(stale.out).toContain('expected to fail, and does not')
  })

  it('agrees with itself under another seed, and shows where two targets part', async () => {
    const common = ['--role', 'wallet', '--hooks', secret, '--only', 'EXT-HTTP-31'] as const
    const twice = await certify(intact.url, ...common, '--twice')
    expect({ code: twice.code, agreed: twice.out.includes('both passes agree') }).toEqual({ code: 0, agreed: true })
    const against = await certify(intact.url, ...common, '--against', broken.url)
    expect(against.code).toBe(1)
    expect(against.out).toContain('pass then fail: wallet: the nonce of a verified signature is not taken twice')
    // The check is asked alone of both, and narrowed to the call where they part.
    expect(against.out).toMatch(/narrowed to one check, and call \d+ of its \d+:/)
    expect(against.out).toMatch(/the first answered 401 signature-replayed, the other 200\n {4}curl /)
  })

  it('reads a target from a file, its secret from a command', async () => {
    const config = join(folder, 'target.json')
    const command = [process.execPath, '-p', JSON.stringify(secret)]
    writeFileSync(config, JSON.stringify({ url: intact.url, roles: ['wallet'], hooks: { command }, seed: 9 }))
    const { code, out } = await certify(config, '--only', 'EXT-HTTP-31')
    expect({ code, seeded: out.includes('seed 9') }).toEqual({ code: 0, seeded: true })
    writeFileSync(config, JSON.stringify({ url: intact.url, rolls: [] }))
    expect((await certify(config)).complaint).toContain('a member rolls nobody knows')
  })

  it('earns no certificate with a part of the checks', async () => {
    const { code, complaint } = await certify(
      intact.url,
      '--only',
      'EXT-HTTP-31',
      '--certificate',
      join(folder, 'c.jws'),
    )
    expect({ code, complaint }).toMatchObject({ code: 3, complaint: expect.stringContaining('earns no certificate') })
  })
})
