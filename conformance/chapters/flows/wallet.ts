/** Flows, as a wallet shows them: the trusted surface is the wallet's own. */
import { chapterOf } from '../../check.ts'
import { accepted, holds } from '../../expect.ts'
import { walletStage } from '../../stages/wallet.ts'

const check = chapterOf('flows', 'wallet', walletStage)

export const walletFlowChecks = [
  check('AMP-FLOW-001', 'the page the user is sent to belongs to the wallet', async (stage) => {
    const { answer } = await stage.propose(await stage.bind(), stage.autonomous(5_000))
    const { authUrl } = accepted('wallet.createAuthorization', answer)
    const wallet = new URL(stage.session.served('wallet').endpoint)
    holds(new URL(authUrl).host === wallet.host, `a page at ${wallet.host}`, authUrl)
  }),
]
