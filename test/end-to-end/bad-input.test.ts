/** Malformed requests to every operation: a 4xx problem that names the member, never a 5xx, and the database as it was. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invalidInstance } from '../../conformance/generate.ts'
import { call, hook, must } from '../../demo/people.ts'
import { signRequest } from '../../reference/http/signing.ts'
import { createBuyerAgent, evidenceOf, makeKey, type Reference, startReference } from '../../reference/index.ts'
import { isMessage, type Operation, operations, type Role, roles, version } from '../../schemas/index.ts'

const secret = 'a-secret-of-the-tests'
const perOperation = 200

let reference: Reference
let userToken: string
const keyIds = new Map<string, string>()
const key = await makeKey('tests')

beforeAll(async () => {
  reference = await startReference({ hooksSecret: secret })
  await hook(reference.url, 'seedUser', secret, {
    loginId: 'bad-input',
    pin: '111111',
    balance: { currency: 'USD', value: '1000' },
  })
  userToken = must(await call(reference.url, 'wallet.login', { loginId: 'bad-input', pin: '111111' })).userToken
  const agentKey = await makeKey('agent')
  const agent = createBuyerAgent({
    key: agentKey,
    credentialProviderEndpoint: `${reference.url}/credential-provider`,
    networkId: 'https://network.amp.example',
    world: reference.world,
  })
  must(
    await agent.register(
      {
        name: 'A',
        developer: 'B',
        operator: 'C',
        modelFamily: 'D',
        version: '1',
        capabilities: ['x'],
        prohibitedScenarios: ['y'],
      },
      evidenceOf('https://e.example'),
    ),
  )
  agentKeyId = `${agent.agentId()}#${agentKey.publicJwk.kid}`
  agentPrivate = agentKey.privateKey
  // Peers of hooks go before those of the server, so the agent is registered by then.
  const jwks = { keys: [key.publicJwk] }
  for (const role of roles) {
    const id = `https://${role}.tests.example`
    await hook(reference.url, 'registerPeer', secret, {
      role,
      id,
      name: 'Tests',
      endpoint: `${reference.url}/nowhere`,
      jwks,
    })
    keyIds.set(role, `${id}#${key.publicJwk.kid}`)
  }
})

let agentKeyId = ''
let agentPrivate = key.privateKey

afterAll(() => reference.stop())

const headersFor = async (operation: Operation, url: string, body: string): Promise<Record<string, string>> => {
  const idempotencyKey = operation.safe ? undefined : randomUUID()
  const plain = {
    'content-type': 'application/json',
    'amp-version': version,
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  }
  const [caller] = operation.callers
  if (caller === 'anyone') return plain
  if (caller === 'user') return { ...plain, authorization: `Bearer ${userToken}` }
  const signer =
    caller === 'agent'
      ? { keyId: agentKeyId, privateKey: agentPrivate }
      : {
          keyId: caller === 'applicant' ? `applicant#${key.publicJwk.kid}` : (keyIds.get(caller as Role) ?? ''),
          privateKey: key.privateKey,
        }
  return signRequest({ url, body, ...signer, idempotencyKey }, reference.world)
}

const send = async (operation: Operation, body: string): Promise<{ status: number; problem: unknown }> => {
  const url = `${reference.url}/${operation.role}/${operation.name}`
  const response = await request(url, { method: 'POST', headers: await headersFor(operation, url, body), body })
  return { status: response.statusCode, problem: await response.body.json() }
}

/** Rows of every table but those that only remember that somebody called. */
const census = async (): Promise<string> => {
  const tables = await sql<{
    name: string
  }>`select name from sqlite_master where type = 'table' and name not like 'sqlite%'`.execute(reference.database)
  const counts = await Promise.all(
    tables.rows
      .map(({ name }) => name)
      .filter((name) => !['nonces', 'idempotency'].includes(name) && !name.startsWith('kysely'))
      .sort()
      .map(async (name) => {
        const { rows } = await sql`select * from ${sql.table(name)}`.execute(reference.database)
        return `${name} ${JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? value.toString() : value))}`
      }),
  )
  return counts.join('\n')
}

/** An applicant is known by the key in its body: where that is what is broken, the signature is refused first. */
const earlier = new Set(['signature-key-unknown', 'signature-invalid', 'json-malformed'])

describe('malformed requests', () => {
  it.each([...operations])(`to %s are refused by name, ${perOperation} of them`, async (_, operation) => {
    const before = await census()
    await fc.assert(
      fc.asyncProperty(invalidInstance(operation.request), async ({ value, change, path }) => {
        const { status, problem } = await send(operation, JSON.stringify(value))
        expect({
          change,
          path,
          status: Math.floor(status / 100),
          problem: isMessage('common/problem', problem),
        }).toEqual({ change, path, status: 4, problem: true })
        const { code, field } = problem as { code: string; field?: string }
        if (!(operation.callers.includes('applicant') && earlier.has(code)))
          expect({ change, path, code, named: field !== undefined }).toEqual({
            change,
            path,
            code: 'request-invalid',
            named: true,
          })
      }),
      { numRuns: perOperation },
    )
    expect(await census()).toBe(before)
  })

  it.each([
    ['no JSON at all', 'null and void', 'json-malformed'],
    ['a member named twice', '{"authId":"a","authId":"b"}', 'json-malformed'],
    ['seventeen levels', `${'['.repeat(17)}${']'.repeat(17)}`, 'json-malformed'],
    ['a hundred thousand levels', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'json-malformed'],
    ['more than the body may hold', `{"x":"${'a'.repeat(70_000)}"}`, 'body-too-large'],
  ])('%s is refused early', async (_, body, code) => {
    const operation = operations.get('wallet.login')
    if (!operation) throw new Error('no login')
    const { problem } = await send(operation, body)
    expect(problem).toMatchObject({ code })
  })
})
