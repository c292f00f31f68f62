/** Implementations behind drivers and buyer agents earn certificates bound to keys of their own; whoever signs otherwise earns none. */
import { spawn, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { CompactSign, calculateJwkThumbprint, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { presentedBy } from '../../conformance/agent/presented.ts'
import { askedOf, wayOf } from '../../conformance/certificate/claims.ts'
import { rootsOf } from '../../conformance/certificate/issue.ts'
import { agentIdOf } from '../../conformance/certificate/proof.ts'
import { openEntry } from '../../conformance/certificate/transcript.ts'
import { verifyCertificate } from '../../conformance/certificate/verify.ts'
import { allChecks } from '../../conformance/chapters/index.ts'
import { registryPage } from '../../conformance/registry/build.ts'
import { partiesOf } from '../../conformance/session.ts'
import { closeClients } from '../../conformance/target/client.ts'
import { makeKey, type PartyKey, readKey, startReference } from '../../reference/index.ts'
import { partyKeyOf } from '../../reference/party-keys.ts'
import { canonicalJson, packageFile, packageRoot } from '../../schemas/index.ts'
import { runReferenceAgent } from './agent/reference-agent.ts'
import { certifiedRun, type Ended, earned } from './certified.ts'
import { freePort } from './drivers/demo.ts'
import { startDemoNetwork } from './drivers/demo-network.ts'
import { type Prove, proveWell, startFramed } from './drivers/framed.ts'
import { claimsOf, letters, manners, placesIn, type Run, reasonOf, reissue, tampered, withLetter } from './tampering.ts'

const beside = (...file: readonly string[]): string => join(import.meta.dirname, ...file)
const ways = {
  module: { module: beside('drivers', 'framed-module.mjs') },
  program: { command: [process.execPath, beside('drivers', 'framed-lines.mjs')] },
  python: { command: ['python3', beside('drivers', 'framed-driver.py')] },
}
const python = spawnSync(ways.python.command[0] ?? '', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'amp-kinds-'))

/** A requirement whose check has a merchant call its acquirer: enough to be bound. */
const only = 'AMP-PAY-052'

/** A merchant behind a driver. */
const driven = async ({ prove = proveWell }: { prove?: Prove } = {}) => {
  const framed = await startFramed('merchant', {}, prove)
  try {
    const settings = { port: framed.port }
    return { ...(await certifiedRun({ url: 'driver', driver: { ...ways.module, settings }, only })), key: framed.key }
  } finally {
    await framed.stop()
  }
}

/** The reference's agent, with a key for each errand. */
const sent = (keyOf: () => Promise<PartyKey>): Promise<Ended> => {
  const run = async (errand: Parameters<typeof runReferenceAgent>[0]) => runReferenceAgent(errand, {}, await keyOf())
  return certifiedRun({ url: 'agent', agent: { run }, only: 'AMP-TRUST-017' })
}

let byDriver: Run
let byDriverOther: Run
let byAgent: Run
let agentKey: PartyKey
let driverKey: PartyKey
beforeAll(async () => {
  agentKey = await makeKey('agent')
  const one = await driven()
  driverKey = one.key
  byDriver = earned(one)
  byDriverOther = earned(await driven())
  byAgent = earned(await sent(async () => agentKey))
}, 120_000)
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await closeClients()
})

const verified = async ({ certificate, key, transcript }: Run) => {
  const found = await verifyCertificate(certificate, rootsOf(key), Math.floor(Date.now() / 1000), {
    evidence: transcript,
  })
  if (!found.valid) throw new Error(`${found.reason}: ${found.says}`)
  return found
}

