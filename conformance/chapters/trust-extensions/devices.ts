/** Devices at a wallet: where a confirmation can be shown and proved, where it is handed over, and what a moving car changes. */
import type { Message } from '../../../schemas/index.ts'
import { signConfirmation } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, refused } from '../../expect.ts'
import type { Party } from '../../parties.ts'
import { offering } from '../../stages/trust.ts'
import { type User, type WalletStage, walletStage } from '../../stages/wallet.ts'

const check = chapterOf('devices', 'wallet', offering('devices', walletStage))

type Profile = Message<'extensions/devices/profile'>
type Device = { readonly deviceId: string; readonly key: Party }

const parked = { moving: false, driver: false }
const driving = { moving: true, driver: true }

const phone: Profile = {
  ...{ device: 'phone', shows: 'everything', speaks: true, attested: true },
  authenticators: ['face', 'pin'],
}
const watch: Profile = {
  ...{ device: 'watch', shows: 'summary', speaks: false, attested: true },
  authenticators: ['wrist-detection', 'pin'],
}
const car: Profile = {
  ...{ device: 'car', shows: 'everything', speaks: true, attested: true },
  authenticators: ['voice-biometric', 'pin'],
}

const own = async (stage: WalletStage, user: User, profile: Profile): Promise<Device> => {
  const deviceId = `device-${stage.dice.word()}`
  const key = await stage.dice.party(deviceId)
  await stage.hooks.call('seedDevice', { userId: user.userId, deviceId, profile, deviceKey: key.jwk })
  return { deviceId, key }
}

/** A mandate that waits for the decision of its owner. */
const waiting = async (stage: WalletStage, user: User): Promise<string> => {
  const bound = await stage.bind(user)
  const proposed = await stage.propose(bound, stage.autonomous(5_000))
  given('wallet.createAuthorization', proposed.answer)
  return proposed.authId
}

const route = (stage: WalletStage, user: User, authId: string, { deviceId }: Device, situation = parked) =>
  stage.client.call('wallet.routeConfirmation', { authId, deviceId, situation }, user)

/** A decision made on a device, signed by it. */
const confirm = async (
  stage: WalletStage,
  user: User,
  authId: string,
  device: Device,
  said: Record<string, unknown> = {},
  situation = parked,
) => {
  const claims = { auth_id: authId, decision: 'approve', modality: 'screen', authenticator: 'face' }
  const proof = await signConfirmation({ ...claims, iat: stage.session.now(), ...said }, device.key)
  const confirmedOn = { deviceId: device.deviceId, situation, proof }
  return stage.client.call('wallet.completeIdv', { authId, decision: 'approve', confirmedOn }, user)
}

const setUp = async (stage: WalletStage, ...profiles: readonly Profile[]) => {
  const user = await stage.seedUser()
  const devices: Device[] = []
  for (const profile of profiles) devices.push(await own(stage, user, profile))
  const [first, second] = devices
  return { user, authId: await waiting(stage, user), first: first as Device, second: second as Device }
}

export const deviceChecks = [
  check('EXT-DEVICES-1', 'a device that shows a summary only confirms nothing', async (stage) => {
    const { user, authId, first } = await setUp(stage, watch)
    refused(await route(stage, user, authId, first), 'device-cannot-confirm')
    refused(await confirm(stage, user, authId, first, { authenticator: 'pin' }), 'device-cannot-confirm')
  }),
  check(
    'EXT-DEVICES-2',
    'a confirmation is proved by recognising the user; that a watch is worn proves nobody',
    async (stage) => {
      const { user, authId, first } = await setUp(stage, { ...phone, authenticators: ['face', 'wrist-detection'] })
      const worn = await confirm(stage, user, authId, first, { authenticator: 'wrist-detection' })
      refused(worn, 'device-cannot-confirm', { field: '/confirmedOn/proof' })
      const { authStatus } = accepted('wallet.completeIdv', await confirm(stage, user, authId, first))
      equal(authStatus, 'SUCCESS', 'the authorization the user was recognised for')
    },
  ),
  check('EXT-DEVICES-2', 'a proof of another device, decision or authorization proves nothing', async (stage) => {
    const { user, authId, first } = await setUp(stage, phone)
    const stranger = { ...first, key: await stage.dice.party('another-device') }
    refused(await confirm(stage, user, authId, stranger), 'device-cannot-confirm', { field: '/confirmedOn/proof' })
    for (const said of [{ decision: 'reject' }, { auth_id: 'auth-other' }, { iat: stage.session.now() - 301 }])
      refused(await confirm(stage, user, authId, first, said), 'device-cannot-confirm')
    accepted('wallet.completeIdv', await confirm(stage, user, authId, first))
  }),
  check(
    'EXT-DEVICES-3',
    'what a watch cannot confirm is handed over to the phone, and confirmed there',
    async (stage) => {
      const { user, authId, first, second } = await setUp(stage, watch, phone)
      const routed = accepted('wallet.routeConfirmation', await route(stage, user, authId, first))
      const expected = { route: 'hand-over', deviceId: second.deviceId, modality: 'screen', authenticator: 'face' }
      equal(routed, expected, 'where it goes')
      refused(await confirm(stage, user, authId, first, { authenticator: 'pin' }), 'device-cannot-confirm')
      equal(
        accepted('wallet.completeIdv', await confirm(stage, user, authId, second)).authStatus,
        'SUCCESS',
        'the phone',
      )
    },
  ),
  check('EXT-DEVICES-4', 'a device whose platform does not attest its key confirms nothing', async (stage) => {
    const { user, authId, first } = await setUp(stage, { ...phone, attested: false })
    refused(await route(stage, user, authId, first), 'device-cannot-confirm')
    refused(await confirm(stage, user, authId, first), 'device-cannot-confirm')
  }),
  check('EXT-DEVICES-5', 'the driver of a moving car is asked by voice only, and proved by it', async (stage) => {
    const { user, authId, first } = await setUp(stage, car)
    const moving = accepted('wallet.routeConfirmation', await route(stage, user, authId, first, driving))
    equal([moving.modality, moving.authenticator], ['voice', 'voice-biometric'], 'how the driver is asked')
    const screen = { modality: 'screen', authenticator: 'voice-biometric' }
    refused(await confirm(stage, user, authId, first, screen, driving), 'device-cannot-confirm')
    const voice = { modality: 'voice', authenticator: 'voice-biometric' }
    const { authStatus } = accepted('wallet.completeIdv', await confirm(stage, user, authId, first, voice, driving))
    equal(authStatus, 'SUCCESS', 'the authorization the driver confirmed by voice')
  }),
  check(
    'EXT-DEVICES-5',
    'a car without voice biometrics takes nothing from its driver while it moves',
    async (stage) => {
      const { user, authId, first } = await setUp(stage, { ...car, authenticators: ['pin', 'face'] })
      refused(await route(stage, user, authId, first, driving), 'device-cannot-confirm')
      const { route: parkedRoute } = accepted('wallet.routeConfirmation', await route(stage, user, authId, first))
      equal(parkedRoute, 'here', 'where it goes once the car stands')
    },
  ),
]
