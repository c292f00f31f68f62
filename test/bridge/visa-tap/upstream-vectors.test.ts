/** Proves that the shared TAP vectors land as they say, where a copy of them is at hand (AMP_UPSTREAM_DATA). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { staticDirectory } from '../../../bridge/keys.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { translate } from '../../../bridge/translate.ts'

type Vector = {
  readonly name: string
  readonly now: number
  readonly seenNonces: readonly { readonly keyid: string; readonly nonce: string; readonly at: number }[]
  readonly request: unknown
  readonly expect: {
    readonly outcome: 'accept' | 'reject'
    readonly interaction?: string
    readonly step?: string
    readonly consumer?: string
    readonly payment?: string
  }
}

const file = join(process.env.AMP_UPSTREAM_DATA ?? '', 'visa-tap', 'tap-vectors.sample.json')
const isHere = process.env.AMP_UPSTREAM_DATA !== undefined && existsSync(file)
if (!isHere) console.info('TAP vectors are not at hand: set AMP_UPSTREAM_DATA to run them')

/** Codes of the steps the vectors name. */
const codes: Readonly<Record<string, string>> = { timestamps: 'foreign-expired', nonce: 'foreign-nonce-replayed' }

describe.skipIf(!isHere)('the shared TAP vectors', () => {
  const { keys, cases } = isHere
    ? (JSON.parse(readFileSync(file, 'utf8')) as { keys: unknown; cases: readonly Vector[] })
    : { keys: [], cases: [] }

  it.each(cases.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    const directory = staticDirectory({ keys }, { name: 'vectors', allowPublicTestKeys: true })
    const nonces = memoryNonces()
    for (const { keyid, nonce, at } of vector.seenNonces)
      await nonces.record(JSON.stringify(['visa-tap', 'vectors', keyid, nonce]), at + 480, vector.now)
    const result = await translate(readDescription(vector.request), {
      now: vector.now,
      directory,
      nonces,
      settings: {},
    })
    const statusOf = (kind: string) => result.evidence.find((evidence) => evidence.kind === kind)?.status
    if (vector.expect.outcome === 'reject') {
      expect(result).toMatchObject({ outcome: 'refused', problem: { code: codes[vector.expect.step ?? ''] } })
      return
    }
    expect(result).toMatchObject({ outcome: 'translated', identity: { interaction: vector.expect.interaction } })
    expect(statusOf('consumer')).toBe(vector.expect.consumer ?? 'absent')
    expect(statusOf('payment')).toBe(vector.expect.payment ?? 'absent')
  })

  it('are refused by a directory that does not allow public test keys', async () => {
    const [vector] = cases
    const directory = staticDirectory({ keys }, { name: 'vectors' })
    const context = { now: vector?.now ?? 0, directory, nonces: memoryNonces(), settings: {} }
    const result = await translate(readDescription(vector?.request), context)
    expect(result).toMatchObject({ outcome: 'refused', problem: { code: 'foreign-agent-unknown' } })
  })
})