describe('a certificate of a target behind a driver', () => {
  it('is bound to the key the implementation signed the challenge with, and says how little was asked', async () => {
    const { claims, bound } = await verified(byDriver)
    const thumbprint = await calculateJwkThumbprint(driverKey.publicJwk)
    expect(bound).toEqual([{ role: 'merchant', id: driverKey.id, thumbprint }])
    expect([claims.target.reached, wayOf(claims)]).toEqual(['driver', 'a driver'])
    expect(claims.asked?.checks).toBeGreaterThan(0)
    expect(claims.asked?.checks).toBeLessThan(claims.asked?.of ?? 0)
    expect(claims.asked?.unasked).toContain('EXT-HTTP-31')
    expect(claims.asked?.unasked).not.toContain('AMP-PAY-052')
  })

  it('holds no private key, though the driver tells one', async () => {
    const file = join(folder, 'careless.mjs')
    writeFileSync(
      file,
      `import { open } from ${JSON.stringify(ways.module.module)}
      export default async (context) => {
        const driver = await open(context)
        const roles = driver.about.roles.map((one) => ({ ...one, keys: one.keys.map((key) => ({ ...key, d: 'secret' })) }))
        return { ...driver, about: { ...driver.about, roles } }
      }`,
    )
    const framed = await startFramed('merchant')
    const driver = { module: file, settings: { port: framed.port } }
    const run = earned(await certifiedRun({ url: 'driver', driver, only }))
    await framed.stop()
    expect(await reasonOf(run.certificate, rootsOf(run.key))).toBe('valid')
    expect(JSON.stringify(claimsOf(run.certificate))).not.toContain('secret')
  })

  it('binds what the target asked the suite as well', () => {
    const { entries } = byDriver.transcript
    const calls = entries.map(({ exchange }) => exchange.url.split('/').slice(-2).join('/'))
    expect(calls).toContain('driver:merchant.startPayment')
    expect(calls).toContain('acquirer/pay')
  })
})

describe('a certificate of a buyer agent', () => {
  it('is bound to the key it came with, and to all it sent', async () => {
    const { claims, bound } = await verified(byAgent)
    const thumbprint = await calculateJwkThumbprint(agentKey.publicJwk)
    expect(bound).toEqual([{ role: 'agent', id: agentIdOf(thumbprint), thumbprint }])
    expect(claims.target).toMatchObject({ reached: 'agent', software: { name: 'Errand agent', version: '1.0.0' } })
    const { entries } = byAgent.transcript
    expect(entries.length).toBeGreaterThan(10)
    const applied = entries.filter(({ exchange }) => exchange.url.endsWith('/credential-provider/registerAgent'))
    for (const { exchange } of applied) expect(JSON.parse(exchange.body).agentKey).toEqual(agentKey.publicJwk)
    expect(openEntry(byAgent.transcript, 0)?.root).toBe(claims.transcript.root)
  })

  it.each([
    ['comes with a key of its own on each errand', () => makeKey('agent'), 'came with 2 keys'],
    [
      'signs with a key the suite made',
      async (): Promise<PartyKey> => {
        const { network } = await partiesOf(5)
        return readKey('agent', network.privateKey.export({ format: 'jwk' }))
      },
      'a key the suite made',
    ],
  ])('is not for one that %s', async (_what, keyOf, cause) => {
    const { report, run, unbound } = await sent(keyOf)
    expect([report.outcome, run, unbound?.cause]).toEqual(['certified', undefined, expect.stringContaining(cause)])
    expect(unbound?.cure).not.toBe('')
  })

  it('is not for two that go under one key', async () => {
    let errands = 0
    const renamed = async (errand: Parameters<typeof runReferenceAgent>[0]): Promise<void> => {
      const profile = errands++ === 0 ? 'Errand agent' : 'Another'
      await runReferenceAgent(
        errand,
        {
          asks: (_name, message) =>
            'profile' in message ? { ...message, profile: { ...(message.profile as object), name: profile } } : message,
        },
        agentKey,
      )
    }
    const { run, unbound } = await certifiedRun({ url: 'agent', agent: { run: renamed }, only: 'AMP-TRUST-017' })
    expect([run, unbound?.cause]).toEqual([undefined, expect.stringContaining('called itself 2 things')])
  })
})

