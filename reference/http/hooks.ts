/** Test hooks: clock, calling back, peers, reset, and those of the roles. Without the secret there is nothing here (EXT-HTTP-47, 48). */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type RequestHandler, Router } from 'express'
import { type Message, problemOf, type SchemaPath, validate } from '../../schemas/index.ts'
import { accept, enforces, formatTime, type Outcome } from '../core/index.ts'
import { forgetHookPeers, savePeer } from '../ledger/index.ts'
import { callBack } from './neighbours.ts'
import type { ShellParts } from './server.ts'
import { parseStrictJson } from './strict-json.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

type Hook = (request: never) => Promise<Outcome<unknown>>

const shellHooks = (parts: ShellParts, sweep: () => Promise<void>): Readonly<Record<string, Hook>> => ({
  setClock: async ({ offsetSeconds }: Message<'hooks/set-clock-request'>) => {
    parts.setClockOffset(offsetSeconds)
    await sweep()
    return accept({ now: formatTime(parts.world.now()) })
  },
  callBack: async ({ url }: Message<'hooks/call-back-request'>) => accept(await callBack(url)),
  registerPeer: async (peer: Message<'hooks/register-peer-request'>) => {
    await savePeer(parts.database, peer, true)
    return accept({})
  },
  reset: async (_request: Message<'hooks/reset-request'>) => {
    parts.setClockOffset(0)
    await forgetHookPeers(parts.database)
    return accept({})
  },
})

/** Routes of the hooks; a request without the right secret falls through to the unknown path. */
export const hookRouter = (parts: ShellParts, raw: RequestHandler, sweep: () => Promise<void>): Router => {
  const router = Router({ caseSensitive: true, strict: true })
  const { hooksSecret, world } = parts
  if (hooksSecret === undefined) return router
  const hooks = Object.assign(
    {},
    ...parts.roles.map(({ module }) => module.hooks ?? {}),
    shellHooks(parts, sweep),
  ) as Record<string, Hook>
  const allowed: RequestHandler = (request, _response, next) => {
    const given = digest(String(request.headers['amp-hook-secret'] ?? ''))
    next(timingSafeEqual(given, digest(hooksSecret)) || !enforces(world, 'EXT-HTTP-47') ? undefined : 'router')
  }
  for (const [name, hook] of Object.entries(hooks))
    router.post(`/${name}`, allowed, raw, async (request, response) => {
      const body = Buffer.isBuffer(request.body) ? parseStrictJson(request.body)?.value : undefined
      const broken = validate(`hooks/${kebab(name)}-request` as SchemaPath, body)[0]
      const invalid = enforces(world, 'EXT-HTTP-49') ? broken : undefined
      const instance = String(response.getHeader('AMP-Request-Id'))
      const problem = invalid
        ? problemOf('request-invalid', { field: invalid.path || '/', detail: invalid.message, instance })
        : undefined
      const outcome = problem ? undefined : await hook(body as never)
      if (outcome?.ok) return void response.json(outcome.value)
      const { code, ...occurrence } = outcome && !outcome.ok ? outcome.refusal : { code: 'request-invalid' as const }
      const sent = problem ?? problemOf(code, { ...occurrence, instance })
      response.status(sent.status).type('application/problem+json').send(JSON.stringify(sent))
    })
  return router
}
