/** A payment service for AMP wallets: `delegate_payment` of ACP, answered by a token on an allowance. */
import type { Router } from 'express'
import type { Refusal } from '../../reference/core/outcome.ts'
import { problemOf } from '../../schemas/index.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type AllowanceParts, issueAllowance } from './allowances.ts'
import { type AcpRequest, acpDoor, type DoorParts } from './door.ts'
import { errorBody } from './from-amp.ts'
import { type AcpAnswer, acpError } from './idempotency.ts'
import { readAllowance } from './wire.ts'

/** A refusal of AMP in ACP's shape. */
export const refusalAnswer = (refusal: Refusal): AcpAnswer => {
  const { status, title } = problemOf(refusal.code, {})
  const field = refusal.field === undefined ? {} : { field: refusal.field }
  const body: JsonObject = errorBody({ status, code: refusal.code, title: refusal.detail ?? title, ...field })
  return { status, body }
}

const delegate = async ({ body }: AcpRequest, parts: AllowanceParts): Promise<AcpAnswer> => {
  const allowance = readAllowance(body)
  if (!allowance.ok) return refusalAnswer(allowance.refusal)
  const method = member(body, 'payment_method')
  const mandateId = isObject(method) ? textOf(method, 'mandate_id') : undefined
  if (mandateId === undefined)
    return acpError(400, 'invalid_request', 'The AMP wallet names no mandate', { param: '$.payment_method.mandate_id' })
  const issued = await issueAllowance(allowance.value, mandateId, parts)
  if (!issued.ok) return refusalAnswer(issued.refusal)
  const metadata = member(body, 'metadata')
  const { id, created } = issued.value
  return { status: 201, body: { id, created, metadata: isObject(metadata) ? metadata : {} } }
}

/** `POST /agentic_commerce/delegate_payment`, in every version. Takes AMP wallets and never a card. */
export const acpDelegatePayment = (parts: AllowanceParts & DoorParts): Router =>
  acpDoor(
    [
      {
        method: 'post',
        path: '/agentic_commerce/delegate_payment',
        act: (request) => delegate(request, parts),
      },
    ],
    parts,
  )
