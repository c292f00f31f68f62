/** A closed cycle as files: CSV for a human, ISO 20022 payment initiations for a bank. */
import { createHash } from 'node:crypto'
import { type Message, validate } from '../../schemas/index.ts'
import { microToMajor } from '../core/clearing/index.ts'
import { accept, exponentOf, type Outcome, refuse } from '../core/index.ts'

type Cycle = Message<'extensions/clearing/cycle'>
type File = Message<'extensions/clearing/cycle-file'>
type Leg = Cycle['legs'][number]
type CreditTransfers = Message<'extensions/clearing/credit-transfers'>
type DirectDebits = Message<'extensions/clearing/direct-debits'>

/** Identifiers in ISO 20022 have at most 35 characters, accounts 34; what is longer is named by its hash. */
const shortened = (text: string, max: number): string =>
  text.length <= max ? text : createHash('sha256').update(text).digest('base64url').slice(0, 32)

const decimal = (minor: bigint, currency: string): string =>
  microToMajor({ scale: exponentOf(currency) ?? 0, value: minor })

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** RFC 4180 with a header: one line for each participant, amounts in major units, exact to the last digit. */
const csvOf = ({ cycleId, currency, scale, cutOffAt, positions, legs }: Cycle): string => {
  const header =
    'cycle,cut_off_at,currency,participant,received,paid,carried_in,net,carried_out,leg,direction,leg_amount,leg_status'
  const byParticipant = new Map(legs.map((leg) => [leg.participantId, leg]))
  const major = (value: string): string => microToMajor({ scale, value: BigInt(value) })
  const lines = positions.map((row) => {
    const leg = byParticipant.get(row.participantId)
    const amounts = [row.received, row.paid, row.carriedIn, row.net, row.carriedOut].map(major)
    const moved = leg
      ? [leg.legId, leg.direction, decimal(BigInt(leg.amount.value), currency), leg.status]
      : ['', '', '', '']
    return [cycleId, cutOffAt ?? '', currency, row.participantId, ...amounts, ...moved].map(cell).join(',')
  })
  return `${[header, ...lines].join('\r\n')}\r\n`
}

/** What both messages begin with. */
const headOf = ({ cycleId, cutOffAt = '', currency }: Cycle, kind: string, legs: readonly Leg[], party: string) => {
  const sum = decimal(
    legs.reduce((total, { amount }) => total + BigInt(amount.value), 0n),
    currency,
  )
  const count = String(legs.length)
  return {
    group: {
      MsgId: shortened(`AMP-${kind}-${cycleId}`, 35),
      CreDtTm: cutOffAt,
      NbOfTxs: count,
      CtrlSum: sum,
      InitgPty: { Nm: party },
    },
    batch: { PmtInfId: shortened(`${kind}-${cycleId}`, 35), NbOfTxs: count, CtrlSum: sum },
  }
}

const agent = { FinInstnId: { Othr: { Id: 'NOTPROVIDED' as const } } }
const accountOf = (owner: string) => ({ Id: { Othr: { Id: shortened(owner, 34) } } })
const idsOf = ({ legId }: Leg) => ({ InstrId: shortened(legId, 35), EndToEndId: shortened(legId, 35) })
const amountOf = ({ amount }: Leg) => ({
  '@Ccy': amount.currency,
  '#text': decimal(BigInt(amount.value), amount.currency),
})

/** pain.001: who is owed is paid from the settlement account. */
const creditTransfersOf = (cycle: Cycle, legs: readonly Leg[], party: string): CreditTransfers => {
  const { group, batch } = headOf(cycle, 'PAY', legs, party)
  const { PmtInfId, NbOfTxs, CtrlSum } = batch
  return {
    CstmrCdtTrfInitn: {
      GrpHdr: group,
      PmtInf: {
        PmtInfId,
        PmtMtd: 'TRF',
        NbOfTxs,
        CtrlSum,
        ReqdExctnDt: { Dt: (cycle.cutOffAt ?? '').slice(0, 10) },
        Dbtr: { Nm: party },
        DbtrAcct: accountOf(`settlement:${cycle.currency}:${cycle.scale}`),
        DbtrAgt: agent,
        CdtTrfTxInf: legs.map((leg) => ({
          PmtId: idsOf(leg),
          Amt: { InstdAmt: amountOf(leg) },
          CdtrAgt: agent,
          Cdtr: { Nm: leg.participantId },
          CdtrAcct: accountOf(leg.participantId),
        })),
      },
    },
  }
}

