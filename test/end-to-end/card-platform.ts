/** A card platform as its published steps describe it: each step is refused until the one before it was taken. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Binding a card to an agent: what is sent where, and what the cardholder has to do for it (Visa Intelligent Commerce with VTS). */
export const cardSteps = [
  { path: 'POST /vts/provisionedTokens', user: 'types card number, expiry and security code' },
  { path: 'POST /vts/provisionedTokens/{token}/deviceBinding', user: undefined },
  { path: 'POST /vts/provisionedTokens/{token}/stepUpOptions/method', user: 'chooses how to be identified' },
  { path: 'POST /vts/provisionedTokens/{token}/stepUpOptions/validateOTP', user: 'types the one-time password' },
  { path: 'POST /vts/provisionedTokens/{token}/attestation/options', user: 'creates a passkey' },
  { path: 'POST /vacp/v1/cards', user: 'consents to the enrolment' },
  { path: 'POST /vts/provisionedTokens/{token}/attestation/options?for=payment', user: 'proves the passkey' },
  { path: 'POST /vacp/v1/instructions', user: undefined },
] as const

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Starts the platform. `bound` says whether every step was taken, `trips` how many requests it took. */
export const startCardPlatform = async () => {
  let taken = 0
  let trips = 0
  const server: Server = createServer(async (request, response) => {
    trips += 1
    await read(request)
    const expected = cardSteps[taken]?.path.replace('{token}', 'token-1')
    const inOrder = `${request.method} ${request.url}` === expected
    if (inOrder) taken += 1
    response.writeHead(inOrder ? 200 : 409, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: inOrder ? 'ACTIVE' : 'OUT_OF_ORDER' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    bound: (): boolean => taken === cardSteps.length,
    trips: (): number => trips,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