describe('an application', () => {
  const name = 'credential-provider.registerAgent'
  const application = ({ publicJwk }: PartyKey, was: object = {}) =>
    ({ name, signed: true, message: { agentKey: publicJwk, profile: { name: 'one', version: '1' } }, ...was }) as never

  it('counts where it is signed and obeys its schema, and no other call does', async () => {
    const [own, other] = [await makeKey('agent'), await makeKey('agent')]
    const odd = [
      application(other, { signed: false }),
      application(other, { invalid: '/profile is missing' }),
      application(other, { name: 'credential-provider.applyCredential' }),
    ]
    expect(await presentedBy([...odd, application(own)])).toMatchObject({ key: own.publicJwk })
    expect(await presentedBy(odd)).toMatchObject({ cause: expect.stringContaining('never applied') })
    expect(await presentedBy([...odd, application(own), application(other)])).toMatchObject({
      cause: expect.stringContaining('2 keys'),
    })
  })
})

describe('what was asked', () => {
  it('is what came to a verdict about the target, of all there is for its roles', () => {
    const of = allChecks.filter(({ role }) => role === 'merchant')
    const results = of.map((check, at) => ({ ...check, verdict: at === 0 ? 'not-applicable' : 'pass' })) as never
    const only = of.slice(1).flatMap(({ requirements }) => requirements)
    expect(askedOf({ roles: ['merchant'], results })).toEqual({
      checks: of.length - 1,
      of: of.length,
      unasked: of[0]?.requirements.filter((id) => !only.includes(id)).sort(),
    })
    const [first] = of
    const nothing = [{ ...first, verdict: 'not-applicable' }] as never
    expect(askedOf({ roles: ['merchant'], results: nothing }).unasked).toEqual(
      [...new Set(of.flatMap(({ requirements }) => requirements))].sort(),
    )
  })
})

const statement = (claims: object | string, header: object, key: unknown): Promise<string> =>
  new CompactSign(Buffer.from(typeof claims === 'string' ? claims : JSON.stringify(claims)))
    .setProtectedHeader(header as never)
    .sign(key as never)

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const good = { alg: 'ES256', typ: 'amp-challenge+jwt' }

/** What an implementation may answer instead of its statement, and what the suite says of it. */
const wrongProofs: readonly (readonly [what: string, prove: Prove, says: string])[] = [
  [
    'with another key under its own name',
    async (role, challenge, { id, publicJwk: { kid } }) =>
      statement({ challenge, role, id }, { ...good, kid }, (await makeKey(id)).privateKey),
    'no key it is known by',
  ],
  [
    'with a key nobody knows',
    async (role, challenge, { id }) => proveWell(role, challenge, await makeKey(id)),
    'no key it is known by',
  ],
  [
    'without naming its key',
    (role, challenge, { id, privateKey }) => statement({ challenge, role, id }, good, privateKey),
    'no key it is known by',
  ],
  [
    'the challenge of an earlier run',
    (role, _challenge, own) => proveWell(role, String(claimsOf(byDriver.certificate).challenge), own),
    'another challenge',
  ],
  ['no challenge', (role, _challenge, own) => proveWell(role, '', own), 'another challenge'],
  ['for another role', (_role, challenge, own) => proveWell('acquirer', challenge, own), 'another party'],
  [
    'under another identifier',
    (role, challenge, own) => proveWell(role, challenge, { ...own, id: 'https://other.example' }),
    'another party',
  ],
  ...['JWT', 'amp-conformance+jwt', 'amp-request+jwt', undefined].map(
    (typ) =>
      [
        `as the type ${typ}`,
        (role, challenge, { id, privateKey, publicJwk: { kid } }) =>
          statement({ challenge, role, id }, { alg: 'ES256', kid, ...(typ ? { typ } : {}) }, privateKey),
        'has the type',
      ] as const satisfies readonly [string, Prove, string],
  ),
  [
    'without a signature, as the algorithm none',
    async (role, challenge, { id, publicJwk: { kid } }) =>
      `${encode({ ...good, alg: 'none', kid })}.${encode({ challenge, role, id })}.`,
    'has the algorithm none',
  ],
  [
    'with a MAC over its public key',
    async (role, challenge, { id, publicJwk }) => {
      const text = `${encode({ ...good, alg: 'HS256', kid: publicJwk.kid })}.${encode({ challenge, role, id })}`
      return `${text}.${createHmac('sha256', canonicalJson(publicJwk)).update(text).digest('base64url')}`
    },
    'has the algorithm HS256',
  ],
  [
    'claims changed after signing',
    async (role, challenge, own) => {
      const [head, , signature] = String(await proveWell(role, 'another', own)).split('.')
      return [head, encode({ challenge, role, id: own.id }), signature].join('.')
    },
    'no key it is known by',
  ],
  [
    'a list in place of claims',
    (_role, challenge, { privateKey, publicJwk: { kid } }) => statement([challenge], { ...good, kid }, privateKey),
    'states nothing',
  ],
  [
    'no JSON',
    (_role, challenge, { privateKey, publicJwk: { kid } }) => statement(challenge, { ...good, kid }, privateKey),
    'cannot be read',
  ],
  ['an empty text', async () => '', 'no compact JWS'],
  ['stray bits', async (role, challenge, own) => `${await proveWell(role, challenge, own)}=`, 'no compact JWS'],
  ['an object', async () => ({ statement: 'x' }), 'by no text'],
  ['nothing', async () => null, 'by no text'],
  ['an error', () => Promise.reject(new Error('the vault is shut')), 'the vault is shut'],
]

