/** Bridges: what becomes of a foreign message at AMP, and what is believed of it before. */
import type { ProblemCode } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { equal, holds, Inconclusive, refused, told } from '../../expect.ts'
import type { ForeignProtocol, ForeignRequest } from '../../foreign/protocol.ts'
import { Refusal, silence } from '../../neighbours/server.ts'
import { type BridgeStage, bridgeStage, type Otherwise } from '../../stages/bridge.ts'
import type { Answer } from '../../target/client.ts'

const check = chapterOf('bridge', 'bridge', bridgeStage)

const isTaken = ({ status }: Answer): boolean => status >= 200 && status < 300

/** A refusal with one of these codes; a protocol with an answer shape of its own has none to show. */
const declined = (answer: Answer, codes: ProblemCode | readonly ProblemCode[]): void => {
  holds(!isTaken(answer), 'a refusal', told(answer))
  if (/^application\/problem\+json/.test(answer.headers['content-type'] ?? '')) refused(answer, codes)
}

/** Members of a taken answer, where it is in AMP's own shape. */
const memberOf = (answer: Answer, name: string): unknown => ((answer.body ?? {}) as Record<string, unknown>)[name]

/** An order that is proposed, with what came of it. */
const propose = async (stage: BridgeStage, protocol: ForeignProtocol, change?: Otherwise) => {
  const [checkout, by] = [stage.order(), await stage.agent()]
  const answer = await stage.send(await stage.pay(protocol, checkout, by, change))
  return { checkout, by, answer, asked: stage.askedAbout(checkout) }
}

/** A proposal that has to be taken before a check can go on. */
const proposed = async (stage: BridgeStage, protocol: ForeignProtocol) => {
  const made = await propose(stage, protocol)
  const [asked] = made.asked
  if (!isTaken(made.answer) || !asked)
    throw new Inconclusive(`${protocol.protocol}: a good proposal came to nothing: ${told(made.answer)}`)
  return { ...made, asked: [asked] as const }
}

/** A message that is wrong in one thing is refused for it, and asks nothing of AMP; a good one before and after passes. */
const refusesAll = async (
  stage: BridgeStage,
  codes: ProblemCode | readonly ProblemCode[],
  wrongs: (protocol: ForeignProtocol) => readonly Otherwise[] | Promise<readonly Otherwise[]>,
): Promise<void> => {
  for (const protocol of stage.protocols()) {
    const attempt = async (otherwise?: Otherwise) => {
      if (protocol.pay) return propose(stage, protocol, otherwise)
      const by = await stage.agent()
      return { answer: await stage.send(await stage.look(protocol, by, otherwise)), asked: [] }
    }
    const passes = async (): Promise<void> => {
      const { answer } = await attempt()
      if (!isTaken(answer)) throw new Inconclusive(`${protocol.protocol}: the control was refused: ${told(answer)}`)
    }
    await passes()
    for (const wrong of await wrongs(protocol)) {
      const { answer, asked } = await attempt(wrong)
      declined(answer, codes)
      equal(asked.length, 0, 'requests to AMP')
    }
    await passes()
  }
}

/** Flips one bit of the signature a request carries. */
const flipped = (request: ForeignRequest, bit: number): ForeignRequest => {
  const [name, , value = ''] = /^([^=]+)=(:)(.+):$/.exec(request.headers.signature ?? '')?.slice(1) ?? []
  const bytes = Buffer.from(value, 'base64')
  const at = bit % (bytes.length * 8)
  bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
  return { ...request, headers: { ...request.headers, signature: `${name}=:${bytes.toString('base64')}:` } }
}

