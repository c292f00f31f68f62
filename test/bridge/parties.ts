/** Who the other protocols' tests know: issuers and agents with fixed keys, in one directory, and what all may change. */
import type { KeyObject } from 'node:crypto'
import { type KeyDirectory, staticDirectory, thumbprintOf } from '../../bridge/keys.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import type { Tampering } from './samples.ts'
import { jwkOf, p256Key } from './signers.ts'
import { agent, contextOf, ed25519Key, keySet } from './tap-agent.ts'

export type Party = { readonly issuer: string; readonly kid: string; readonly key: KeyObject }

const thumbprint = (key: KeyObject): string => thumbprintOf(jwkOf(key) as Record<string, string>)

export const bot: Party = { issuer: 'https://bot.example', key: ed25519Key('bot'), kid: thumbprint(ed25519Key('bot')) }
export const kyaIssuer: Party = { issuer: 'https://kya.example', key: p256Key('kya issuer'), kid: 'kya-1' }
export const cardIssuer: Party = { issuer: 'https://issuer.example', key: p256Key('card issuer'), kid: 'issuer-1' }
export const tacAgent: Party = { issuer: 'agent.example', key: p256Key('tac agent'), kid: 'tac-1' }
export const ucpPlatform: Party = {
  issuer: 'https://platform.example/profile',
  key: p256Key('ucp platform'),
  kid: 'platform-1',
}
export const ucpBotPlatform: Party = {
  issuer: 'https://bot-platform.example/profile',
  key: ed25519Key('ucp platform'),
  kid: thumbprint(ed25519Key('ucp platform')),
}
export const ucpBusiness: Party = { issuer: 'https://tea.example', key: p256Key('ucp business'), kid: 'business-1' }

/** A directory with all of them besides the keys of the TAP tests. */
export const directoryOf = (without = ''): KeyDirectory =>
  staticDirectory(
    {
      keys: without === agent.keyid ? [] : keySet.keys,
      issuers: Object.fromEntries(
        [bot, kyaIssuer, cardIssuer, tacAgent, ucpPlatform, ucpBotPlatform, ucpBusiness]
          .filter(({ issuer }) => issuer !== without)
          .map(({ issuer, kid, key }) => [issuer, { keys: [jwkOf(key, { kid })] }]),
      ),
    },
    { name: 'test-directory' },
  )

/** A context in which everybody is known. */
export const everybody: typeof contextOf = (settings = {}, more = {}) =>
  contextOf(settings, { directory: directoryOf(), ...more })

/** What changes around any message: its time, who is known, room for its nonce. `created` and `expires` name its fields. */
export const circumstances = (known: string, created: string, expires: string, early: number): readonly Tampering[] => [
  {
    name: 'the time, to after the end',
    code: 'foreign-expired',
    apply: ({ fields }) => ({ context: { now: Number(fields.get(expires)) } }),
  },
  {
    name: 'the time, to long before the start',
    code: 'foreign-not-yet-valid',
    apply: ({ fields }) => ({ context: { now: Number(fields.get(created)) - early - 1 } }),
  },
  {
    name: 'who is known',
    code: 'foreign-agent-unknown',
    apply: () => ({ context: { directory: directoryOf(known) } }),
  },
  {
    name: 'the directory, which is down',
    code: 'directory-unavailable',
    apply: () => {
      const down = () => Promise.reject(new Error('down'))
      return { context: { directory: { name: 'test-directory', find: down, findIssuer: down } } }
    },
  },
  {
    name: 'room in the nonce store',
    code: 'directory-unavailable',
    apply: () => ({ context: { nonces: memoryNonces(0) } }),
  },
]
