/** Web Bot Auth on the wire: the signature by its tag, and the agent's URL in the drafted or the legacy form. */
import { isInnerList, parseDictionary, parseItem } from 'structured-headers'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { type HttpSignature, readHttpSignature, type SignatureProfile, tagsOf } from '../http-signature.ts'
import { type ForeignMessage, headerOf } from '../message.ts'

/** How the agent's URL came: as a member of a dictionary (the draft), as a bare string (before it), or not at all. */
export type AgentForm = 'draft' | 'legacy' | 'absent'

/** A request, typed and untrusted. */
export type BotWire = HttpSignature & {
  readonly message: ForeignMessage
  readonly form: AgentForm
  /** The https URL the agent goes by; a name to be known beforehand, never an address to fetch. */
  readonly agentUrl?: string
  /** Whether the signature covers that header. */
  readonly isAgentCovered: boolean
}

/** The draft recommends a day at most. */
export const botProfile: SignatureProfile = {
  name: 'Web Bot Auth',
  tags: ['web-bot-auth'],
  covers: [['@authority', '@target-uri']],
  needs: [],
  windowMax: 86_400,
}

/** Finds it by the tag of a signature, never by label or position. */
export const detect = (message: ForeignMessage): Detection => {
  const [tag] = tagsOf(message, botProfile.tags)
  return tag
    ? { mine: true, reasons: ['a signature is tagged web-bot-auth'] }
    : { mine: false, reasons: ['no signature is tagged web-bot-auth'] }
}

const field = 'header/signature-agent'
const malformed = (detail: string) => refuse('message-malformed', { detail, field })

type Agent = Pick<BotWire, 'form' | 'agentUrl' | 'isAgentCovered'>

const named = (form: AgentForm, url: unknown, isAgentCovered: boolean): Outcome<Agent> => {
  if (typeof url !== 'string' || !URL.canParse(url) || new URL(url).protocol !== 'https:')
    return malformed('Signature-Agent has to name an https URL')
  return accept({ form, agentUrl: url, isAgentCovered })
}

const coveredMember = /^signature-agent;key=(.+)$/

const readAgent = (message: ForeignMessage, { label, components }: HttpSignature): Outcome<Agent> => {
  const header = headerOf(message, 'signature-agent')
  if (header === undefined) return accept({ form: 'absent', isAgentCovered: false })
  const covers = (name: string): boolean => components.includes(name)
  if (header.startsWith('"')) {
    try {
      return named('legacy', parseItem(header)[0], covers('signature-agent'))
    } catch {
      return malformed('Signature-Agent is not a structured field')
    }
  }
  try {
    // The member the signature covers names the agent; members of other agents may stand beside it.
    const key = components.flatMap((name) => coveredMember.exec(name)?.[1] ?? [])[0] ?? label
    const member = parseDictionary(header).get(key)
    if (!member || isInnerList(member)) return malformed('Signature-Agent has no member for this signature')
    const [url, parameters] = member
    // `jwks_uri` and `cimd` name other ways to the same keys; how keys are found is the directory's business here.
    const type = parameters.get('type') ?? 'directory'
    if (!['directory', 'jwks_uri', 'cimd'].includes(String(type)))
      return accept({ form: 'absent', isAgentCovered: false })
    return named('draft', url, covers(`signature-agent;key=${key}`))
  } catch {
    return malformed('Signature-Agent is not a structured field')
  }
}

/** Reads a request. A URL that the signature does not cover was put there by anybody, and is refused. */
export const parse = (message: ForeignMessage): Outcome<BotWire> => {
  const signature = readHttpSignature(message, botProfile)
  if (!signature.ok) return signature
  const agent = readAgent(message, signature.value)
  if (!agent.ok) return agent
  if (agent.value.agentUrl !== undefined && !agent.value.isAgentCovered)
    return refuse('foreign-fields-missing', {
      detail: 'the signature does not cover Signature-Agent in the form it came in',
      field: 'signature/components',
    })
  return accept({ message, ...signature.value, ...agent.value })
}
