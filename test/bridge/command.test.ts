/** Proves `amp bridge`: what it prints and how it exits. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { bridgeCommand } from '../../bridge/command.ts'
import { adapters } from '../../bridge/registry.ts'
import { agent, agentRsa, checkout, containerObject, iouObject, keySet, now, tapRequest } from './tap-agent.ts'

let folder = ''
let out = ''
let err = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amp-bridge-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(() => {
  out = ''
  err = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text)
    return true
  })
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

const write = (name: string, value: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

/** Runs the command; the exit code it sets or exits with. */
const run = async (...args: readonly string[]): Promise<number> => {
  try {
    await bridgeCommand().parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    const [, code] = /^exit (\d+)$/.exec((error as Error).message) ?? []
    if (code === undefined) throw error
    return Number(code)
  }
}

const translateMessage = (message: unknown, ...more: readonly string[]): Promise<number> =>
  run(
    'translate',
    '--from',
    'visa-tap',
    '--in',
    write('message.json', message),
    '--keys',
    write('keys.json', keySet),
    '--now',
    String(now),
    ...more,
  )

describe('amp bridge translate', () => {
  it('prints a translation and exits 0', async () => {
    expect(await translateMessage(await tapRequest({ checkout }))).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'translated',
      draft: { status: 'inactive', checkout },
      identity: { agent: { id: 'shop-agent' } },
    })
    expect(out.trim().split('\n').length).toBeGreaterThan(1)
  })

  it('prints one line with --json', async () => {
    expect(await translateMessage(await tapRequest({}), '--json')).toBe(0)
    expect(out.trim().split('\n')).toHaveLength(1)
  })

  it('prints a refusal and exits 1', async () => {
    expect(await translateMessage({ ...(await tapRequest()), url: 'https://merchant.example/other' })).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'refused',
      problem: { code: 'foreign-signature-invalid' },
      evidence: [],
      losses: [],
    })
    out = ''
    expect(await translateMessage('{"method":')).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ outcome: 'refused', problem: { code: 'message-malformed' } })
  })

  it('exits 2 where the message is of another protocol', async () => {
    expect(await translateMessage({ method: 'GET', url: 'https://merchant.example/', headers: {} })).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ outcome: 'not-this-protocol', evidence: [], losses: [] })
  })

  it('takes PS256 in HTTP signatures only where told to', async () => {
    const message = await tapRequest(undefined, {}, agentRsa)
    expect(await translateMessage(message)).toBe(1)
    expect(await translateMessage(message, '--allow-ps256')).toBe(0)
  })

  it('reads the currency and the merchants of an IOU from the caller', async () => {
    const message = await tapRequest({
      agenticPaymentContainer: containerObject({ browsingIOU: iouObject({}, agent) }),
    })
    expect(await translateMessage(message)).toBe(1)
    out = ''
    expect(await translateMessage(message, '--currency', 'EUR')).toBe(0)
    expect(JSON.parse(out).draft.checkout).toMatchObject({
      total_amount: { currency: 'EUR', value: '1250' },
      merchant: { merchant_mcc: '0000' },
    })
    out = ''
    const merchant = { reference_merchant_id: 'M-1', merchant_name: 'Tea House', merchant_mcc: '5499' }
    const merchants = write('merchants.json', [{ cardAcceptorId: 'CAID1', currency: 'USD', merchant }])
    expect(await translateMessage(message, '--merchants', merchants)).toBe(0)
    expect(JSON.parse(out).draft.checkout).toMatchObject({ total_amount: { currency: 'USD' }, merchant })
  })

  it.each<[string, () => Promise<number>]>([
    [
      'an unknown protocol',
      async () =>
        run(
          'translate',
          '--from',
          'nothing',
          '--in',
          write('m.json', {}),
          '--keys',
          write('k.json', keySet),
          '--now',
          '1',
        ),
    ],
    [
      'a file that is not there',
      () =>
        run(
          'translate',
          '--from',
          'visa-tap',
          '--in',
          join(folder, 'none'),
          '--keys',
          write('k.json', keySet),
          '--now',
          '1',
        ),
    ],
    [
      'keys that are not JSON',
      () =>
        run(
          'translate',
          '--from',
          'visa-tap',
          '--in',
          write('m.json', {}),
          '--keys',
          write('k.json', 'x'),
          '--now',
          '1',
        ),
    ],
    [
      'keys that are none',
      () =>
        run(
          'translate',
          '--from',
          'visa-tap',
          '--in',
          write('m.json', {}),
          '--keys',
          write('k.json', {}),
          '--now',
          '1',
        ),
    ],
    [
      'a time that is none',
      () =>
        run(
          'translate',
          '--from',
          'visa-tap',
          '--in',
          write('m.json', {}),
          '--keys',
          write('k.json', keySet),
          '--now',
          'today',
        ),
    ],
    ['no file', () => run('translate', '--from', 'visa-tap')],
    ['an unknown option', () => run('translate', '--from', 'visa-tap', '--no-such-option')],
  ])('exits 3 with %s, and prints no result', async (_name, act) => {
    expect(await act()).toBe(3)
    expect(out).toBe('')
    expect(err).not.toBe('')
  })
})