describe('a driver whose target does not prove its key', { timeout: 30_000 }, () => {
  it.each(wrongProofs)('is refused before the run: it signs %s', async (_what, prove, says) => {
    const { report, run } = await driven({ prove })
    expect([report.outcome, report.results, run]).toEqual(['configuration', [], undefined])
    expect(report.doctor.find(({ state }) => state === 'wrong')).toMatchObject({
      about: 'certificate',
      says: expect.stringContaining(says),
      cure: expect.stringContaining('prove'),
    })
  })

  it.each([
    ['has no prove', 'prove: undefined', 'has no "prove"'],
    [
      'says that it offers none',
      `prove: async () => { throw Object.assign(new Error('there is no prove'), { offered: false }) }`,
      'there is no prove',
    ],
  ])('is refused before the run: it %s', async (_what, member, says) => {
    const file = join(folder, `${says.replaceAll(/\W/g, '')}.mjs`)
    writeFileSync(
      file,
      `import { open } from ${JSON.stringify(ways.module.module)}
      export default async (context) => ({ ...(await open(context)), ${member} })`,
    )
    const framed = await startFramed('merchant')
    const driver = { module: file, settings: { port: framed.port } }
    const { report } = await certifiedRun({ url: 'driver', driver, only })
    await framed.stop()
    expect(report.outcome).toBe('configuration')
    expect(report.doctor.find(({ state }) => state === 'wrong')?.says).toContain(says)
  })

  it('is refused where it proves with a key of the suite', async () => {
    const file = join(folder, 'borrowed.mjs')
    writeFileSync(
      file,
      `import { CompactSign, importJWK } from ${JSON.stringify(import.meta.resolve('jose'))}
      export default async ({ parties: { network } }) => ({
        about: {
          software: { name: 'borrowed', version: '1' },
          roles: [{ role: 'network', id: network.id, keys: [network.jwk] }],
          requirements: ['AMP-TRUST-120'],
        },
        call: async () => ({ status: 200, body: {} }),
        prove: async (role, challenge) =>
          new CompactSign(Buffer.from(JSON.stringify({ challenge, role, id: network.id })))
            .setProtectedHeader({ alg: 'ES256', typ: 'amp-challenge+jwt', kid: network.kid })
            .sign(await importJWK(network.privateJwk, 'ES256')),
        close: async () => {},
      })`,
    )
    const { report } = await certifiedRun({ url: 'driver', driver: { module: file } })
    expect(report.doctor.find(({ state }) => state === 'wrong')?.says).toContain('a key the suite made')
  })

  it('is the one for the demo, which has no keys', async () => {
    const port = await freePort()
    const network = await startDemoNetwork({ neighbours: `http://127.0.0.1:${port}` })
    const driver = { module: 'demo-api', settings: { ...network.settings, listen: port } }
    const { report } = await certifiedRun({ url: 'driver', driver, only: 'AMP-TRUST-120' })
    await network.stop()
    expect(report.doctor.find(({ state }) => state === 'wrong')?.says).toContain('nothing that signs a challenge')
  })
})

