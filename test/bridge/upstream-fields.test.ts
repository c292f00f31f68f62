/** Proves that every field of the published examples is carried, derived or lost, where a copy is at hand (AMP_UPSTREAM_DATA). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readDescription } from '../../bridge/message.ts'
import { translate } from '../../bridge/translate.ts'
import { everybody, kyaIssuer, tacAgent } from './parties.ts'
import { signedRequest } from './signed-request.ts'
import { jws, leaves } from './signers.ts'
import { agent, now } from './tap-agent.ts'

const data = process.env.AMP_UPSTREAM_DATA
const isHere = data !== undefined && existsSync(join(data, 'visa-vic', 'example-requests.json'))
if (!isHere) console.info('published examples are not at hand: set AMP_UPSTREAM_DATA to account for their fields')
const read = (...path: string[]) => JSON.parse(readFileSync(join(data ?? '', ...path), 'utf8'))

const told = async (message: unknown) => {
  const result = await translate(readDescription(message), everybody())
  if (result.outcome !== 'translated')
    throw new Error(result.outcome === 'refused' ? `${result.problem.code} ${result.problem.field}` : 'unknown')
  return new Map([
    ...result.carried.map(({ field }) => [field, 'carried'] as const),
    ...result.derived.map(({ field }) => [field, 'derived'] as const),
    ...result.losses.map(({ field, why }) => [field, why] as const),
  ])
}

/** Fields the adapter does not know; whatever it does not know is lost by that name, and counted here. */
const unknownOf = (accounts: ReadonlyMap<string, string>): readonly string[] =>
  [...accounts].flatMap(([field, fate]) => (fate === 'the adapter does not know this field' ? [field] : []))

describe.skipIf(!isHere)('every field is accounted for', () => {
  const vic: Record<string, { http: string; body: object }> = isHere ? read('visa-vic', 'example-requests.json') : {}

  it.each(Object.entries(vic))('of Visa Intelligent Commerce, %s', async (name, { http, body }) => {
    const [method = '', path = ''] = http.replace('{instructionId}', 'instruction-1').split(' ')
    const plain = {
      method,
      url: `https://bridge.example${path}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const message = await signedRequest(plain, {
      key: agent.key,
      keyid: agent.keyid,
      tag: 'amp-bridge',
      created: now,
      expires: now + 300,
      nonce: name,
    })
    const accounts = await told(message)
    for (const [field] of leaves(body, 'body')) expect([field, accounts.has(field)]).toEqual([field, true])
    expect(unknownOf(accounts)).toEqual([])
  })

  it('of KYAPay tokens', async () => {
    const tokens: Record<string, { header: { typ: string }; payload: Record<string, unknown> }> = read(
      'kyapay',
      'decoded-examples.json',
    )
    for (const name of ['kya', 'token_exchange_kya_2026']) {
      const { header, payload } = tokens[name] ?? { header: { typ: '' }, payload: {} }
      const claims = { ...payload, iss: kyaIssuer.issuer, iat: now, exp: now + 300 }
      const token = jws({ typ: header.typ, kid: kyaIssuer.kid }, claims, kyaIssuer.key)
      const accounts = await told({ method: 'GET', url: 'https://seller.example/', headers: { 'kyapay-token': token } })
      for (const [field] of leaves(claims, 'kya/claims')) expect([field, accounts.has(field)]).toEqual([field, true])
      expect(unknownOf(accounts)).toEqual([])
    }
  })

  it('of a TACP message', async () => {
    const { recipients } = read('forter-tacp', 'voice_assistant_travel.json')
    const claims = {
      ...recipients['travel.example.com'],
      iss: tacAgent.issuer,
      aud: 'travel.example.com',
      iat: now,
      exp: now + 300,
      jti: 'j-1',
    }
    const tac = jws({ kid: tacAgent.kid }, claims, tacAgent.key)
    const message = {
      method: 'POST',
      url: 'https://travel.example.com/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tac }),
    }
    const accounts = await told(message)
    for (const [field] of leaves(claims, 'tac/claims')) expect([field, accounts.has(field)]).toEqual([field, true])
    expect(unknownOf(accounts)).toEqual([])
  })
})