describe('amp bridge translate --to', () => {
  const payment = {
    kind: 'payment',
    value: {
      paymentId: 'p-1',
      paymentRequestId: 'r-1',
      paymentStatus: 'PROCESSING',
      paymentAmount: { currency: 'JPY', value: '710' },
    },
    given: { clientReferenceId: 'c-1', instructionId: 'in-1', transactionReferenceId: 'txn-1' },
  }
  const speakOut = (document: unknown, protocol = 'visa-intelligent-commerce') =>
    run('translate', '--to', protocol, '--in', write('document.json', document), '--now', String(now))

  it('prints a message of the other protocol and exits 0; what is not known yet does not look failed', async () => {
    expect(await speakOut(payment)).toBe(0)
    const { message } = JSON.parse(out)
    expect(message).toMatchObject({ method: 'POST', path: '/vacp/v1/instructions/in-1/confirmations' })
    expect(message.body.confirmationData[0].paymentConfirmationData).toEqual({
      transactionType: 'PURCHASE',
      transactionStatus: 'PENDING',
      transactionAmount: { transactionAmount: '710', transactionCurrencyCode: 'JPY' },
    })
  })

  it('exits 1 for a document that is none, that holds a card, or that the protocol has no words for', async () => {
    for (const [document, code] of [
      [{ ...payment, kind: 'nothing' }, 'message-malformed'],
      [{ ...payment, given: { ...payment.given, note: '4111 1111 1111 1111' } }, 'card-data-present'],
      [{ kind: 'checkout', value: checkout, given: {} }, 'protocol-unknown'],
    ] as const) {
      out = ''
      expect([code, await speakOut(document)]).toEqual([code, 1])
      expect(JSON.parse(out)).toMatchObject({ outcome: 'refused', problem: { code } })
    }
    out = ''
    expect(await speakOut(payment, 'web-bot-auth')).toBe(1)
  })

  it('exits 3 for both directions at once, and for none', async () => {
    const file = write('document.json', payment)
    expect(await run('translate', '--in', file, '--now', '1')).toBe(3)
    expect(
      await run('translate', '--to', 'visa-intelligent-commerce', '--from', 'visa-tap', '--in', file, '--now', '1'),
    ).toBe(3)
  })
})

describe('amp bridge matrix', () => {
  it('knows every adapter and every fate, in each form', async () => {
    expect(await run('matrix', '--json')).toBe(0)
    const matrix = JSON.parse(out)
    expect(Object.keys(matrix)).toEqual(adapters.map(({ protocol }) => protocol))
    for (const [protocol, { messages }] of Object.entries<{ messages: Record<string, unknown[]>[] }>(matrix)) {
      for (const message of messages)
        for (const fate of ['carried', 'derived', 'lost', 'refused']) expect(message[fate]).toBeInstanceOf(Array)
      for (const fate of ['derived', 'lost'])
        expect([protocol, fate, messages.some((message) => (message[fate] ?? []).length > 0)]).toEqual([
          protocol,
          fate,
          true,
        ])
    }
    out = ''
    await run('matrix')
    for (const { protocol } of adapters) expect(out).toContain(protocol)
    out = ''
    await run('matrix', '--markdown')
    expect(out).toMatch(/^\| Protocol \|/)
    out = ''
    expect(await run('matrix', '--fields', 'visa-tap')).toBe(0)
    expect(out).toContain('`signature/nonce`')
    expect(await run('matrix', '--fields', 'nothing')).toBe(3)
  })
})
