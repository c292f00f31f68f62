/** What a bridge says of a foreign message: accounts of every field, what never crosses, and nothing of a card. */
import { equal, holds, Inconclusive, told } from '../../expect.ts'
import type { ForeignRequest } from '../../foreign/protocol.ts'
import { check, declined, isTaken, memberOf, proposed } from './words.ts'

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

export const accountChecks = [
  check('EXT-BRIDGE-16', 'each field of a message is carried, derived or lost, and each once', async (stage) => {
    let shown = 0
    for (const protocol of stage.protocols('pay')) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const request = await stage.pay(protocol, checkout, by)
      const extra = { ...request, headers: { ...request.headers, 'x-unknown': 'a' } }
      const answer = await stage.send(extra)
      const { carried, derived, losses } = (answer.body ?? {}) as Partial<Accounts>
      if (!isTaken(answer)) throw new Inconclusive(`the message was refused: ${told(answer)}`)
      // A protocol with an answer shape of its own has no place for them.
      if (!carried || !derived || !losses) continue
      shown++
      const named = [...carried, ...derived, ...losses].map(({ field }) => field)
      equal(named.length, new Set(named).size, 'fields accounted for more than once')
      const body = request.body === '' ? [] : leavesOf(JSON.parse(request.body), 'body')
      const plain = body.filter((field) => !protocol.opened?.includes(field))
      for (const field of ['method', 'url/path', 'header/x-unknown', ...plain])
        holds(named.includes(field), `${field} in the accounts of ${protocol.protocol}`, named)
    }
    if (shown === 0) throw new Inconclusive('no answer shows accounts')
  }),
  check('EXT-BRIDGE-17', 'liability, guarantee and revocation are absent', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const { answer } = await proposed(stage, protocol)
      const draft = memberOf(answer, 'draft') as Record<string, unknown> | undefined
      if (!draft) continue
      equal([draft.liability, draft.guarantee, draft.revocation], ['absent', 'absent', 'absent'], 'what does not cross')
    }
  }),
  check('EXT-BRIDGE-18', 'a message with card data in it is refused, and none of it comes back', async (stage) => {
    const number = '4929000000006'.padEnd(15, '0')
    const pan = `${number}${luhn(number)}`
    for (const protocol of stage.protocols()) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const make = () => (protocol.pay ? stage.pay(protocol, checkout, by) : stage.look(protocol, by))
      for (const [index] of laden(await make(), pan).entries()) {
        const wrong = laden(await make(), pan)[index]
        if (!wrong) continue
        const answer = await stage.send(wrong)
        declined(answer, 'card-data-present')
        holds(!answer.text.includes(pan), 'a problem without the number', answer.text)
      }
      equal(stage.askedAbout(checkout).length, 0, 'requests to AMP')
    }
  }),
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
