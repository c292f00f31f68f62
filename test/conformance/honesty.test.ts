/** Honesty probes: a role the discovery document leaves out, and a server that calls valid requests invalid, are found. */
import { afterAll, describe, expect, it } from 'vitest'
import { checksFor } from '../../conformance/certify.ts'
import { closeClients } from '../../conformance/index.ts'
import { runChecks } from '../../conformance/run.ts'
import { openSession } from '../../conformance/session.ts'
import { readDiscovery } from '../../conformance/target/discovery.ts'
import type { Deviation } from '../../reference/core/index.ts'
import { startReference } from '../../reference/index.ts'
import type { Role } from '../../schemas/index.ts'

afterAll(closeClients)

const hooksSecret = 'honesty-honesty-honesty'

/** Judges a server of some roles by its wallet, as though its document named the shown ones alone. */
const judged = async (roles: readonly Role[], shown: readonly Role[], title: string, deviation?: Deviation) => {
  const reference = await startReference({ roles, hooksSecret, deviation })
  try {
    const { document } = await readDiscovery(reference.url)
    if (!document) throw new Error('the reference shows no discovery document')
    const discovery = { ...document, roles: document.roles.filter(({ role }) => shown.includes(role as Role)) }
    const session = await openSession({ url: reference.url, discovery, seed: 1, hooksSecret })
    const [result] = await runChecks(session, checksFor(['wallet'], title), { reruns: 0 })
    await session.close()
    return result
  } finally {
    await reference.stop()
  }
}

describe('a role that is served and not declared', () => {
  const title = 'the discovery document leaves out'

  it('is found', { timeout: 30_000 }, async () => {
    const result = await judged(['wallet', 'merchant'], ['wallet'], title)
    expect([result?.verdict, result?.expected]).toEqual(['fail', 'the refusal operation-unknown'])
  })

  it('is not imagined', { timeout: 30_000 }, async () => {
    expect((await judged(['wallet', 'merchant'], ['wallet', 'merchant'], title))?.verdict).toBe('pass')
    expect((await judged(['wallet'], ['wallet'], title))?.verdict).toBe('pass')
  })
})

describe('a request its schema allows', () => {
  const title = 'its schema allows'

  it('that is called invalid is found', { timeout: 60_000 }, async () => {
    const result = await judged(['wallet'], ['wallet'], title, {
      refuses: (_name, problem) => ({ ...problem, code: 'request-invalid', status: 400 }),
    })
    expect(result?.verdict).toBe('fail')
  })

  it('is taken or refused for a reason by a right one', { timeout: 60_000 }, async () => {
    expect((await judged(['wallet'], ['wallet'], title))?.verdict).toBe('pass')
  })
})