describe('one kind of proof', { timeout: 60_000 }, () => {
  /** A merchant over HTTP, and its key. */
  const served = async () => {
    const masterKey = Buffer.alloc(32, 9)
    const hooksSecret = 'certificate-kinds-secret'
    const reference = await startReference({ roles: ['merchant'], hooksSecret, masterKey })
    try {
      const ended = await certifiedRun({ url: reference.url, hooksSecret, only })
      const run = earned(ended)
      const [{ id }] = (claimsOf(run.certificate).target as { roles: [{ id: string }] }).roles
      return { run, challenge: ended.challenge, key: await partyKeyOf(reference.database as never, id, masterKey) }
    } finally {
      await reference.stop()
    }
  }
  const targetOf = (claims: Record<string, unknown>) => claims.target as Record<string, unknown>

  it('does not stand for the other, though the right key signed it; a certificate without a way reads as HTTP', async () => {
    const { run, challenge, key } = await served()
    const roots = rootsOf(run.key)
    const told = await proveWell('merchant', challenge, key)
    const proofs = [{ role: 'merchant', statement: told }]
    const way = (claims: Record<string, unknown>, reached?: string) => {
      const { reached: _reached, ...target } = targetOf(claims)
      return { ...claims, target: reached === undefined ? target : { ...target, reached } }
    }
    const without = ({ asked: _asked, ...claims }: Record<string, unknown>) => way(claims)
    const ask = async (change: Parameters<typeof reissue>[1], of = run) =>
      reasonOf(await reissue(of, change), rootsOf(of.key))
    expect({
      asItIs: await reasonOf(run.certificate, roots),
      statementForHttp: await ask((claims) => ({ ...claims, proofs })),
      statementForNoWay: await ask((claims) => ({ ...without(claims), proofs })),
      requestForDriver: await ask((claims) => way(claims, 'driver')),
      requestForAgent: await ask((claims) => way(claims, 'agent')),
      statementForDriver: await ask((claims) => ({ ...way(claims, 'driver'), proofs })),
      both: await ask((claims) => ({ ...claims, proofs: [...(claims.proofs as object[]), ...proofs] })),
      requestBesideStatement: await ask((claims) => ({
        ...claims,
        proofs: (claims.proofs as object[]).map((proof) => ({ ...proof, statement: told })),
      })),
      unknownWay: await ask((claims) => way(claims, 'post')),
      asBefore: await ask(without),
      wayWithoutExtent: await ask(({ asked: _asked, ...claims }) => claims),
      extentWithoutWay: await ask((claims) => way(claims)),
      driverForHttp: await ask((claims) => way(claims, 'http'), byDriver),
      driverAsBefore: await ask(without, byDriver),
      driverForAgent: await ask((claims) => way(claims, 'agent'), byDriver),
      agentForHttp: await ask((claims) => way(claims, 'http'), byAgent),
      agentForDriver: await ask((claims) => way(claims, 'driver'), byAgent),
      ofAnotherRun: await ask(
        (claims) => ({ ...claims, proofs: claimsOf(byDriverOther.certificate).proofs }),
        byDriver,
      ),
    }).toEqual({
      asItIs: 'valid',
      statementForHttp: 'target-proof-invalid',
      statementForNoWay: 'target-proof-invalid',
      requestForDriver: 'target-proof-invalid',
      requestForAgent: 'target-proof-invalid',
      // All a runner can do who lies: the statement is a true one, of the same key, role and run.
      statementForDriver: 'valid',
      both: 'target-proof-invalid',
      requestBesideStatement: 'target-proof-invalid',
      unknownWay: 'malformed',
      asBefore: 'valid',
      wayWithoutExtent: 'malformed',
      extentWithoutWay: 'malformed',
      driverForHttp: 'target-proof-invalid',
      driverAsBefore: 'target-proof-invalid',
      driverForAgent: 'target-proof-invalid',
      agentForHttp: 'target-proof-invalid',
      agentForDriver: 'target-proof-invalid',
      ofAnotherRun: 'target-proof-invalid',
    })
  })

  it('with a key of the suite is told from every other, offline', async () => {
    const { network } = await partiesOf(5)
    const own = { id: network.id, privateKey: network.privateKey as never, publicJwk: { ...network.jwk } }
    const borrowed = await reissue(byDriver, (claims) => ({
      ...claims,
      target: { ...targetOf(claims), roles: [{ role: 'network', id: network.id, keys: [network.jwk] }] },
      proofs: [],
    }))
    const told = await proveWell('network', String(claimsOf(borrowed).challenge), own)
    const stated = await reissue({ ...byDriver, certificate: borrowed }, (claims) => ({
      ...claims,
      proofs: [{ role: 'network', statement: told }],
    }))
    expect(await reasonOf(stated, rootsOf(byDriver.key))).toBe('target-key-of-suite')
  })
})

