/** Test hooks of a gateway: clock, calling back, trusted keys, assets, the credential provider sessions are opened at (EXT-BRIDGE, being known). */
import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type RequestHandler, Router } from 'express'
import { isMessage, type Message, problemOf, type SchemaPath, validate } from '../schemas/index.ts'
import type { MerchantSetting } from './adapter.ts'
import { callBack } from './amp-calls.ts'
import { joinedDirectory } from './directories/index.ts'
import type { OpenDraft } from './gateway.ts'
import { isObject, type Json, type JsonObject, member, parseJson } from './json.ts'
import { type KeyDirectory, Misconfigured, staticDirectory } from './keys.ts'
import { messageBounds } from './message.ts'
import type { Tenant } from './tenants.ts'

/** What hooks stand in for while they are on. */
export type HookedParts = {
  readonly now: () => number
  readonly directory: KeyDirectory
  readonly openDraft: OpenDraft
  readonly tenants: () => readonly Tenant[]
}

export type BridgeHooks = HookedParts & {
  /** `POST /{hook}`; without the right secret a request falls through. */
  readonly router: Router
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

type TrustedSet = Message<'hooks/trust-keys-request'>
type Asset = Message<'hooks/take-asset-request'>
type Listed = Message<'hooks/register-merchant-request'>

/** What hooks brought, each set with a directory of its own: a change of one leaves the others as they are. */
const trustedSets = () => {
  const sets = new Map<string, { readonly set: TrustedSet; readonly directory: KeyDirectory }>()
  const holderOf = new Map<string, string>()
  /** Throws `Misconfigured` for keys that are none, and for a key id another agent has. */
  const take = (set: TrustedSet): void => {
    const { holder, id, name, keys } = set
    const own = `${holder} ${id}`
    const kids = holder === 'agent' ? keys.map(({ kid }) => kid) : []
    const other = kids.find((kid) => (holderOf.get(kid) ?? own) !== own)
    if (other !== undefined) throw new Misconfigured(`the key id ${other} is there twice`)
    const agent = { id, ...(name === undefined ? {} : { name }) }
    const jwks = holder === 'agent' ? { keys, agent } : { keys: [], issuers: { [id]: { keys } } }
    const directory = staticDirectory(jwks, { name: 'hooks' })
    for (const { kid } of sets.get(own)?.set.keys ?? []) if (holder === 'agent') holderOf.delete(kid)
    for (const kid of kids) holderOf.set(kid, own)
    sets.set(own, { set, directory })
  }
  const directory: KeyDirectory = {
    name: 'hooks',
    find: async (kid) => sets.get(holderOf.get(kid) ?? '')?.directory.find(kid),
    findIssuer: async (issuer, kid) => sets.get(`issuer ${issuer}`)?.directory.findIssuer(issuer, kid),
  }
  const clear = (): void => {
    sets.clear()
    holderOf.clear()
  }
  return { take, clear, directory, all: (): readonly TrustedSet[] => [...sets.values()].map(({ set }) => set) }
}

/** Secrets and assets that hooks told, where the settings of each adapter have them: lists and objects to add to. */
const toldOf = (sets: readonly TrustedSet[], assets: readonly Asset[]): Readonly<Record<string, JsonObject>> => {
  const clients = sets.flatMap(({ holder, id, secret, keys: [key] }) =>
    holder === 'agent' && secret !== undefined && key ? [{ token: secret, agent: id, kid: key.kid }] : [],
  )
  const secrets = sets.flatMap(({ holder, id, secret }) =>
    holder === 'server' && secret !== undefined ? [[id, secret] as const] : [],
  )
  return {
    acp: { clients },
    mpp: { secrets: Object.fromEntries(secrets) },
    x402: { assets: assets.map((asset) => ({ ...asset })) },
  }
}

/** A merchant as an operator lists it: by the host of its pages, in the currency the suite pays in. */
const listed = ({ id, merchant }: Listed): MerchantSetting => ({
  cardAcceptorId: new URL(id).host,
  currency: 'USD',
  merchant,
})

/** A list or an object of settings with more in it. */
const joined = (before: Json | undefined, more: Json): Json => {
  if (Array.isArray(more)) return [...(Array.isArray(before) ? before : []), ...more]
  return isObject(more) ? { ...(isObject(before) ? before : {}), ...more } : more
}

/** Settings of one adapter with more in their lists and objects. */
const withMore = (own: JsonObject, more: JsonObject): JsonObject => ({
  ...own,
  ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, joined(member(own, name), value)])),
})

/** Puts hooks in front of what a gateway stands on. `sessionsAt` opens sessions at another credential provider. */
export const bridgeHooks = (
  secret: string,
  parts: HookedParts,
  sessionsAt: (endpoint: string, now: () => number) => OpenDraft,
): BridgeHooks => {
  const trusted = trustedSets()
  const assets = new Map<string, Asset>()
  const merchants = new Map<string, MerchantSetting>()
  let offset = 0
  let openDraft: OpenDraft | undefined
  const now = (): number => parts.now() + offset
  const hooks: Readonly<Record<string, (request: never) => object | Promise<object>>> = {
    setClock: ({ offsetSeconds }: Message<'hooks/set-clock-request'>) => {
      offset = offsetSeconds
      return { now: new Date(now() * 1000).toISOString().replace('.000', '') }
    },
    callBack: ({ url }: Message<'hooks/call-back-request'>) => callBack(url),
    registerPeer: ({ role, endpoint }: Message<'hooks/register-peer-request'>) => {
      if (role === 'credential-provider') openDraft = sessionsAt(endpoint, now)
      return {}
    },
    trustKeys: (set: TrustedSet) => {
      trusted.take(set)
      return {}
    },
    takeAsset: (asset: Asset) => {
      assets.set(`${asset.network} ${asset.asset}`, asset)
      return {}
    },
    registerMerchant: (one: Listed) => {
      merchants.set(one.id, listed(one))
      return {}
    },
    reset: () => {
      trusted.clear()
      merchants.clear()
      assets.clear()
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
    router.post(`/${name}`, allowed, raw, async (request, response) => {
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
        response.json(await hook(body as never))
      } catch (error) {
        if (!(error instanceof Misconfigured)) throw error
        refuse('/keys', error.message)
      }
    })
  return {
    router,
    now,
    directory: joinedDirectory(parts.directory.name, () => [trusted.directory, parts.directory]),
    openDraft: (draft, identity) => (openDraft ?? parts.openDraft)(draft, identity),
    tenants: () => {
      const told = Object.entries(toldOf(trusted.all(), [...assets.values()]))
      return parts.tenants().map((tenant) => {
        const { settings } = tenant
        const own = settings.protocols ?? {}
        const protocols = told.map(([name, more]) => [name, withMore(own[name] ?? {}, more)] as const)
        const more = merchants.size === 0 ? {} : { merchants: [...(settings.merchants ?? []), ...merchants.values()] }
        const changed = { ...settings, ...more, protocols: { ...own, ...Object.fromEntries(protocols) } }
        return { ...tenant, settings: changed }
      })
    },
  }
}
