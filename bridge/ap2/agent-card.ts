/** The AP2 extension of an A2A agent card: found and read in either version of cards, and made for one. */
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'

/** What an agent does in AP2. */
export const roles = ['merchant', 'shopper', 'credentials-provider', 'payment-processor'] as const
export type Ap2Role = (typeof roles)[number]

/** Names of the extension in cards people publish; nothing tells which is right, and the version is not in them. */
export const extensionUris = [
  'https://github.com/google-agentic-commerce/ap2/v1',
  'https://github.com/google-agentic-commerce/ap2/tree/v0.1',
  'https://google-a2a.github.io/A2A/ext/payments/v1',
  'https://google-a2a.github.io/A2A/extensions/payments/v1',
] as const

/** A card of an agent that speaks AP2, as it says of itself. */
export type AgentCard = {
  readonly uri: string
  readonly name: string
  readonly url?: string
  readonly roles: readonly Ap2Role[]
  readonly isRequired: boolean
  /** Roles somebody made up; they are told and mean nothing. */
  readonly otherRoles: readonly string[]
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])
const isRole = (value: Json): value is Ap2Role => roles.some((role) => role === value)

const urlOf = (card: JsonObject): string | undefined => {
  const [first] = listOf(member(card, 'supportedInterfaces'))
  return textOf(card, 'url') ?? (isObject(first) ? textOf(first, 'url') : undefined)
}

/** Reads a card; nothing where it is none, or names no extension of AP2. */
export const readAgentCard = (card: Json | undefined): AgentCard | undefined => {
  if (!isObject(card)) return undefined
  const [capabilities, name] = [member(card, 'capabilities'), textOf(card, 'name')]
  const extension = listOf(isObject(capabilities) ? member(capabilities, 'extensions') : undefined)
    .filter(isObject)
    .find((each) => extensionUris.some((uri) => uri === textOf(each, 'uri')))
  if (!extension || name === undefined) return undefined
  const params = member(extension, 'params')
  const named = listOf(isObject(params) ? member(params, 'roles') : undefined)
  const url = urlOf(card)
  return {
    uri: textOf(extension, 'uri') ?? '',
    name,
    ...(url === undefined ? {} : { url }),
    roles: named.filter(isRole),
    isRequired: member(extension, 'required') === true,
    otherRoles: named.flatMap((each) => (isRole(each) || typeof each !== 'string' ? [] : [each])),
  }
}

/** The extension for the card of an agent with these roles; a merchant's is required, as AP2 asks. */
export const makeAgentExtension = (
  own: readonly [Ap2Role, ...Ap2Role[]],
  uri: (typeof extensionUris)[number] = extensionUris[0],
): JsonObject => ({
  uri,
  description: 'Pays by the Agent Payments Protocol.',
  required: own.includes('merchant'),
  params: { roles: [...new Set(own)] },
})