/** pain.008: who owes is collected from onto the settlement account. */
const directDebitsOf = (cycle: Cycle, legs: readonly Leg[], party: string): DirectDebits => {
  const { group, batch } = headOf(cycle, 'COLLECT', legs, party)
  const { PmtInfId, NbOfTxs, CtrlSum } = batch
  return {
    CstmrDrctDbtInitn: {
      GrpHdr: group,
      PmtInf: {
        PmtInfId,
        PmtMtd: 'DD',
        NbOfTxs,
        CtrlSum,
        ReqdColltnDt: (cycle.cutOffAt ?? '').slice(0, 10),
        Cdtr: { Nm: party },
        CdtrAcct: accountOf(`settlement:${cycle.currency}:${cycle.scale}`),
        CdtrAgt: agent,
        DrctDbtTxInf: legs.map((leg) => ({
          PmtId: idsOf(leg),
          InstdAmt: amountOf(leg),
          DbtrAgt: agent,
          Dbtr: { Nm: leg.participantId },
          DbtrAcct: accountOf(leg.participantId),
        })),
      },
    },
  }
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => escapes[sign] ?? '')

/** A tree as XML: `@name` is an attribute, `#text` the text, a list is an element repeated. */
const xmlOf = (name: string, node: unknown, indent: string): string => {
  if (Array.isArray(node)) return node.map((each) => xmlOf(name, each, indent)).join('')
  if (typeof node !== 'object' || node === null) return `${indent}<${name}>${escaped(String(node))}</${name}>\n`
  const entries = Object.entries(node)
  const attributes = entries
    .filter(([key]) => key.startsWith('@'))
    .map(([key, value]) => ` ${key.slice(1)}="${escaped(String(value))}"`)
    .join('')
  const text = (node as Record<string, unknown>)['#text']
  if (text !== undefined) return `${indent}<${name}${attributes}>${escaped(String(text))}</${name}>\n`
  const children = entries
    .filter(([key]) => !key.startsWith('@'))
    .map(([key, value]) => xmlOf(key, value, `${indent}  `))
  return `${indent}<${name}${attributes}>\n${children.join('')}${indent}</${name}>\n`
}

const documentOf = (
  path: 'extensions/clearing/credit-transfers' | 'extensions/clearing/direct-debits',
  namespace: string,
  tree: object,
): string => {
  const odd = validate(path, tree)[0]
  if (odd) throw new TypeError(`${namespace}: ${odd.path} ${odd.message}`)
  const root = { '@xmlns': `urn:iso:std:iso:20022:tech:xsd:${namespace}`, ...tree }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xmlOf('Document', root, '')}`
}

const written = (cycle: Cycle, format: File['format'], party: string): string | undefined => {
  if (format === 'csv') return csvOf(cycle)
  const legs = cycle.legs.filter(({ direction }) => direction === (format === 'pain.001' ? 'pay' : 'collect'))
  if (legs.length === 0) return undefined
  return format === 'pain.001'
    ? documentOf('extensions/clearing/credit-transfers', 'pain.001.001.09', creditTransfersOf(cycle, legs, party))
    : documentOf('extensions/clearing/direct-debits', 'pain.008.001.08', directDebitsOf(cycle, legs, party))
}

/** A cycle as a file (EXT-CLEARING-46). Refuses `settlement-leg-unknown` where no leg goes the way of the file. */
export const fileOf = (cycle: Cycle, format: File['format'], party: string): Outcome<File> => {
  const content = written(cycle, format, party)
  if (content === undefined) return refuse('settlement-leg-unknown', { detail: 'the cycle has no leg of this kind' })
  return accept({
    cycleId: cycle.cycleId,
    format,
    fileName: `cycle-${cycle.cycleId}.${format === 'csv' ? 'csv' : `${format}.xml`}`,
    mediaType: format === 'csv' ? 'text/csv' : 'application/xml',
    sha256: createHash('sha256').update(content).digest('base64url'),
    content,
  })
}