/** Members a certificate repeats of a key that bind nothing: the thumbprint is over the others. */
const saysOfKey = (place: readonly (string | number)[]): boolean =>
  place.includes('keys') && ['use', 'alg'].includes(String(place.at(-1)))

describe.each([
  ['a driver', () => byDriver],
  ['an agent', () => byAgent],
])('a certificate by %s', { timeout: 60_000 }, (_kind, of) => {
  it('is refused after a change of one byte, 300 of them', async () => {
    const { certificate, key } = of()
    await fc.assert(
      fc.asyncProperty(fc.nat(certificate.length - 1), fc.constantFrom(...letters), async (at, letter) => {
        fc.pre(certificate[at] !== letter)
        expect(await reasonOf(withLetter(certificate, at, letter), rootsOf(key))).not.toBe('valid')
      }),
      { numRuns: 300 },
    )
  })

  it('is refused after a change of one claim, each of them changed, left out and added to', async () => {
    const { certificate, key } = of()
    const [head, , signature] = certificate.split('.')
    const places = placesIn(claimsOf(certificate)).filter(
      ([first, second]) => !(first === 'asked' && second === 'unasked'),
    )
    expect(places.length).toBeGreaterThan(60)
    for (const place of places)
      for (const manner of manners) {
        const claims = encode(tampered(claimsOf(certificate), place, manner) as object)
        expect([place, manner, await reasonOf([head, claims, signature].join('.'), rootsOf(key))]).toEqual([
          place,
          manner,
          'signature-invalid',
        ])
      }
  })

  it('is refused after a change of what binds it, though its runner signs that anew', async () => {
    const run = of()
    const binding = ['challenge', 'proofs', 'target']
    const places = placesIn(claimsOf(run.certificate)).filter(
      ([first, second]) =>
        binding.includes(String(first)) && (first !== 'target' || ['roles', 'reached'].includes(String(second))),
    )
    expect(places.length).toBeGreaterThan(12)
    const survived: string[] = []
    for (const place of places.filter((one) => !saysOfKey(one)))
      for (const manner of ['changed', 'left out'] as const) {
        const text = await reissue(run, (claims) => tampered(claims, place, manner) as object)
        if ((await reasonOf(text, rootsOf(run.key))) === 'valid') survived.push(`${place.join('/')} ${manner}`)
      }
    expect(survived).toEqual([])
  })

  it('does not stand for evidence with one byte changed, 300 of them', async () => {
    const { certificate, transcript, key } = of()
    const text = JSON.stringify(transcript)
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...letters), async (at, letter) => {
        fc.pre(text[at] !== letter)
        let evidence: unknown
        try {
          evidence = JSON.parse(withLetter(text, at, letter))
        } catch {
          return
        }
        fc.pre(canonicalJson(evidence) !== canonicalJson(transcript))
        expect(await reasonOf(certificate, rootsOf(key), undefined, evidence)).toMatch(/^evidence-/)
      }),
      { numRuns: 300 },
    )
  })

  it('is shown in a registry with its way, its extent and its key', async () => {
    const run = of()
    const found = await verified(run)
    const page = registryPage([{ file: 'one.jws', verified: found }], 0)
    expect(page).toContain(
      `by ${wayOf(found.claims)}, asked ${found.claims.asked?.checks} of ${found.claims.asked?.of}`,
    )
    expect(page.replaceAll('<wbr>', '')).toContain(`<code>${found.bound[0]?.thumbprint}</code>`)
    expect(page).not.toMatch(/<(script|link|img|iframe)\b|https?:/)
  })
})

