/** Devices: where a confirmation can be shown and proved, and where it is handed over to (EXT-DEVICES). */
import type { Message } from '../../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { enforces, type World } from '../world.ts'

export type DeviceProfile = Message<'extensions/devices/profile'>
export type Situation = Message<'extensions/devices/situation'>
export type Route = Message<'extensions/devices/confirmation'>
type Authenticator = DeviceProfile['authenticators'][number]
type Deviating = Pick<World, 'deviation'>
type Way = { readonly modality: 'screen' | 'voice'; readonly authenticator: Authenticator }

/** From the strongest to the weakest; wrist detection alone proves nobody. */
const screenProofs: readonly Authenticator[] = ['face', 'fingerprint', 'voice-biometric', 'pin']

/** How this device can show and prove in this situation; nothing where it cannot (EXT-DEVICES-1, 2, 4). */
const wayOn = (device: DeviceProfile, { moving, driver }: Situation, world: Deviating): Way | undefined => {
  if (!device.attested && enforces(world, 'EXT-DEVICES-4')) return undefined
  /** A driver of a moving car neither reads nor types: voice, and a voice that is recognised. */
  if (moving && driver && enforces(world, 'EXT-DEVICES-5')) {
    const able = device.speaks && device.authenticators.includes('voice-biometric')
    return able ? { modality: 'voice', authenticator: 'voice-biometric' } : undefined
  }
  const authenticator = screenProofs.find((proof) => device.authenticators.includes(proof))
  const shows = device.shows === 'everything' || !enforces(world, 'EXT-DEVICES-1')
  return shows && authenticator ? { modality: 'screen', authenticator } : undefined
}

/**
 * Where a confirmation goes: here, or over to the first other device of the user that can. Refuses
 * `device-cannot-confirm` where none can.
 */
export const routeConfirmation = (
  here: DeviceProfile,
  others: readonly DeviceProfile[],
  situation: Situation,
  world: Deviating = { deviation: {} },
): Outcome<Route> => {
  const way = wayOn(here, situation, world)
  if (way) return accept({ route: 'here', to: here.device, ...way })
  /** Only the mutant that gives up where another device could confirm has none to hand over to (EXT-DEVICES-3). */
  for (const other of enforces(world, 'EXT-DEVICES-3') ? others : []) {
    const over = wayOn(other, situation, world)
    if (over) return accept({ route: 'hand-over', to: other.device, ...over })
  }
  return refuse('device-cannot-confirm')
}

/** What the trust gate is told of a device. */
export const abilityOf = (device: DeviceProfile): Message<'extensions/rating/device-ability'> => {
  if (wayOn(device, { moving: false, driver: false }, { deviation: {} })) return 'shows-and-proves'
  return device.shows === 'nothing' ? 'cannot-show' : 'shows'
}
