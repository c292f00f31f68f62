/** What a purse learns from an answer: a receipt says how a payment ended, a problem why it did not, and nothing says nothing. */
import { isObject, type Json, type JsonObject, member, parseJson } from '../json.ts'
import { textOf } from '../jws.ts'
import type { Proof, Purse } from '../settlement/index.ts'
import { type Credential, credentialsIn, type Receipt, readCredential, readReceipt } from './codec.ts'
import { methodName } from './offer.ts'

/** Tells a purse how the payment of a credential ended; true where it is worth to sign anew. */
export const learnFrom = (
  purse: Purse,
  credential: Credential,
  receipt: Receipt | undefined,
  problem: Json | undefined,
): boolean => {
  if (credential.challenge.method !== methodName || !isObject(credential.payload)) return false
  const proof = credential.payload as unknown as Proof
  if (receipt) {
    const charged = textOf(receipt as JsonObject, 'charged')
    const { reference } = receipt
    return purse.learn(proof, {
      charge: charged !== undefined && /^\d{1,19}$/.test(charged) ? BigInt(charged) : undefined,
      // The receipt of an end names the channel; any other names the payment that settled the request.
      ...(reference === proof.channelId ? {} : { paymentId: reference }),
    })
  }
  const details = isObject(problem) ? member(problem, 'details') : undefined
  const code = isObject(details) ? textOf(details, 'code') : undefined
  // A problem without a code of AMP leaves open what became of the payment: it is offered again as it is.
  return code === undefined ? false : purse.learn(proof, { refused: code })
}

/** The same from what was sent and came back over HTTP. */
export const learn = async (purse: Purse, authorization: string, response: Response): Promise<boolean> => {
  const [text] = credentialsIn(authorization)
  const credential = text === undefined ? undefined : readCredential(text)
  if (!credential) return false
  const header = response.headers.get('payment-receipt')
  if (header !== null) return learnFrom(purse, credential, readReceipt(header), undefined)
  if (!/problem\+json/.test(response.headers.get('content-type') ?? '')) return false
  const read = parseJson(await response.clone().text())
  return learnFrom(purse, credential, undefined, read.ok ? read.value : undefined)
}