/** The command as a process, so that servers of this one answer it. */
const amp = (
  arguments_: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; out: string }> =>
  new Promise((resolve) => {
    const program = ['--import', 'tsx', packageFile('amp.ts'), 'certify', ...arguments_]
    const child = spawn(process.execPath, program, { cwd: packageRoot, env: { ...process.env, ...env } })
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk))
    child.on('close', (code) => resolve({ code, out }))
  })

describe('amp certify --certificate', { timeout: 180_000 }, () => {
  const at = (name: string): string => join(folder, name)
  const writing = ['--certificate', at('c.jws'), '--roots-out', at('roots.json'), '--evidence-out', at('run.json')]
  const verify = () => amp(['--verify', at('c.jws'), '--roots', at('roots.json'), '--evidence', at('run.json')])
  const write = (config: object): string => {
    writeFileSync(at('target.json'), JSON.stringify(config))
    return at('target.json')
  }

  it('is for the agent of the reference as a program with a key that lasts', async () => {
    const kept = await makeKey('agent')
    const config = write({
      agent: { command: [process.execPath, '--import', 'tsx', beside('agent', 'errand-agent.ts')] },
    })
    const AGENT_KEY = JSON.stringify(await exportJWK(kept.privateKey))
    const { code, out } = await amp([config, ...writing], { AGENT_KEY })
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('certificate: ') })
    const told = await verify()
    expect(told.code).toBe(0)
    expect(told.out).toMatch(/VALID {2}Errand agent 1\.0\.0 as agent\n.*reached by errands it was sent on\n/)
    expect(told.out).toContain(`bound to the key ${await calculateJwkThumbprint(kept.publicJwk)} of the agent`)
    expect(JSON.parse(readFileSync(at('run.json'), 'utf8')).entries.length).toBeGreaterThan(30)
  })

  it('says after the run why an agent with fleeting keys gets none', async () => {
    const file = at('fleeting.mjs')
    const runner = JSON.stringify(beside('agent', 'reference-agent.ts'))
    writeFileSync(file, `export { runReferenceAgent as default } from ${runner}`)
    const { code, out } = await amp([write({ agent: { module: file } }), '--certificate', at('none.jws')])
    const says = expect.stringMatching(/CERTIFIED.*came with 5 keys.*cure: /s)
    expect({ code, out }).toMatchObject({ code: 3, out: says })
    expect(existsSync(at('none.jws'))).toBe(false)
  })

  it.each([
    ['credential-provider', 'module'],
    ['acquirer', 'program'],
    ...(python ? [['acquirer', 'python'] as const] : []),
  ] as const)('is for the %s behind a driver that is a %s', async (role, way) => {
    const framed = await startFramed(role)
    const { code, out } = await amp([write({ driver: { ...ways[way], settings: { port: framed.port } } }), ...writing])
    await framed.stop()
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('certificate: ') })
    const told = await verify()
    expect(told.code).toBe(0)
    expect(told.out).toContain('reached by a driver')
    expect(told.out).toMatch(/asked \d+ of \d+ checks\n {2}not asked about \d+ requirements: /)
    expect(told.out).toContain(`bound to the key ${await calculateJwkThumbprint(framed.key.publicJwk)} of the ${role}`)
  })

  it('says before the run why a driver that proves nothing gets none', async () => {
    const file = at('proofless.mjs')
    writeFileSync(
      file,
      `import { open } from ${JSON.stringify(ways.module.module)}
      export default async (context) => ({ ...(await open(context)), prove: undefined })`,
    )
    const framed = await startFramed('acquirer')
    const { code, out } = await amp([write({ driver: { module: file, settings: { port: framed.port } } }), ...writing])
    await framed.stop()
    expect({ code, out }).toMatchObject({
      code: 3,
      out: expect.stringMatching(/X certificate.*no "prove".*cure: let it answer/s),
    })
    expect(out).not.toContain('judging it by')
  })
})
