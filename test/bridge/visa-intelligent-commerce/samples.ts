/** Generated requests of Visa Intelligent Commerce, in both spellings and both proofs, with their fields counted apart. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import type { Settings } from '../../../bridge/adapter.ts'
import type { TapRequest } from '../../../bridge/visa-tap/sign.ts'
import { circumstances, everybody } from '../parties.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import { signedRequest } from '../signed-request.ts'
import { flipBit, requestFields, signatureFields } from '../signers.ts'
import { agent, now } from '../tap-agent.ts'

const secret = 'a shared secret of the tests'
export const settings: Settings = {
  protocols: { 'visa-intelligent-commerce': { clients: { 'key-1': { secret, agent: 'shop-platform' } } } },
}

const plan = fc.record({
  isIcc: fc.boolean(),
  byToken: fc.boolean(),
  operation: fc.constantFrom('enroll', 'create', 'create', 'update', 'cancel', 'credentials', 'credentials', 'confirm'),
  nonce: fc.stringMatching(/^[A-Za-z0-9_-]{8,30}$/),
  age: fc.integer({ min: 0, max: 60 }),
  cents: fc.integer({ min: 1, max: 9_999_999 }),
  prompt: fc.option(fc.stringMatching(/^[e-o ]{4,20}$/)),
  merchant: fc.option(fc.stringMatching(/^[E-O][e-o]{2,8}$/)),
  mcc: fc.option(fc.constantFrom('5411', '5732')),
  status: fc.constantFrom('APPROVED', 'DECLINED', 'PENDING', 'ERROR', 'CANCELLED'),
  unknown: fc.dictionary(fc.stringMatching(/^x-[e-o]{1,6}$/), fc.nat(99), { maxKeys: 2 }),
})
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

const decimal = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`

const itemOf = ({ isIcc, operation, cents, merchant, mcc, status }: Plan): Record<string, unknown> => {
  const amount = isIcc
    ? { orderInformation: { amountDetail: { totalAmount: decimal(cents), currency: 'USD' } } }
    : { transactionAmount: { transactionAmount: decimal(cents), transactionCurrencyCode: 'USD' } }
  const reference = isIcc ? { clientReferenceInformation: { code: 'txn-1' } } : { transactionReferenceId: 'txn-1' }
  const seller = isIcc
    ? {
        merchantInformation: {
          merchantName: 'Tea House',
          merchantDescriptor: { country: 'US', url: 'https://tea.example/' },
        },
      }
    : { merchantName: 'Tea House', merchantCountryCode: 'US', merchantUrl: 'https://tea.example/' }
  if (operation === 'credentials')
    return {
      transactionData: [
        {
          ...reference,
          ...amount,
          ...seller,
          ...(isIcc ? { type: 'PURCHASE' } : { transactionType: 'PURCHASE' }),
          mandateReferenceData: [{ mandateId: 'm-1' }],
          paymentOptions: { dynamicDataType: 'NONE' },
        },
      ],
    }
  if (operation === 'confirm')
    return {
      confirmationData: [
        {
          ...reference,
          [isIcc ? 'processorInformation' : 'paymentConfirmationData']: {
            transactionType: 'PURCHASE',
            transactionStatus: status,
            responseCode: '00',
          },
        },
      ],
    }
  if (operation === 'enroll' || operation === 'cancel') return {}
  return {
    mandates: [
      {
        mandateId: 'm-1',
        description: 'Some tea',
        declineThreshold: { amount: decimal(cents), currencyCode: 'USD' },
        effectiveUntilTime: String(now + 86_400),
        quantity: '2',
        ...(merchant === null ? {} : { preferredMerchantName: merchant }),
        ...(mcc === null ? {} : { merchantCategoryCode: mcc }),
      },
    ],
  }
}

const ends: Readonly<Record<string, string>> = {
  create: '',
  update: '/in-1',
  cancel: '/in-1/cancel',
  credentials: '/in-1/credentials',
  confirm: '/in-1/confirmations',
}

const build = async (made: Plan): Promise<Sample> => {
  const { isIcc, byToken, operation, nonce, age, prompt, unknown } = made
  const base = isIcc ? '/icc/v1' : '/vacp/v1'
  const path =
    operation === 'enroll' ? `${base}/${isIcc ? 'tokens' : 'cards'}` : `${base}/instructions${ends[operation]}`
  const body = JSON.stringify({
    [isIcc ? 'clientCorrelationId' : 'clientReferenceId']: `c-${nonce}`,
    ...(isIcc ? { paymentInformation: { instrumentIdentifier: { id: 't-1' } } } : { tokenId: 't-1' }),
    ...(prompt === null ? {} : { consumerPrompt: prompt }),
    assuranceData: [{ verificationMethod: '23', verificationResults: '01' }],
    ...itemOf(made),
    ...unknown,
  })
  const plain = {
    method: operation === 'update' || operation === 'cancel' ? 'PUT' : 'POST',
    url: `https://bridge.example${path}${byToken ? '?apikey=key-1' : ''}`,
    headers: { 'content-type': 'application/json' } as Record<string, string>,
    body,
  }
  const created = now - age
  const mac = createHmac('sha256', secret)
    .update(`${created}${path.replace('/vacp/', '')}apikey=key-1${body}`)
    .digest('hex')
  const message: TapRequest = byToken
    ? { ...plain, headers: { ...plain.headers, 'x-pay-token': `xv2:${created}:${mac}` } }
    : await signedRequest(plain, {
        key: agent.key,
        keyid: agent.keyid,
        tag: 'amp-bridge',
        created,
        expires: created + 400,
        nonce,
      })
  return {
    message,
    identityOnly: ['enroll', 'cancel', 'confirm'].includes(operation),
    context: (more) => everybody(settings, more),
    fields: new Map<string, unknown>([...requestFields(message), ...(byToken ? [] : signatureFields(message))]),
  }
}

const onlySigned = (each: Tampering): Tampering => ({
  ...each,
  apply: (sample, pick) => (sample.fields.has('signature/keyid') ? each.apply(sample, pick) : undefined),
})
const onlyToken = (each: Tampering): Tampering => ({
  ...each,
  apply: (sample, pick) => (sample.fields.has('signature/keyid') ? undefined : each.apply(sample, pick)),
})
const bodyOf = ({ message }: Sample, change: (body: string) => string) => ({
  message: { ...message, body: change(message.body ?? '') },
})
const madeAt = ({ message }: Sample): number => Number(/xv2:(\d+)/.exec(message.headers['x-pay-token'] ?? '')?.[1])

export const vicSamples: SampleSource = {
  valid: plan.map((made) => () => build(made)),
  tamperings: [
    ...circumstances(agent.keyid, 'signature/created', 'signature/expires', 60).map(onlySigned),
    ...[
      {
        name: 'one bit of the signature',
        code: 'foreign-signature-invalid',
        apply: ({ message }: Sample, pick: number) => ({
          message: {
            ...message,
            headers: {
              ...message.headers,
              signature: (message.headers.signature ?? '').replace(/:(.+):/, (_, bytes) => `:${flipBit(bytes, pick)}:`),
            },
          },
        }),
      },
      {
        name: 'the body under the signed digest',
        code: 'foreign-object-mismatch',
        apply: (sample: Sample) => bodyOf(sample, (body) => `${body} `),
      },
    ].map(onlySigned),
    ...[
      {
        name: 'the body under the code',
        code: 'foreign-signature-invalid',
        apply: (sample: Sample) => bodyOf(sample, (body) => `${body} `),
      },
      {
        name: 'the path under the code',
        code: 'foreign-signature-invalid',
        apply: ({ message }: Sample) =>
          message.url.includes('in-1')
            ? { message: { ...message, url: message.url.replace('in-1', 'in-2') } }
            : undefined,
      },
      {
        name: 'the API key',
        code: 'foreign-agent-unknown',
        apply: ({ message }: Sample) => ({ message: { ...message, url: message.url.replace('key-1', 'key-2') } }),
      },
      {
        name: 'the time, to after the code',
        code: 'foreign-expired',
        apply: (sample: Sample) => ({ context: { now: madeAt(sample) + 480 } }),
      },
      {
        name: 'the time, to before the code',
        code: 'foreign-not-yet-valid',
        apply: (sample: Sample) => ({ context: { now: madeAt(sample) - 61 } }),
      },
    ].map(onlyToken),
    {
      name: 'the list, which holds two',
      code: 'foreign-constraint-unknown',
      apply: (sample) =>
        bodyOf(sample, (body) => {
          const json = JSON.parse(body)
          for (const name of ['mandates', 'transactionData', 'confirmationData'])
            if (json[name]) json[name].push(json[name][0])
          return JSON.stringify(json)
        }).message.body === sample.message.body
          ? undefined
          : bodyOf(sample, (body) => {
              const json = JSON.parse(body)
              for (const name of ['mandates', 'transactionData', 'confirmationData'])
                if (json[name]) json[name].push(json[name][0])
              return JSON.stringify(json)
            }),
    },
  ],
}
