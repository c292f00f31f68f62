/** Where the Payment scheme counts tokens: what a challenge asks for, and what a payer signs or deposits. */
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import {
  encodedWithoutAmounts,
  messageWith,
  type TokenAmounts,
  textWithoutAmounts,
  valueWithoutAmounts,
} from '../token-amounts.ts'
import { credentialOf, credentialsIn, decode, encode, readChallenges } from './codec.ts'
import { minorMethods } from './money.ts'
import { spotOf } from './wire.ts'

const asked = ['amount', 'suggestedDeposit']
const paid = ['payload/value', 'payload/cumulativeAmount', 'payload/additionalDeposit']

/** Methods that count minor units of a currency have no tokens. */
const countsTokens = (challenge: Json): challenge is JsonObject =>
  isObject(challenge) && !minorMethods.has(textOf(challenge, 'method') ?? '')

/** A request in its canonical form, where it stands in that form once. */
const requestWithoutAmounts = (text: string, request: JsonObject): string => {
  const parts = text.split(encode(request))
  return parts.length === 2 ? parts.join(encode(valueWithoutAmounts(request, asked))) : text
}

/** The text of a credential: what is paid, and the request inside the challenge, in either of its forms. */
const credentialWithoutAmounts = (text: string, value: Json): string => {
  const credential = credentialOf(value)
  const challenge = isObject(value) ? member(value, 'challenge') : undefined
  if (!credential || challenge === undefined || !countsTokens(challenge)) return text
  const rest = textWithoutAmounts(text, value, [...paid, ...asked.map((name) => `challenge/request/${name}`)])
  return requestWithoutAmounts(rest, credential.challenge.request)
}

const challengesWithoutAmounts = (text: string, value: readonly Json[]): string => {
  const paths = value.flatMap((each, index) =>
    countsTokens(each) ? asked.map((name) => `${index}/request/${name}`) : [],
  )
  return textWithoutAmounts(text, Object.fromEntries(value.entries()), paths)
}

export const mppAmounts: TokenAmounts = {
  arriving: (message) => {
    const spot = spotOf(message)
    if (!spot) return message
    const { header, kind, json, place } = spot
    if (header === undefined && json !== undefined) {
      const text =
        kind === 'credential'
          ? credentialWithoutAmounts(message.body, json)
          : challengesWithoutAmounts(message.body, Array.isArray(json) ? json : [])
      return messageWith(message, 'body', text)
    }
    let text = header ?? ''
    if (kind === 'required')
      for (const challenge of readChallenges(text) ?? [])
        if (countsTokens(challenge)) text = requestWithoutAmounts(text, challenge.request)
    if (kind === 'credential')
      for (const sent of credentialsIn(text)) {
        const without = (inner: string): string => credentialWithoutAmounts(inner, decode(sent) ?? null)
        text = text.replace(sent, encodedWithoutAmounts(sent, 'base64url', without))
      }
    return messageWith(message, place.slice('header/'.length), text)
  },
  leaving: ['challenges/*/request/amount'],
}