const drafts = [
  check('EXT-BRIDGE-1', 'the protocols a bridge takes stand in its discovery document', async (stage) => {
    const { extensions } = stage.session.discovery
    holds(extensions.includes('bridge') && extensions.length > 1, 'bridge and a protocol', extensions)
  }),
  check('EXT-BRIDGE-2', 'a message of no protocol is refused as such', async (stage) => {
    const plain = { method: 'POST', path: '/cart', headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
    declined(await stage.send({ ...plain, method: 'POST' }), 'protocol-unknown')
    declined(await stage.send({ method: 'GET', path: '/', headers: {}, body: '' }), 'protocol-unknown')
  }),
  check('EXT-BRIDGE-3', 'a proposed order reaches AMP as it was proposed, once', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const { checkout, answer, asked } = await propose(stage, protocol)
      holds(isTaken(answer), `the order of ${protocol.protocol} to be taken`, told(answer))
      equal(asked.length, 1, 'requests to AMP')
      const message = asked[0]?.message
      const reached = message?.mandateType === 'IMMEDIATE' ? message.checkout : undefined
      const { total_amount, merchant, goods, reference_checkout_id } = checkout
      equal(
        [reached?.total_amount, reached?.reference_checkout_id, reached?.goods],
        [total_amount, reference_checkout_id, goods],
        'the order at AMP',
      )
      const { reference_merchant_id, merchant_name, merchant_mcc } = reached?.merchant ?? {}
      equal({ reference_merchant_id, merchant_name, merchant_mcc }, merchant, 'the merchant at AMP')
    }
  }),
  check('EXT-BRIDGE-3', 'amounts reach AMP exactly, whatever decimals their currency has', async (stage) => {
    for (const protocol of stage.protocols('pay'))
      for (const [currency, value] of [
        ['JPY', '1'],
        ['USD', '99999999'],
        ['KWD', '1234567'],
      ] as const) {
        const amount = { currency, value }
        const goods = [{ goods_name: 'Tea', goods_unit_amount: amount, goods_quantity: '1' }]
        const checkout = stage.order(1, { total_amount: amount, goods })
        const answer = await stage.send(await stage.pay(protocol, checkout, await stage.agent()))
        holds(isTaken(answer), `${value} ${currency} to be taken`, told(answer))
        const message = stage.askedAbout(checkout)[0]?.message
        equal(message?.mandateType === 'IMMEDIATE' ? message.checkout.total_amount : null, amount, 'the amount')
      }
  }),
  check('EXT-BRIDGE-3', 'bounds that are asked for reach AMP as they were asked for', async (stage) => {
    for (const { protocol, delegate } of stage.protocols('delegate')) {
      const intent = stage.bounds()
      const request = await delegate?.(intent, stage.mannerOf(await stage.agent()))
      if (!request) continue
      const answer = await stage.send(request)
      holds(isTaken(answer), `the bounds of ${protocol} to be taken`, told(answer))
      const [asked] = stage.askedFor(intent)
      equal([asked?.message.mandateType, asked?.message.intent], ['AUTONOMOUS', intent], 'the bounds at AMP')
    }
  }),
  check('EXT-BRIDGE-4', 'a message that only looks around asks nothing of AMP', async (stage) => {
    for (const protocol of stage.protocols()) {
      const before = stage.neighbours.received.length
      const [checkout, by] = [stage.order(), await stage.agent()]
      const plain = await stage.look(protocol, by)
      const answer = await stage.send(plain)
      holds(isTaken(answer), `${protocol.protocol} to be known`, told(answer))
      equal(memberOf(answer, 'session') ?? null, null, 'a session')
      equal(memberOf(answer, 'draft') ?? null, null, 'a draft')
      const laden = await stage.look(protocol, by)
      const body = JSON.stringify({ checkout, intent: stage.bounds() })
      await stage.send({
        ...laden,
        method: 'POST',
        headers: { ...laden.headers, 'content-type': 'application/json' },
        body,
      })
      equal(stage.askedAbout(checkout).length, 0, 'requests to AMP')
      const asked = stage.neighbours.received.slice(before).filter(({ signed }) => !signed)
      equal(asked.length, 0, 'unsigned requests to AMP')
    }
  }),
  check('EXT-BRIDGE-5', 'nothing but a session is asked of AMP, and the mandate stays inactive', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const { answer, asked } = await proposed(stage, protocol)
      holds(asked[0].signed, 'a request signed by the agent the bridge is at AMP', asked[0].headers['signature-input'])
      const session = memberOf(answer, 'session') as { status?: string } | undefined
      const draft = memberOf(answer, 'draft') as { status?: string } | undefined
      for (const shown of [session, draft]) if (shown) equal(shown.status, 'inactive', 'the status that is shown')
    }
    const others = stage.neighbours.received.filter(({ name }) => name !== 'credential-provider.createMandateSession')
    equal(
      others.map(({ name }) => name),
      [],
      'other requests to AMP',
    )
  }),
  check('EXT-BRIDGE-6', 'the user is sent to the address AMP answered', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const { answer, asked } = await proposed(stage, protocol)
      const { authUrl } = asked[0].answer as { authUrl: string }
      holds(answer.text.includes(JSON.stringify(authUrl).slice(1, -1)), authUrl, answer.text)
    }
  }),
  check('EXT-BRIDGE-7', 'a refusal of AMP is passed on with its code', async (stage) => {
    for (const protocol of stage.protocols('pay'))
      for (const code of ['agent-suspended', 'limit-daily-exceeded', 'intent-unclear'] as const) {
        const [checkout, by] = [stage.order(), await stage.agent()]
        const end = stage.neighbours.script(
          'credential-provider.createMandateSession',
          (message) =>
            message.mandateType === 'IMMEDIATE' &&
            message.checkout.reference_checkout_id === checkout.reference_checkout_id,
          () => new Refusal(code),
        )
        declined(await stage.send(await stage.pay(protocol, checkout, by)), code)
        end()
      }
  }),
  check('EXT-BRIDGE-8', 'no session is claimed where AMP does not answer', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const end = stage.neighbours.script(
        'credential-provider.createMandateSession',
        (message) =>
          message.mandateType === 'IMMEDIATE' &&
          message.checkout.reference_checkout_id === checkout.reference_checkout_id,
        () => silence,
      )
      const answer = await stage.send(await stage.pay(protocol, checkout, by))
      end()
      declined(answer, ['peer-unavailable', 'peer-answer-invalid'])
      equal(memberOf(answer, 'session') ?? null, null, 'a session')
    }
  }),
]

const forged: readonly ProblemCode[] = [
  'foreign-signature-invalid',
  'foreign-object-mismatch',
  'digest-mismatch',
  'foreign-fields-missing',
]

