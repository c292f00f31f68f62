/** Requirements the API of the published demo can show at a network. What it has no message for is not asked. */

const identityLayer = [107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118]
const mandateLayer = Array.from({ length: 27 }, (_, index) => 119 + index)
const tokenRequestLayer = [...Array.from({ length: 13 }, (_, index) => 146 + index), 159, 161, 163]

/** By id. */
export const askable: readonly string[] = [
  ...[...identityLayer, ...mandateLayer, ...tokenRequestLayer].map((number) => `AMP-TRUST-${number}`),
  'AMP-TRUST-031',
  'AMP-TRUST-032',
  'AMP-TRUST-039',
  'AMP-TRUST-040',
  'AMP-TRUST-070',
  'AMP-TRUST-103',
  'AMP-PAY-020',
  'AMP-PAY-027',
  'AMP-PAY-028',
  'AMP-PAY-033',
  'AMP-TRUST-080',
  'AMP-TRUST-088',
  'AMP-TRUST-089',
  'AMP-PAY-023',
  'AMP-PAY-026',
  'AMP-PAY-038',
  'AMP-PAY-044',
  'AMP-PAY-052',
  'AMP-PAY-054',
  'AMP-FLOW-013',
  'AMP-TRUST-052',
]
