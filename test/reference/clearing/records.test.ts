/** Channels and vouchers on the wire: views of the same bytes, and messages their schemas accept. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { channelToWire, voucherFromWire, voucherToWire } from '../../../reference/clearing/records.ts'
import { signerKeyOf } from '../../../reference/core/clearing/index.ts'
import { validate } from '../../../schemas/index.ts'

const vectors = JSON.parse(readFileSync(new URL('../core/clearing/vectors.json', import.meta.url), 'utf8'))
const idBytes = Buffer.from(vectors.channelId, 'hex')
const wire = {
  cumulative: '9007199254740993',
  sequence: '7',
  expiresAt: '0',
  contextHash: Buffer.alloc(32, 1).toString('base64url'),
  signature: Buffer.alloc(64, 2).toString('base64url'),
}

it('a voucher comes back from the wire as it went', () => {
  expect(validate('extensions/clearing/voucher', wire)).toEqual([])
  expect(voucherToWire(voucherFromWire(wire, idBytes))).toEqual(wire)
})

it('a channel is shown as its schema says, with its newest voucher', () => {
  const key = signerKeyOf(Buffer.from(vectors.signerKey, 'hex'))
  if (!key) throw new Error('the vectors have no key')
  const { descriptor } = vectors
  const shown = channelToWire({
    id: idBytes.toString('base64url'),
    idBytes,
    key,
    anchor: null,
    row: {
      payer: descriptor.payerAgentId,
      payee: descriptor.payeeId,
      mandate_id: descriptor.mandateId,
      currency: 'USD',
      scale: 6n,
      descriptor: JSON.stringify(descriptor),
      opened_at: 1_795_168_800n,
    },
    state: {
      profile: 'voucher',
      status: 'open',
      cap: 5_000_000n,
      authorised: 3n,
      delivered: 2n,
      notBefore: 0,
      notAfter: 1_900_000_000,
      graceSeconds: 60,
      voucher: voucherFromWire(wire, idBytes),
      anchor: undefined,
      linkIndex: 0,
      revokedAt: undefined,
      closesAt: undefined,
    },
    closedAt: undefined,
    link: undefined,
    cursor: undefined,
    covered: 0,
  })
  expect(validate('extensions/clearing/channel', shown)).toEqual([])
  expect(shown).toMatchObject({ status: 'open', cap: '5000000', authorised: '3', delivered: '2', voucher: wire })
})