/** What can be done to a signed request by somebody without its key. */
const tampers = (request: ForeignRequest, bit: number): readonly ForeignRequest[] => [
  flipped(request, bit),
  { ...request, path: `${request.path}-more` },
  ...(request.body === '' ? [] : [{ ...request, body: request.body.replace('Shop ', 'Ship ') }]),
]

const belief = [
  check('EXT-BRIDGE-9', 'a message that was changed after it was signed is refused', async (stage) => {
    for (const protocol of stage.protocols()) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const make = () => (protocol.pay ? stage.pay(protocol, checkout, by) : stage.look(protocol, by))
      for (const [index] of tampers(await make(), 0).entries()) {
        const wrong = tampers(await make(), stage.dice.number(0, 511))[index]
        if (wrong && !(protocol.protocol === 'web-bot-auth' && index === 1)) declined(await stage.send(wrong), forged)
      }
      equal(stage.askedAbout(checkout).length, 0, 'requests to AMP')
      holds(isTaken(await stage.send(await make())), 'the message itself to be taken', protocol.protocol)
    }
  }),
  check('EXT-BRIDGE-9', 'a key under the name of another is refused', (stage) =>
    refusesAll(stage, 'foreign-signature-invalid', async () => {
      const [real, thief] = [await stage.agent(), stage.stranger()]
      return [{ agent: { ...thief, kid: real.kid } }]
    }),
  ),
  check('EXT-BRIDGE-10', 'a key no directory holds is refused', (stage) =>
    refusesAll(stage, ['foreign-agent-unknown', 'directory-unavailable'], () => [{ agent: stage.stranger() }]),
  ),
  check('EXT-BRIDGE-10', 'a key that was taken out of its directory is refused', async (stage) => {
    for (const protocol of stage.protocols()) {
      const by = await stage.agent()
      holds(isTaken(await stage.send(await stage.look(protocol, by))), 'a listed key to be taken', protocol.protocol)
      await stage.trust(by, [])
      declined(await stage.send(await stage.look(protocol, by)), ['foreign-agent-unknown', 'directory-unavailable'])
    }
  }),
  check('EXT-BRIDGE-11', 'a message from the future, over, or valid for too long is refused', (stage) =>
    refusesAll(stage, ['foreign-not-yet-valid', 'foreign-expired', 'foreign-window-invalid'], ({ windowMax }) => {
      const now = stage.session.now()
      return [
        { created: now + 300, expires: now + 500 },
        { created: now - 400, expires: now - 130 },
        { created: now - 5, expires: now - 5 },
        { created: now - windowMax - 3_600, expires: now + 200 },
      ]
    }),
  ),
  check('EXT-BRIDGE-12', 'a message signed for another host is refused', (stage) =>
    refusesAll(stage, ['foreign-signature-invalid', 'foreign-audience-mismatch'], () => [
      { authority: `${stage.dice.word()}.example` },
    ]),
  ),
  check('EXT-BRIDGE-13', 'a message that comes again is refused', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const request = await stage.pay(protocol, checkout, by)
      holds(isTaken(await stage.send(request)), 'the first to be taken', protocol.protocol)
      declined(await stage.send(request), 'foreign-nonce-replayed')
      equal(stage.askedAbout(checkout).length, 1, 'requests to AMP')
    }
  }),
  check('EXT-BRIDGE-13', 'of one message sent twelve times at once one is taken', async (stage) => {
    for (const protocol of stage.protocols('pay')) {
      const [checkout, by] = [stage.order(), await stage.agent()]
      const request = await stage.pay(protocol, checkout, by)
      const answers = await Promise.all(Array.from({ length: 12 }, () => stage.send(request)))
      equal(answers.filter(isTaken).length, 1, 'messages taken')
      equal(stage.askedAbout(checkout).length, 1, 'requests to AMP')
    }
  }),
  check('EXT-BRIDGE-14', 'a forgery does not use up the nonce of the message it copies', async (stage) => {
    for (const protocol of stage.protocols()) {
      const by = await stage.agent()
      const request = await stage.look(protocol, by)
      declined(await stage.send(flipped(request, stage.dice.number(0, 511))), forged)
      const answer = await stage.send(request)
      holds(isTaken(answer), 'the message itself to be taken', told(answer))
    }
  }),
  check('EXT-BRIDGE-15', 'the agent is named as its directory names it', async (stage) => {
    for (const protocol of stage.protocols()) {
      const by = await stage.agent()
      const request = await stage.look(protocol, by)
      const answer = await stage.send({ ...request, headers: { ...request.headers, 'x-agent-id': 'somebody-else' } })
      const identity = memberOf(answer, 'identity') as { agent?: { id?: string } } | undefined
      equal(identity?.agent?.id ?? null, by.id, 'the agent')
    }
  }),
]

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

const accounts = [
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
      for (const field of ['method', 'url/path', 'header/x-unknown', ...body])
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

/** The digit that makes a number pass the Luhn check. */
function luhn(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return String((10 - (sum % 10)) % 10)
}

export const bridgeChecks = [...drafts, ...belief, ...accounts]
