/** Every check, in the order of the specification: chapter by chapter, role by role. */
import type { Role } from '../../schemas/index.ts'
import type { Check } from '../check.ts'
import type { Scene } from '../scene.ts'
import { acquirerBinding } from '../stages/acquirer-binding.ts'
import type { BindingStage } from '../stages/binding.ts'
import { clearingBinding } from '../stages/clearing-binding.ts'
import { providerBinding } from '../stages/credential-provider-binding.ts'
import { merchantBinding } from '../stages/merchant-binding.ts'
import { networkBinding } from '../stages/network-binding.ts'
import { walletBinding } from '../stages/wallet-binding.ts'
import { agentChecks } from './agent/agent.ts'
import { accountChecks } from './bridge/accounts.ts'
import { beliefChecks } from './bridge/belief.ts'
import { draftChecks } from './bridge/drafts.ts'
import { clearingChannelChecks } from './clearing/channels.ts'
import { clearingCycleChecks } from './clearing/cycles.ts'
import { networkClearingChecks } from './clearing/network.ts'
import { clearingStreamChecks } from './clearing/streams.ts'
import { clearingTickChecks } from './clearing/ticks.ts'
import { networkFlowChecks } from './flows/network.ts'
import { walletFlowChecks } from './flows/wallet.ts'
import { callerChecks } from './http/callers.ts'
import { honestChecks } from './http/honest.ts'
import { networkOwnershipChecks } from './http/network.ts'
import { onceChecks } from './http/once.ts'
import { restartChecks } from './http/restart.ts'
import { seenChecks } from './http/seen.ts'
import { shapeChecks } from './http/shape.ts'
import { clearingMeetingChecks } from './meeting/clearing.ts'
import { networkMeetingChecks } from './meeting/network.ts'
import { walletMeetingChecks } from './meeting/wallet.ts'
import { acquirerPaymentChecks } from './payment/acquirer.ts'
import { providerPaymentChecks } from './payment/credential-provider.ts'
import { merchantPaymentChecks } from './payment/merchant.ts'
import { networkPaymentChecks } from './payment/network.ts'
import { networkOrderChecks } from './payment/orders.ts'
import { walletPaymentChecks } from './payment/wallet.ts'
import { networkRatingChecks } from './rating/network.ts'
import { chainChecks } from './trust/chains.ts'
import { providerTrustChecks } from './trust/credential-provider.ts'
import { mandateLayerChecks } from './trust/mandate-layer.ts'
import { networkTrustChecks } from './trust/network.ts'
import { walletTrustChecks } from './trust/wallet.ts'
import { trustExtensionChecks } from './trust-extensions/index.ts'
import { networkServiceChecks } from './wallet/network.ts'
import { walletServiceChecks } from './wallet/wallet.ts'

const bindings: { readonly [Name in Role]?: (scene: Scene) => BindingStage } = {
  network: networkBinding,
  'credential-provider': providerBinding,
  merchant: merchantBinding,
  wallet: walletBinding,
  acquirer: acquirerBinding,
  clearing: clearingBinding,
}

const httpChecks = (role: Role): readonly Check[] => {
  const open = bindings[role]
  return open
    ? [
        ...shapeChecks(role, open),
        ...honestChecks(role, open),
        ...callerChecks(role, open),
        ...onceChecks(role, open),
        ...restartChecks(role, open),
        ...seenChecks(role),
      ]
    : []
}

/** Every check there is. */
export const allChecks: readonly Check[] = [
  ...networkTrustChecks,
  ...chainChecks,
  ...networkPaymentChecks,
  ...networkOrderChecks,
  ...networkServiceChecks,
  ...networkFlowChecks,
  ...networkRatingChecks,
  ...trustExtensionChecks,
  ...networkClearingChecks,
  ...networkOwnershipChecks,
  ...networkMeetingChecks,
  ...httpChecks('network'),
  ...walletTrustChecks,
  ...mandateLayerChecks,
  ...walletPaymentChecks,
  ...walletServiceChecks,
  ...walletFlowChecks,
  ...walletMeetingChecks,
  ...httpChecks('wallet'),
  ...providerTrustChecks,
  ...providerPaymentChecks,
  ...httpChecks('credential-provider'),
  ...merchantPaymentChecks,
  ...httpChecks('merchant'),
  ...acquirerPaymentChecks,
  ...httpChecks('acquirer'),
  ...clearingChannelChecks,
  ...clearingTickChecks,
  ...clearingCycleChecks,
  ...clearingStreamChecks,
  ...clearingMeetingChecks,
  ...httpChecks('clearing'),
  ...draftChecks,
  ...beliefChecks,
  ...accountChecks,
  ...agentChecks,
]
