/** The AMP payment handler of other checkout protocols: what a merchant declares, and the instrument that pays by it. */
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { isMessage, type Message, schemaBase, validate, version } from '../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from './json.ts'

export type HandlerConfig = Message<'extensions/handler/config'>
export type AmpInstrument = Message<'extensions/handler/instrument'>
type AmpCredential = Message<'extensions/handler/credential'>

const folder = `${schemaBase}extensions/handler/`

/** What the handler is called, and where it is specified (`spec/2026-11-20/extensions/handler.md`). */
export const ampPayment = {
  name: 'example.agentic_mobile_protocol.wallet',
  version,
  spec: `${folder.replace(/\/$/, '')}.html`,
  configSchema: `${folder}config.schema.json`,
  instrumentSchema: `${folder}instrument.schema.json`,
  instrument: 'amp_wallet',
  credential: 'amp_payment_token',
} as const

/** Reads a configuration of the handler. One that is none is `message-malformed`. */
export const readHandlerConfig = (config: Json | undefined, field: string): Outcome<HandlerConfig> => {
  if (isMessage('extensions/handler/config', config)) return accept(config)
  const [reason] = validate('extensions/handler/config', config)
  return refuse('message-malformed', {
    detail: `not a configuration of the AMP handler: ${reason?.message.slice(0, 128)}`,
    field: `${field}${reason?.path ?? ''}`.slice(0, 256),
  })
}

/** Whether an instrument says it is an AMP wallet. */
export const saysAmp = (instrument: Json | undefined): instrument is JsonObject =>
  isObject(instrument) && member(instrument, 'type') === ampPayment.instrument

/** Reads an AMP instrument strictly: nothing but what its schema names (EXT-HANDLER-6). */
export const readAmpInstrument = (instrument: JsonObject, field: string): Outcome<AmpInstrument> => {
  if (isMessage('extensions/handler/instrument', instrument)) return accept(instrument)
  const [reason] = validate('extensions/handler/instrument', instrument)
  return refuse('message-malformed', {
    detail: `not an instrument of the AMP handler: ${reason?.message.slice(0, 128)}`,
    field: `${field}${reason?.path ?? ''}`.slice(0, 256),
  })
}

/** What the caller of an outbound translation gives for a credential. */
export type GivenCredential = { readonly token: string; readonly assurance: AmpCredential['assurance'] }

/** An instrument that pays one checkout by a token of a mandate (EXT-HANDLER-2). `message-malformed` where it is none. */
export const makeAmpInstrument = (
  mandateId: string,
  handlerId: string,
  { token, assurance }: GivenCredential,
): Outcome<AmpInstrument> =>
  readAmpInstrument(
    {
      id: mandateId,
      handler_id: handlerId,
      type: ampPayment.instrument,
      selected: true,
      credential: { type: ampPayment.credential, token, assurance: assurance as unknown as JsonObject },
    },
    'given',
  )

/** An instrument as a merchant answers it: without what pays (EXT-HANDLER-4). */
export const withoutCredential = ({ credential: _credential, ...shown }: AmpInstrument): AmpInstrument => shown

/** What a merchant hands its acquirer for an instrument: `merchant.startPayment` (EXT-HANDLER-3). */
export const paymentOf = (
  checkout: Message<'common/checkout'>,
  { credential }: AmpInstrument,
): Outcome<Message<'payment/start-payment-request'>> =>
  credential
    ? accept({
        checkoutId: checkout.reference_checkout_id,
        paymentToken: credential.token,
        assurance: credential.assurance,
      })
    : refuse('foreign-fields-missing', { detail: 'the instrument carries no credential', field: 'credential' })
