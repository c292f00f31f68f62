/** What becomes of a foreign message at AMP: a draft over what it proposes, and nothing beside. */
import { equal, holds, told } from '../../expect.ts'
import { Refusal, silence } from '../../neighbours/server.ts'
import { check, declined, each, isHeard, memberOf, proposed, sent } from './words.ts'

const createSession = 'credential-provider.createMandateSession'

/** The members of what reached AMP that a proposal has words for. */
const like = (reached: object | undefined, wanted: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(wanted).map((name) => [name, (reached as Record<string, unknown> | undefined)?.[name]]),
  )

export const draftChecks = [
  check('EXT-BRIDGE-1', 'the protocols a bridge takes stand in its discovery document', async (stage) => {
    const { extensions } = stage.session.discovery
    holds(extensions.includes('bridge') && extensions.length > 1, 'bridge and a protocol', extensions)
  }),
  check('EXT-BRIDGE-2', 'a message of no protocol is refused as such', async (stage) => {
    const plain = { method: 'POST', path: '/cart', headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
    declined(await stage.send({ ...plain, method: 'POST' }), 'protocol-unknown')
    declined(await stage.send({ method: 'GET', path: '/', headers: {}, body: '' }), 'protocol-unknown')
  }),
  ...each('EXT-BRIDGE-3', 'a proposed order reaches AMP as it was proposed, once', ['pay'], async (stage, protocol) => {
    const proposal = stage.paying(protocol, await stage.agent(protocol))
    const { answer, asked } = await sent(stage, proposal)
    holds(isHeard(answer, protocol), 'the order to be taken', told(answer))
    equal(asked.length, 1, 'requests to AMP')
    const message = asked[0]?.message
    const reached = message?.mandateType === 'IMMEDIATE' ? message.checkout : undefined
    const { merchant, ...ordered } = proposal.ordered ?? { merchant: {} }
    equal(like(reached, ordered), ordered, 'the order at AMP')
    equal(like(reached?.merchant, merchant), merchant, 'the merchant at AMP')
  }),
  ...each(
    'EXT-BRIDGE-3',
    'amounts reach AMP exactly, whatever decimals their currency has',
    ['pay'],
    async (stage, protocol) => {
      for (const [currency, value] of [
        ['JPY', '1'],
        ['USD', '99999999'],
        ['KWD', '1234567'],
      ] as const) {
        const amount = { currency, value }
        const goods = [{ goods_name: 'Tea', goods_unit_amount: amount, goods_quantity: '1' }]
        const checkout = stage.order(1, { total_amount: amount, goods })
        const { answer, asked } = await sent(stage, stage.paying(protocol, await stage.agent(protocol), checkout))
        holds(isHeard(answer, protocol), `${value} ${currency} to be taken`, told(answer))
        const message = asked[0]?.message
        equal(message?.mandateType === 'IMMEDIATE' ? message.checkout.total_amount : null, amount, 'the amount')
      }
    },
  ),
  ...each(
    'EXT-BRIDGE-3',
    'bounds that are asked for reach AMP as they were asked for',
    ['delegate'],
    async (stage, protocol) => {
      const proposal = stage.delegating(protocol, await stage.agent(protocol))
      const { answer, asked } = await sent(stage, proposal)
      holds(isHeard(answer, protocol), 'the bounds to be taken', told(answer))
      equal(asked.length, 1, 'requests to AMP')
      const message = asked[0]?.message
      const { constraints, ...words } = proposal.bounded ?? { constraints: {} }
      const reached = message?.mandateType === 'AUTONOMOUS' ? message.intent : undefined
      equal(like(reached, words), words, 'the bounds at AMP')
      equal(like(reached?.constraints, constraints), constraints, 'the constraints at AMP')
      // What the protocol has no words for may narrow them, in anything but amounts.
      const amounts = Object.keys(reached?.constraints ?? {}).filter((name) => name.startsWith('payment_amount'))
      holds(
        amounts.every((name) => name in constraints),
        'no amounts but those asked for',
        amounts,
      )
    },
  ),
  ...each('EXT-BRIDGE-21', 'an order in money that is none is refused', ['pay'], async (stage, protocol) => {
    const by = await stage.agent(protocol)
    const amount = { currency: 'XXX', value: '1200' }
    const goods = [{ goods_name: 'Tea', goods_unit_amount: amount, goods_quantity: '1' }]
    const proposal = stage.paying(protocol, by, stage.order(1, { total_amount: amount, goods }))
    const { answer, asked } = await sent(stage, proposal)
    declined(answer, ['foreign-currency-missing', 'message-malformed'], protocol)
    equal(asked.length, 0, 'requests to AMP')
    const good = await sent(stage, stage.paying(protocol, by))
    holds(isHeard(good.answer, protocol), 'an order in dollars to be taken', told(good.answer))
  }),
  ...each('EXT-BRIDGE-4', 'a message that only looks around asks nothing of AMP', ['look'], async (stage, protocol) => {
    const before = stage.neighbours.received.length
    const by = await stage.agent(protocol)
    const answer = await stage.send(await stage.look(protocol, by))
    holds(isHeard(answer, protocol), 'the message to be known', told(answer))
    equal(memberOf(answer, 'session') ?? null, null, 'a session')
    equal(memberOf(answer, 'draft') ?? null, null, 'a draft')
    const [laden, checkout, intent] = [await stage.look(protocol, by), stage.order(), stage.bounds()]
    await stage.send({
      ...laden,
      method: 'POST',
      headers: { ...laden.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ checkout, intent }),
    })
    const isLaden = stage.neighbours.all(createSession, (message) =>
      message.mandateType === 'IMMEDIATE'
        ? message.checkout.reference_checkout_id === checkout.reference_checkout_id
        : message.intent.raw === intent.raw,
    )
    equal(isLaden.length, 0, 'requests to AMP')
    const asked = stage.neighbours.received.slice(before).filter(({ signed }) => !signed)
    equal(asked.length, 0, 'unsigned requests to AMP')
  }),
  ...each(
    'EXT-BRIDGE-5',
    'nothing but a session is asked of AMP, and the mandate stays inactive',
    ['propose'],
    async (stage, protocol) => {
      const { answer, asked } = await proposed(stage, protocol)
      holds(asked.signed, 'a request signed by the agent the bridge is at AMP', asked.headers['signature-input'])
      const session = memberOf(answer, 'session') as { status?: string } | undefined
      const draft = memberOf(answer, 'draft') as { status?: string } | undefined
      for (const shown of [session, draft]) if (shown) equal(shown.status, 'inactive', 'the status that is shown')
      const others = stage.neighbours.received.filter(({ name }) => name !== createSession)
      equal(
        others.map(({ name }) => name),
        [],
        'other requests to AMP',
      )
    },
  ),
  ...each('EXT-BRIDGE-6', 'the user is sent to the address AMP answered', ['propose'], async (stage, protocol) => {
    const { answer, asked } = await proposed(stage, protocol)
    const { authUrl } = asked.answer as { authUrl: string }
    holds(answer.text.includes(JSON.stringify(authUrl).slice(1, -1)), authUrl, answer.text)
  }),
  ...each('EXT-BRIDGE-7', 'a refusal of AMP is passed on with its code', ['propose'], async (stage, protocol) => {
    for (const code of ['agent-suspended', 'limit-daily-exceeded', 'intent-unclear'] as const) {
      const proposal = stage.proposal(protocol, await stage.agent(protocol))
      const end = stage.neighbours.script(createSession, proposal.isAbout, () => new Refusal(code))
      const { answer } = await sent(stage, proposal)
      end()
      declined(answer, code, protocol)
    }
  }),
  ...each('EXT-BRIDGE-8', 'no session is claimed where AMP does not answer', ['propose'], async (stage, protocol) => {
    const proposal = stage.proposal(protocol, await stage.agent(protocol))
    const end = stage.neighbours.script(createSession, proposal.isAbout, () => silence)
    const { answer } = await sent(stage, proposal)
    end()
    declined(answer, ['peer-unavailable', 'peer-answer-invalid'], protocol)
    equal(memberOf(answer, 'session') ?? null, null, 'a session')
  }),
]
