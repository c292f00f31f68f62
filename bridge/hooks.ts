/** Test hooks of a gateway: clock, trusted keys, the credential provider sessions are opened at (EXT-BRIDGE, being known). */
import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type RequestHandler, Router } from 'express'
import { isMessage, type Message, problemOf, type SchemaPath, validate } from '../schemas/index.ts'
import { joinedDirectory } from './directories/index.ts'
import type { OpenDraft } from './gateway.ts'
import { parseJson } from './json.ts'
import { type KeyDirectory, Misconfigured, staticDirectory } from './keys.ts'
import { messageBounds } from './message.ts'

/** What hooks stand in for while they are on. */
export type HookedParts = {
  readonly now: () => number
  readonly directory: KeyDirectory
  readonly openDraft: OpenDraft
}

export type BridgeHooks = HookedParts & {
  /** `POST /{hook}`; without the right secret a request falls through. */
  readonly router: Router
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

type TrustedSet = Message<'hooks/trust-keys-request'>

/** A directory of the keys hooks brought; rebuilt with each change. Throws `Misconfigured` for keys that are none. */
const directoryOf = (sets: readonly TrustedSet[]): KeyDirectory => {
  const agents = sets.filter(({ holder }) => holder === 'agent')
  const issuers = sets.filter(({ holder }) => holder === 'issuer')
  return staticDirectory(
    {
      keys: agents.flatMap(({ id, name, keys }) =>
        keys.map((key) => ({ ...key, agent: { id, ...(name === undefined ? {} : { name }) } })),
      ),
      issuers: Object.fromEntries(issuers.map(({ id, keys }) => [id, { keys }])),
    },
    { name: 'hooks' },
  )
}

/** Puts hooks in front of what a gateway stands on. `sessionsAt` opens sessions at another credential provider. */
export const bridgeHooks = (
  secret: string,
  parts: HookedParts,
  sessionsAt: (endpoint: string, now: () => number) => OpenDraft,
): BridgeHooks => {
  const trusted = new Map<string, TrustedSet>()
  let [offset, hooked] = [0, directoryOf([])]
  let openDraft: OpenDraft | undefined
  const now = (): number => parts.now() + offset
  const hooks: Readonly<Record<string, (request: never) => object>> = {
    setClock: ({ offsetSeconds }: Message<'hooks/set-clock-request'>) => {
      offset = offsetSeconds
      return { now: new Date(now() * 1000).toISOString().replace('.000', '') }
    },
    registerPeer: ({ role, endpoint }: Message<'hooks/register-peer-request'>) => {
      if (role === 'credential-provider') openDraft = sessionsAt(endpoint, now)
      return {}
    },
    trustKeys: (set: TrustedSet) => {
      const next = new Map(trusted).set(`${set.holder} ${set.id}`, set)
      hooked = directoryOf([...next.values()])
      trusted.set(`${set.holder} ${set.id}`, set)
      return {}
    },
    reset: () => {
      trusted.clear()
      hooked = directoryOf([])
      offset = 0
      openDraft = undefined
      return {}
    },
  }
  const router = Router({ caseSensitive: true, strict: true })
  const wanted = digest(secret)
  const allowed: RequestHandler = (request, _response, next) =>
    next(timingSafeEqual(digest(String(request.headers['amp-hook-secret'] ?? '')), wanted) ? undefined : 'router')
  const raw = express.raw({ type: () => true, limit: messageBounds.body, inflate: false })
  for (const [name, hook] of Object.entries(hooks))
    router.post(`/${name}`, allowed, raw, (request, response) => {
      const schema = `hooks/${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-request` as SchemaPath
      const read = parseJson(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '')
      const body = read.ok ? read.value : undefined
      const refuse = (field: string, detail: string): void => {
        const problem = problemOf('request-invalid', { field, detail, instance: String(request.id) })
        response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
      }
      if (!isMessage(schema, body)) {
        const [broken] = validate(schema, body)
        return refuse(broken?.path || '/', broken?.message ?? 'it is no JSON')
      }
      try {
        response.json(hook(body as never))
      } catch (error) {
        if (!(error instanceof Misconfigured)) throw error
        refuse('/keys', error.message)
      }
    })
  return {
    router,
    now,
    directory: joinedDirectory(parts.directory.name, () => [hooked, parts.directory]),
    openDraft: (draft, identity) => (openDraft ?? parts.openDraft)(draft, identity),
  }
}
