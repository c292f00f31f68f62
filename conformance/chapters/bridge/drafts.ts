/** What becomes of a foreign message at AMP: a draft over what it proposes, and nothing beside. */
import { equal, holds, told } from '../../expect.ts'
import { Refusal, silence } from '../../neighbours/server.ts'
import { check, declined, isTaken, memberOf, propose, proposed } from './words.ts'

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
      // Where a protocol has no place for what a shop sells, AMP cannot be told.
      const said = protocol.lacks?.includes('category') ? merchant.merchant_mcc : merchant_mcc
      equal({ reference_merchant_id, merchant_name, merchant_mcc: said }, merchant, 'the merchant at AMP')
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
    for (const protocol of stage.protocols('delegate')) {
      const intent = stage.bounds()
      const request = await protocol.delegate?.(intent, stage.mannerOf(await stage.agent()))
      if (!request) continue
      const answer = await stage.send(request)
      holds(isTaken(answer), `the bounds of ${protocol.protocol} to be taken`, told(answer))
      const [asked] = stage.askedFor(intent, protocol)
      const { raw, desc } = protocol.lacks?.includes('words') && asked ? asked.message.intent : intent
      equal(
        [asked?.message.mandateType, asked?.message.intent],
        ['AUTONOMOUS', { ...intent, raw, desc }],
        'the bounds at AMP',
      )
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
