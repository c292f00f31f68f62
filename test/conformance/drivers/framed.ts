/** The reference behind a transport that is not AMP's: frames of JSON over TCP, where no caller signs and no neighbour has an address. */

import { createPrivateKey } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { CompactSign, type JWK } from 'jose'
import { type Dice, diceOf, type Party } from '../../../conformance/parties.ts'
import { requirements } from '../../../conformance/requirements.ts'
import { type Caller, createClient } from '../../../conformance/target/client.ts'
import { readDiscovery } from '../../../conformance/target/discovery.ts'
import { createHooks } from '../../../conformance/target/hooks.ts'
import type { Deviation } from '../../../reference/core/index.ts'
import { type PartyKey, startReference } from '../../../reference/index.ts'
import { partyKeyOf } from '../../../reference/party-keys.ts'
import { type OperationName, type Role, version } from '../../../schemas/index.ts'

const hooksSecret = 'framed-framed-framed-framed'

type Frame = Record<string, unknown> & { readonly n: string }
type Delivered = { readonly status: number; readonly body: unknown } | null

const frameOf = (value: object): Buffer => {
  const body = Buffer.from(JSON.stringify(value))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

/** Reads frames off a socket. */
const hearFrames = (socket: Socket, hear: (frame: Frame) => void): void => {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const length = rest.length < 4 ? Number.POSITIVE_INFINITY : rest.readUInt32BE()
      if (rest.length < 4 + length) return
      hear(JSON.parse(rest.subarray(4, 4 + length).toString('utf8')))
      rest = rest.subarray(4 + length)
    }
  })
}

type Writing = { readonly id: string; readonly kid: string; readonly privateJwk: JWK } | { readonly userToken: string }

const callerOf = async (by: Writing | null): Promise<Caller> => {
  if (by === null || 'userToken' in by) return by ?? undefined
  const { kty, crv, x, y } = by.privateJwk
  const open = { kty, crv, x, y, kid: by.kid, use: 'sig', alg: 'ES256' }
  const privateKey = createPrivateKey({ key: by.privateJwk as never, format: 'jwk' })
  return { id: by.id, kid: by.kid, privateKey, jwk: open as unknown as Party['jwk'] }
}

