/** The test hooks of a target, by their names and messages (EXT-HTTP-47 to EXT-HTTP-49). */
import type { Message } from '../../schemas/index.ts'
import { type Exchange, exchangeOf } from './client.ts'

type Requests = {
  readonly setClock: Message<'hooks/set-clock-request'>
  readonly callBack: Message<'hooks/call-back-request'>
  readonly registerPeer: Message<'hooks/register-peer-request'>
  readonly registerMerchant: Message<'hooks/register-merchant-request'>
  readonly trustKeys: Message<'hooks/trust-keys-request'>
  readonly takeAsset: Message<'hooks/take-asset-request'>
  readonly judgeDispute: Message<'hooks/judge-dispute-request'>
  readonly stepKya: Message<'hooks/step-kya-request'>
  readonly seedDevice: Message<'hooks/seed-device-request'>
  readonly trustAttester: Message<'hooks/trust-attester-request'>
  readonly reset: Message<'hooks/reset-request'>
  readonly seedUser: Message<'hooks/seed-user-request'>
  readonly decideAuthorization: Message<'hooks/decide-authorization-request'>
  readonly exportLedger: Message<'hooks/export-ledger-request'>
}

type Answers = {
  readonly setClock: Message<'hooks/set-clock-response'>
  readonly callBack: Message<'hooks/call-back-response'>
  readonly registerPeer: object
  readonly registerMerchant: object
  readonly trustKeys: object
  readonly takeAsset: object
  readonly judgeDispute: Message<'extensions/dispute/dispute'>
  readonly stepKya: { readonly credentialStatus: string }
  readonly seedDevice: object
  readonly trustAttester: object
  readonly reset: object
  readonly seedUser: Message<'hooks/seed-user-response'>
  readonly decideAuthorization: Message<'wallet/complete-idv-response'>
  readonly exportLedger: Message<'hooks/ledger'>
}

export type HookName = keyof Requests

/** A hook refused or is not there. */
export class HookRefused extends Error {}

export type Hooks = {
  readonly endpoint: string
  /** Calls a hook and gives the whole exchange back. */
  readonly send: (name: string, body: object | string, secret?: string | null) => Promise<Exchange>
  /** Calls a hook that has to work. Throws `HookRefused`. */
  readonly call: <Name extends HookName>(name: Name, body: Requests[Name]) => Promise<Answers[Name]>
}

/** How long a hook may take. One that moves the clock does all that fell due in between; a target that left one open is given less. */
const patienceMilliseconds = { usual: 10_000, setClock: 30_000, afterSilence: 5_000 }

export const createHooks = (
  endpoint: string,
  secret: string,
  onExchange: (exchange: Exchange) => void = () => {},
): Hooks => {
  let silent = false
  const patience = (name: string): number => {
    if (silent) return patienceMilliseconds.afterSilence
    return name === 'setClock' ? patienceMilliseconds.setClock : patienceMilliseconds.usual
  }
  const send: Hooks['send'] = async (name, body, given = secret) => {
    const answering = exchangeOf(
      'POST',
      `${endpoint}/${name}`,
      { 'content-type': 'application/json', ...(given === null ? {} : { 'amp-hook-secret': given }) },
      typeof body === 'string' ? body : JSON.stringify(body),
      patience(name),
    )
    const exchange = await answering.catch((error: unknown) => {
      silent = true
      throw error
    })
    silent = false
    onExchange({
      ...exchange,
      headers: { ...exchange.headers, ...(given === null ? {} : { 'amp-hook-secret': '[hidden]' }) },
    })
    return exchange
  }
  return {
    endpoint,
    send,
    call: async (name, body) => {
      const { status, answer } = await send(name, body)
      if (status !== 200) throw new HookRefused(`the hook ${name} answered ${status} ${answer.slice(0, 200)}`)
      try {
        return JSON.parse(answer)
      } catch {
        throw new HookRefused(`the hook ${name} answered no JSON: ${answer.slice(0, 200)}`)
      }
    },
  }
}
