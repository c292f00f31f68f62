/** EXT-HTTP, who calls: signatures, digests, replay, roles, foreign objects. */
import type { Role } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { holds, Inconclusive, NotApplicable, refused, sandwich, taken, told } from '../../expect.ts'
import type { Scene } from '../../scene.ts'
import { type BindingStage, send } from '../../stages/binding.ts'
import type { Caller, Variation } from '../../target/client.ts'
import { componentsOf } from '../../target/signature.ts'

const partyOf = (by: Caller) => {
  if (by === undefined || !('privateKey' in by)) throw new Inconclusive('the probe of this role is not signed')
  return by
}

const unsafeComponents = componentsOf({ 'idempotency-key': '' })
const parameters = ['created', 'expires', 'keyid', 'nonce', 'alg', 'tag']

export const callerChecks = (role: Role, open: (scene: Scene) => BindingStage): readonly Check[] => {
  const check = chapterOf('http', role, open)
  /** A signed call, one thing of it changed, between two that are as they should be. */
  const changing = (stage: BindingStage, code: Parameters<typeof refused>[1], change: Variation): Promise<void> =>
    sandwich({
      control: async () => send(stage.scene, await stage.signed()),
      changed: async () => send(stage.scene, await stage.signed(), change),
      refusedAs: code,
    })
  return [
    check('EXT-HTTP-24', 'an unsigned request of a party is refused', (stage) =>
      changing(stage, 'signature-missing', { signing: null }),
    ),
    check('EXT-HTTP-25', 'a signature without a required component or parameter is refused', async (stage) => {
      for (const left of unsafeComponents)
        await changing(stage, 'signature-malformed', {
          signing: { components: unsafeComponents.filter((name) => name !== left) },
        })
      for (const left of parameters.filter((name) => name !== 'alg'))
        await changing(stage, 'signature-malformed', {
          signing: { parameters: parameters.filter((name) => name !== left) },
        })
      await changing(stage, 'signature-malformed', { signing: { tag: 'other' } })
    }),
    check('EXT-HTTP-26', 'another signature algorithm is refused, whatever the key', async (stage) => {
      for (const algorithm of ['hmac-sha256', 'ed25519', 'rsa-pss-sha512', 'none'])
        await changing(stage, 'signature-algorithm-not-allowed', { signing: { algorithm } })
    }),
    check('EXT-HTTP-27', 'a key of no known party, or one the party does not publish, is refused', async (stage) => {
      const { dice } = stage.scene
      const party = partyOf((await stage.signed()).by)
      const unpublished = await dice.party(party.id)
      const nobody = await dice.party(`https://nobody-${dice.word()}.example`)
      await changing(stage, 'signature-key-unknown', { signing: { by: unpublished } })
      await changing(stage, 'signature-key-unknown', { signing: { by: nobody } })
      await changing(stage, 'signature-key-unknown', { signing: { keyId: party.kid } })
    }),
    check('EXT-HTTP-28', 'a signature from the future, expired, or valid for too long is refused', async (stage) => {
      const now = stage.scene.session.now()
      for (const [created, expires] of [
        [now + 120, now + 300],
        [now - 400, now - 100],
        [now - 10, now + 600],
      ] as const)
        await changing(stage, 'signature-expired', { signing: { created, expires } })
    }),
    check('EXT-HTTP-29', 'a signature that does not verify is refused', async (stage) => {
      const { dice } = stage.scene
      const party = partyOf((await stage.signed()).by)
      const forger = await dice.party(party.id)
      await changing(stage, 'signature-invalid', { signing: { by: forger, keyId: `${party.id}#${party.kid}` } })
    }),
    check('EXT-HTTP-30', 'a body that does not match its digest, or has none, is refused', async (stage) => {
      const probe = await stage.signed()
      const other = JSON.stringify({ ...probe.message }).replace(/\d/, (digit) => String((Number(digit) + 1) % 10))
      await changing(stage, 'digest-mismatch', { sent: `${other} ` })
      await changing(stage, 'digest-missing', {
        digest: null,
        signing: { components: unsafeComponents.filter((name) => name !== 'content-digest') },
      })
    }),
    check('EXT-HTTP-31', 'the nonce of a verified signature is not taken twice', async (stage) => {
      const nonce = stage.scene.dice.nonce()
      const probe = await stage.signed()
      taken(await send(stage.scene, probe, { signing: { nonce } }))
      refused(await send(stage.scene, probe, { signing: { nonce } }), 'signature-replayed')
      taken(await send(stage.scene, await stage.signed()))
    }),
    check('EXT-HTTP-32', 'a nonce is not used up by a signature that does not verify', async (stage) => {
      const { dice } = stage.scene
      const nonce = dice.nonce()
      const probe = await stage.signed()
      const party = partyOf(probe.by)
      const forger = await dice.party(party.id)
      const forged = { by: forger, keyId: `${party.id}#${party.kid}`, nonce }
      const answer = await send(stage.scene, probe, { signing: forged })
      if (answer.status === 200) throw new Inconclusive('the forged signature was taken')
      const real = await send(stage.scene, probe, { signing: { nonce } })
      holds(real.status === 200, 'the nonce to be free for the real party', told(real))
    }),
    check('EXT-HTTP-33', 'a party the operation is not for is refused', async (stage) => {
      for (const made of [stage.signed, stage.notice]) {
        if (!made) continue
        const probe = await made()
        await sandwich({
          control: async () => send(stage.scene, await made()),
          changed: () => send(stage.scene, { ...probe, by: stage.stranger }),
          refusedAs: 'caller-not-allowed',
        })
      }
    }),
    check('EXT-HTTP-34', 'an object of somebody else is not shown', async (stage) => {
      if (!stage.foreign) throw new NotApplicable('the role keeps nothing that belongs to one caller')
      const answer = await send(stage.scene, await stage.foreign())
      holds(answer.status === 403 || answer.status === 404, 'a refusal that tells nothing of the object', told(answer))
    }),
  ]
}