/** What the reference calls in place of its neighbours. */
const startInbox = async (deliver: (call: object) => Promise<Delivered>) => {
  const server = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const name = (request.url ?? '').slice(1).replace('/', '.')
    const message = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    const { 'idempotency-key': key, 'signature-input': signed = '' } = request.headers
    const from = /keyid="([^"#]*)#/.exec(String(signed))?.[1]
    const reply = await deliver({ tell: name, message, key, from })
    if (reply === null) return void request.socket.destroy()
    response.writeHead(reply.status, {
      'content-type': reply.status === 200 ? 'application/json' : 'application/problem+json',
      'amp-version': version,
      'amp-request-id': 'framed',
    })
    response.end(JSON.stringify(reply.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Parties of the suite, at the address of the inbox; the framed transport has no addresses, so one stands for all. */
const acquaint = async (hooks: ReturnType<typeof createHooks>, parties: Record<string, Writing>, url: string) => {
  await hooks.call('reset', {})
  for (const [role, party] of Object.entries(parties)) {
    const known = await callerOf(party)
    if (!known || !('jwk' in known)) continue
    await hooks.call('registerPeer', {
      role: role as Role,
      id: known.id,
      name: role === 'wallet' ? 'SUITE_WALLET' : `Suite ${role}`,
      endpoint: `${url}/${role}`,
      jwks: { keys: [known.jwk] },
    })
  }
}

/** What an implementation signs so that a certificate can be bound to it. */
export type Prove = (role: string, challenge: string, own: PartyKey) => Promise<unknown>

/** Signs the challenge of a run with the key of the role. */
export const proveWell: Prove = (role, challenge, { id, privateKey, publicJwk }) =>
  new CompactSign(Buffer.from(JSON.stringify({ challenge, role, id })))
    .setProtectedHeader({ alg: 'ES256', typ: 'amp-challenge+jwt', kid: publicJwk.kid })
    .sign(privateKey)

/** Starts a role of the reference behind frames. `requirements`: all but those of the HTTP binding, which frames are not. */
export const startFramed = async (role: Role, deviation?: Deviation, prove = proveWell) => {
  const masterKey = Buffer.alloc(32, 7)
  const reference = await startReference({ roles: [role], hooksSecret, deviation, masterKey })
  const { document } = await readDiscovery(reference.url)
  if (!document?.roles[0]) throw new Error('the reference shows no discovery document')
  const key = await partyKeyOf(reference.database as never, document.roles[0].id, masterKey)
  const about = {
    software: document.software,
    roles: document.roles.map(({ role: served, id, jwks }) => ({
      role: served,
      id,
      keys: jwks.keys,
      address: reference.url,
    })),
    extensions: document.extensions,
    requirements: [...requirements.keys()].filter((id) => !id.startsWith('EXT-HTTP-')),
  }
  const closing: (() => void)[] = []

  const serve = async (socket: Socket): Promise<void> => {
    const waiting = new Map<string, (reply: Delivered) => void>()
    let told = 0
    let offset = 0
    const dice: Dice = diceOf(Date.now(), 'framed', String(socket.remotePort))
    const hooks = createHooks(document.hooks.endpoint ?? '', hooksSecret)
    const client = createClient({
      endpointOf: (of) => `${reference.url}/${of}`,
      now: () => Math.floor(Date.now() / 1000) + offset,
      dice,
      onExchange: () => {},
      onObservation: () => {},
    })
    const inbox = await startInbox(
      (call) =>
        new Promise((resolve) => {
          const n = `t${told++}`
          waiting.set(n, resolve)
          socket.write(frameOf({ n, ...call }))
        }),
    )
    closing.push(() => {
      socket.destroy()
      inbox.server.closeAllConnections()
      inbox.server.close()
    })
    const hook = async (name: string, message: Record<string, unknown>): Promise<unknown> => {
      const endpoint =
        typeof message.endpoint === 'string' ? `${inbox.url}/${message.endpoint.split('/').at(-1)}` : undefined
      const { status, answer } = await hooks.send(name, { ...message, ...(endpoint ? { endpoint } : {}) })
      if (status !== 200) throw Object.assign(new Error(`the hook ${name} refused`), { problem: JSON.parse(answer) })
      if (name === 'setClock') offset = Number(message.offsetSeconds)
      return JSON.parse(answer)
    }
    const carry = async (frame: Frame): Promise<unknown> => {
      if (frame.what === 'meet') {
        await acquaint(hooks, frame.parties as Record<string, Writing>, inbox.url)
        return about
      }
      if (frame.what === 'prove') return prove(String(frame.role), String(frame.challenge), key)
      if (frame.what === 'hook') return hook(String(frame.name), frame.message as Record<string, unknown>)
      const change = typeof frame.key === 'string' ? { idempotencyKey: frame.key } : {}
      const by = await callerOf(frame.by as Writing | null)
      const { status, body } = await client.call(frame.name as OperationName, frame.message as never, by, change)
      return { status, body }
    }
    hearFrames(socket, (frame) => {
      const waits = waiting.get(frame.n)
      if (waits) {
        waiting.delete(frame.n)
        return waits(frame.reply as Delivered)
      }
      carry(frame).then(
        (result) => socket.write(frameOf({ n: frame.n, result: result ?? null })),
        (error: Error & { problem?: object }) =>
          socket.write(frameOf({ n: frame.n, failed: error.message, problem: error.problem })),
      )
    })
    socket.on('error', () => {})
  }

  const server = createServer((socket) => void serve(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    key,
    stop: async () => {
      for (const close of closing) close()
      server.close()
      await reference.stop()
    },
  }
}
