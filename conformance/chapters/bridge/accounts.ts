/** What a bridge says of a foreign message: accounts of every field, what never crosses, and nothing of a card. */
import { equal, holds, Inconclusive, told } from '../../expect.ts'
import type { ForeignProtocol, ForeignRequest } from '../../foreign/protocol.ts'
import type { BridgeStage } from '../../stages/bridge.ts'
import type { Answer } from '../../target/client.ts'
import { check, declined, each, isHeard, memberOf } from './words.ts'

type Accounts = Record<'carried' | 'derived' | 'losses', readonly { readonly field: string }[]>

/** Leaves of the JSON a suite sent, as paths with RFC 6901 steps. */
const leavesOf = (value: unknown, path: string): readonly string[] => {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return inner.length === 0
    ? [path]
    : inner.flatMap(([name, part]) => leavesOf(part, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`))
}

/** Card data in the places a message has; the number is a test number no bank issued. */
const laden = (request: ForeignRequest, number: string): readonly ForeignRequest[] => {
  const body = request.body === '' ? {} : JSON.parse(request.body)
  const json = { ...request.headers, 'content-type': 'application/json' }
  const inBody = (more: object): ForeignRequest => ({
    ...request,
    method: 'POST',
    headers: json,
    body: JSON.stringify({ ...body, ...more }),
  })
  return [
    inBody({ note: number }),
    inBody({
      deep: [{ note: `${number.slice(0, 4)} ${number.slice(4, 8)} ${number.slice(8, 12)} ${number.slice(12)}` }],
    }),
    inBody({ note: Buffer.from(number).toString('base64') }),
    inBody({ securityCode: '123', cvv: '123' }),
    { ...request, headers: { ...request.headers, 'x-order': number } },
    { ...request, path: `${request.path}?ref=${number}` },
  ]
}

/** The digit that makes a number pass the Luhn check. */
function luhn(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return String((10 - (sum % 10)) % 10)
}

type Shown = { readonly request: ForeignRequest; readonly answer: Answer }

/** A message that was answered in AMP's own shape: a proposal, or one that proposes nothing where proposals are not. */
const shownBy = async (stage: BridgeStage, protocol: ForeignProtocol): Promise<Shown> => {
  const ways = [...(protocol.pay || protocol.delegate ? [stage.message] : []), ...(protocol.look ? [stage.look] : [])]
  for (const make of ways) {
    const made = await make(protocol, await stage.agent(protocol))
    const request = { ...made, headers: { ...made.headers, 'x-unknown': 'a' } }
    const answer = await stage.send(request)
    if (!isHeard(answer, protocol)) throw new Inconclusive(`the message was refused: ${told(answer)}`)
    if (memberOf(answer, 'carried') !== undefined) return { request, answer }
  }
  throw new Inconclusive('no answer shows accounts')
}

export const accountChecks = [
  ...each(
    'EXT-BRIDGE-16',
    'each field of a message is carried, derived or lost, and each once',
    ['speak', 'accounts'],
    async (stage, protocol) => {
      const { request, answer } = await shownBy(stage, protocol)
      const { carried, derived, losses } = answer.body as Accounts
      const named = [...carried, ...derived, ...losses].map(({ field }) => field)
      equal(named.length, new Set(named).size, 'fields accounted for more than once')
      const body = request.body === '' ? [] : leavesOf(JSON.parse(request.body), 'body')
      const isOpened = (field: string): boolean =>
        protocol.opened?.some((opened) => field === opened || field.startsWith(`${opened}/`)) ?? false
      for (const field of ['method', 'url/path', 'header/x-unknown', ...body.filter((field) => !isOpened(field))])
        holds(named.includes(field), `${field} in the accounts`, named)
    },
  ),
  ...each(
    'EXT-BRIDGE-17',
    'liability, guarantee and revocation are absent',
    ['speak', 'accounts'],
    async (stage, protocol) => {
      const { answer } = await shownBy(stage, protocol)
      const draft = memberOf(answer, 'draft') as Record<string, unknown> | undefined
      for (const shown of [answer.body as Record<string, unknown>, draft])
        if (shown)
          equal(
            [shown.liability, shown.guarantee, shown.revocation],
            ['absent', 'absent', 'absent'],
            'what does not cross',
          )
    },
  ),
  ...each(
    'EXT-BRIDGE-18',
    'a message with card data in it is refused, and none of it comes back',
    ['speak'],
    async (stage, protocol) => {
      const number = '4929000000006'.padEnd(15, '0')
      const pan = `${number}${luhn(number)}`
      const by = await stage.agent(protocol)
      const before = stage.neighbours.received.length
      for (const [index] of laden(await stage.message(protocol, by), pan).entries()) {
        const wrong = laden(await stage.message(protocol, by), pan)[index]
        if (!wrong) continue
        const answer = await stage.send(wrong)
        declined(answer, 'card-data-present', protocol)
        holds(!answer.text.includes(pan), 'a problem without the number', answer.text)
      }
      const told = stage.neighbours.received.slice(before).some((one) => JSON.stringify(one).includes(pan))
      holds(!told, 'nothing of it at AMP', told)
    },
  ),
  check('EXT-BRIDGE-19', 'what is too deep, too large, compressed or no JSON is refused', async (stage) => {
    const post = { method: 'POST' as const, path: '/cart', headers: { 'content-type': 'application/json' } }
    const bodies = [
      `${'['.repeat(200)}${']'.repeat(200)}`,
      '{"a":1',
      '{"a":1,"a":2}',
      JSON.stringify({ a: 'x'.repeat(400_000) }),
    ]
    for (const body of bodies) declined(await stage.send({ ...post, body }), ['message-malformed', 'message-too-large'])
    const zipped = { ...post, headers: { ...post.headers, 'content-encoding': 'gzip' }, body: '{}' }
    declined(await stage.send(zipped), ['message-malformed', 'media-type-unsupported'])
  }),
]
