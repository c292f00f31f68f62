/** A trusted Web Bot Auth request in AMP's words: an identity and nothing else. */
import { accept, type Outcome } from '../../reference/core/outcome.ts'
import { account } from '../accounting.ts'
import type { Translation, Verified } from '../adapter.ts'
import { noMandate } from '../drafts.ts'
import { signedFieldsOf } from '../http-signature.ts'
import { authorityOf } from '../message.ts'
import { botRules } from './fields.ts'
import type { BotTrusted } from './verify.ts'

/** The draft the adapter was written against. */
export const botVersion = 'draft-meunier-webbotauth-httpsig-protocol-02'

/** Translates. Whatever the request holds, its sender only says who it is. */
export const toAmp = ({
  wire,
  key,
  agent,
  agentUrl,
  algorithm,
  directory,
}: Verified<BotTrusted>): Outcome<Translation> => {
  const { keyid, created, expires } = wire.parameters
  return accept({
    identity: {
      protocol: 'web-bot-auth',
      interaction: 'browse',
      agent,
      proof: 'signature',
      directory,
      keyid,
      thumbprint: key.thumbprint,
      algorithm,
      audience: authorityOf(wire.message),
      created,
      expires,
    },
    evidence: [
      { kind: 'http-signature', status: 'verified' },
      {
        kind: 'signature-agent',
        status: agentUrl,
        ...(wire.form === 'legacy' ? { why: 'in the form before the draft: a bare string' } : {}),
      },
      noMandate,
    ],
    ...account(signedFieldsOf(wire.message, wire), botRules),
  })
}
