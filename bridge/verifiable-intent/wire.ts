/** Verifiable Intent on the wire: up to four SD-JWTs, told apart by where they stand, read strictly and not yet believed. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { readSdJwt, type SdJwt, textOf } from '../jws.ts'
import type { ForeignMessage } from '../message.ts'

/** The layers: who the card holder is, what was allowed, what the agent asks the network and the merchant. */
export const layerNames = ['l1', 'l2', 'l3a', 'l3b'] as const
export type LayerName = (typeof layerNames)[number]

/** A mandate inside a layer, by its type. */
export type Mandate = { readonly vct: string; readonly claims: JsonObject; readonly disclosure?: string }

/** A bundle, typed and untrusted. */
export type IntentWire = {
  readonly message: ForeignMessage
  /** Where the layers stand: path of the object that holds them. */
  readonly at: string
  readonly layers: { readonly l1: SdJwt; readonly l2: SdJwt; readonly l3a?: SdJwt; readonly l3b?: SdJwt }
}

const holderOf = (message: ForeignMessage): { readonly at: string; readonly holder: JsonObject } | undefined => {
  if (!isObject(message.json)) return undefined
  const inner = member(message.json, 'verifiable_intent')
  if (isObject(inner)) return { at: 'body/verifiable_intent', holder: inner }
  return textOf(message.json, 'l1') && textOf(message.json, 'l2') ? { at: 'body', holder: message.json } : undefined
}

/** Finds a bundle by its first two layers and their types; AP2 uses the same names of mandates in another layout. */
export const detect = (message: ForeignMessage): Detection => {
  const found = holderOf(message)
  if (!found) return { mine: false, reasons: ['the body holds no layers l1 and l2'] }
  const types = [textOf(found.holder, 'l1'), textOf(found.holder, 'l2')].map((text) => {
    const read = text === undefined ? undefined : readSdJwt(text)
    return read ? textOf(read.jws.header, 'typ') : undefined
  })
  return {
    mine: true,
    reasons: [
      `${found.at} holds layers of the types ${types.map((type) => (type ?? 'none').slice(0, 32)).join(' and ')}`,
    ],
  }
}

/** Reads a bundle. Layers the adapter does not know are lost like any other field. */
export const parse = (message: ForeignMessage): Outcome<IntentWire> => {
  const found = holderOf(message)
  if (!found) return refuse('message-malformed', { detail: 'the body holds no layers l1 and l2', field: 'body' })
  const layers: Partial<Record<LayerName, SdJwt>> = {}
  for (const name of layerNames) {
    const text: Json | undefined = member(found.holder, name)
    if (text === undefined) continue
    const layer = typeof text === 'string' ? readSdJwt(text) : undefined
    if (!layer) return refuse('message-malformed', { detail: `${name} is no SD-JWT`, field: `${found.at}/${name}` })
    layers[name] = layer
  }
  const { l1, l2, ...executions } = layers
  if (!l1) return refuse('foreign-fields-missing', { detail: 'there is no l1', field: `${found.at}/l1` })
  if (!l2) return refuse('foreign-fields-missing', { detail: 'there is no l2', field: `${found.at}/l2` })
  return accept({ message, at: found.at, layers: { l1, l2, ...executions } })
}

/** The mandates of a layer with the disclosure each came in. */
export const mandatesOf = (layer: SdJwt): readonly Mandate[] => {
  const list = member(layer.resolved, 'delegate_payload')
  const texts = [...layer.disclosures.values()]
  return (Array.isArray(list) ? list : []).flatMap((claims): Mandate[] => {
    const vct = isObject(claims) ? textOf(claims, 'vct') : undefined
    if (!isObject(claims) || vct === undefined) return []
    const source = texts.find(
      ({ value }) =>
        Array.isArray(value) &&
        value.length === 2 &&
        isObject(value[1] as Json) &&
        textOf(value[1] as JsonObject, 'vct') === vct,
    )
    return [{ vct, claims, ...(source ? { disclosure: source.text } : {}) }]
  })
}
