/** Whether the target can call the suite: asked of the target itself, by the hook `callBack`, or guessed from addresses. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { isMessage, type Message } from '../schemas/index.ts'
import { type Finding, fine, note, wrong } from './finding.ts'
import { listenAt } from './neighbours/listen.ts'
import { answerOf, NoAnswer } from './target/client.ts'
import type { Hooks } from './target/hooks.ts'

/** Whether a host of a URL is this machine, whoever asks. */
export const isLoopback = (hostname: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

const beside = 'or run the suite beside the target'
const another = `give --callback-host an address of this machine the target can reach, ${beside}`

/** A neighbour on loopback is not there for a target elsewhere. */
const guessed = (base: string, host: string): readonly Finding[] => {
  const elsewhere = !isLoopback(new URL(base).hostname)
  if (!elsewhere || !/^(127\.|localhost$|::1$|\[::1\]$)/.test(host)) return []
  const says = `the target is on another machine, and is told to call its neighbours at ${host}, which is itself`
  return [note('callback', says, another)]
}

/** What a target says that reached nothing, and the cure; the last stands for every other reason. */
const cures: readonly (readonly [RegExp, string])[] = [
  [/ENOTFOUND|EAI_AGAIN|resolve|unknown host/i, 'it knows no such name: give --callback-host an address in numbers'],
  [
    /certificate|\b(tls|ssl)\b|EPROTO|wrong version number/i,
    'neighbours are called over plain http: let the target, and what it calls through, do so for the time of the run',
  ],
  [
    /private|loopback|forbidden|not allowed|denied|blocked/i,
    'let the target call addresses of this kind for the time of the run',
  ],
  [/refused/i, `nothing listens where the target looks; one in a container looks at itself: ${another}`],
  [/./s, `let the target through to this machine, on any port: mind firewalls and routes; ${another}`],
]

const cureOf = (says: string, guess: readonly Finding[]): string =>
  guess[0]?.cure ?? cures.find(([reason]) => reason.test(says))?.[1] ?? another

/** A listener with a path nobody can guess, for the time of one question. */
const openEar = async (host: string) => {
  const path = `/${randomBytes(16).toString('base64url')}`
  let isCalled = false
  const server = createServer((request, response) => {
    const isMeant = request.url === path
    isCalled ||= isMeant
    request.resume()
    response.writeHead(isMeant ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  })
  const origin = await listenAt(server, host)
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { origin, url: `${origin}${path}`, isCalled: () => isCalled, close }
}

type Told = Message<'hooks/call-back-response'> | { readonly unknown: string; readonly isMissing?: boolean }

/** Asks the target to call a URL. It gives up after five seconds, and the hook after ten. */
const ask = async (hooks: Hooks, url: string): Promise<Told> => {
  try {
    const { status, text, body } = answerOf(await hooks.send('callBack', { url }))
    if (status === 404) return { unknown: 'the target has no hook callBack', isMissing: true }
    if (status === 200 && isMessage('hooks/call-back-response', body)) return body
    return { unknown: `the hook callBack answered ${status} ${text.slice(0, 80)}` }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return { unknown: 'the hook callBack did not answer' }
  }
}

type Ear = Awaited<ReturnType<typeof openEar>>

/** What is found where the target says what came of its call. */
const judged = (told: Message<'hooks/call-back-response'>, ear: Ear, guess: readonly Finding[]): Finding => {
  const { origin } = ear
  if (!told.reached)
    return ear.isCalled()
      ? wrong(
          'callback',
          `the target called ${origin}, and no answer came back to it: ${told.says}`,
          'let answers through that way, whatever stands between',
        )
      : wrong('callback', `the target cannot call ${origin}: ${told.says}`, cureOf(told.says, guess))
  if (!ear.isCalled())
    return wrong(
      'callback',
      `the target called ${origin} and was answered ${told.status}, and nothing arrived here: something else answers there`,
      `find what does, such as a proxy, or a neighbour of the target with that address: ${another}`,
    )
  return told.status === 200
    ? fine('callback', `the target calls back: it reached ${origin}`)
    : wrong(
        'callback',
        `the target called ${origin}, was answered 200, and got ${told.status}`,
        'let what stands between pass answers on as they are',
      )
}

/**
 * Whether the target can call its neighbours at `host`. With hooks that answer, the target is asked; one without the hook
 * `callBack` is not, and then only addresses say something.
 */
export const lookAtCallback = async (base: string, host = '127.0.0.1', hooks?: Hooks): Promise<readonly Finding[]> => {
  const guess = guessed(base, host)
  let ear: Ear
  try {
    ear = await openEar(host)
  } catch (error) {
    const says = `this machine cannot be called at ${host}: ${error instanceof Error ? error.message : String(error)}`
    return [wrong('callback', says, 'give --callback-host an address of this machine, or leave it out')]
  }
  try {
    if (!hooks) return guess
    const told = await ask(hooks, ear.url)
    if (!('unknown' in told)) return [judged(told, ear, guess)]
    if (ear.isCalled()) return [fine('callback', `the target calls back: it reached ${ear.origin}`)]
    const says = `${told.unknown}, so only the address ${host} was looked at`
    const cure = told.isMissing
      ? 'offer the hook, and the doctor asks the target to call here before anything is judged'
      : 'see the schemas hooks/call-back-request and hooks/call-back-response; a hook answers within ten seconds'
    return [...guess, note('callback', says, cure)]
  } finally {
    await ear.close()
  }
}
