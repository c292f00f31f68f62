/** Receipts of AP2 0.2: read, verified, and tied to the closed mandate they answer, by either of two digests. */
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import type { BridgeContext } from '../adapter.ts'
import { lookUp } from '../http-signature.ts'
import { allowedAlgorithm, epochOf, isJwsSignedBy, type Jws, textOf } from '../jws.ts'
import type { TrustedKey } from '../keys.ts'
import { type Chain, digestKind, type Family } from './chain.ts'

/** A receipt somebody trusted signed. */
export type Receipt = {
  readonly family: Family
  readonly jws: Jws
  readonly key: TrustedKey
  readonly issuer: string
  readonly issued: number
  readonly status: 'Success' | 'Error'
  readonly error?: string
  /** Which digest of the closed mandate it names; nothing where the mandate did not come along. */
  readonly reference?: 'presented' | 'token'
}

/** What a receipt has to say besides status, issuer, time and reference. */
const demands: Readonly<Record<Family, Readonly<Record<Receipt['status'], readonly string[]>>>> = {
  checkout: { Success: ['order_id'], Error: ['error', 'error_description'] },
  payment: {
    Success: ['payment_id', 'psp_confirmation_id', 'network_confirmation_id'],
    Error: ['payment_id', 'error', 'error_description'],
  },
}

const skew = 300

/** Proves a receipt. `chain` is the chain it answers, where it came along. */
export const proveReceipt = async (
  jws: Jws,
  family: Family,
  chain: Chain | undefined,
  { directory, now }: Pick<BridgeContext, 'directory' | 'now'>,
): Promise<Outcome<Receipt>> => {
  const at = `${family}-receipt`
  const no = (code: Refusal['code'], name: string, detail: string) => refuse(code, { detail, field: `${at}/${name}` })
  const { claims, header } = jws
  const [issuer, kid, issued] = [textOf(claims, 'iss'), textOf(header, 'kid'), epochOf(claims, 'iat')]
  if (issuer === undefined || kid === undefined)
    return no('foreign-fields-missing', 'claims/iss', 'the issuer or its key is not named')
  if (issued === undefined) return no('foreign-fields-missing', 'claims/iat', 'there is no time of issue')
  const found = await lookUp(() => directory.findIssuer(issuer, kid))
  if (!found.ok) return found
  if (!found.value) return no('foreign-agent-unknown', 'claims/iss', 'the issuer or its key is not trusted')
  const algorithm = allowedAlgorithm(jws, ['ES256'])
  if (!algorithm || found.value.type !== 'P-256')
    return no('foreign-algorithm-not-allowed', 'header/alg', 'only ES256 is taken')
  if (!isJwsSignedBy(jws, found.value, algorithm))
    return no('foreign-signature-invalid', 'signature', 'the signature does not hold')
  if (issued > now + skew) return no('foreign-not-yet-valid', 'claims/iat', 'it was made in the future')
  const status = textOf(claims, 'status')
  if (status !== 'Success' && status !== 'Error')
    return no('foreign-fields-missing', 'claims/status', 'the status is Success or Error')
  const missing = ['reference', ...demands[family][status]].find((name) => textOf(claims, name) === undefined)
  if (missing !== undefined) return no('foreign-fields-missing', `claims/${missing}`, `there is no ${missing}`)
  const receipt = { family, jws, key: found.value, issuer, issued, status } as const
  const error = status === 'Error' ? { error: textOf(claims, 'error') ?? '' } : {}
  const last = chain?.hops[chain.hops.length - 1]
  if (!last) return accept({ ...receipt, ...error })
  const reference = digestKind(last, textOf(claims, 'reference'))
  return reference
    ? accept({ ...receipt, ...error, reference })
    : no('foreign-object-mismatch', 'claims/reference', 'it answers another mandate')
}
