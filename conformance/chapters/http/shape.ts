/** EXT-HTTP, the shape of requests and answers: operations, bodies, limits, problems, versions, discovery. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { type OperationName, operations, type Role, supportedVersions, version } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { equal, Failed, holds, Inconclusive, NotApplicable, refused, sandwich, told } from '../../expect.ts'
import { invalidInstance } from '../../generate.ts'
import type { Scene } from '../../scene.ts'
import { type BindingStage, send } from '../../stages/binding.ts'
import { exchangeOf } from '../../target/client.ts'
import { readDiscovery, servedRole } from '../../target/discovery.ts'

const ofRole = (role: Role): readonly OperationName[] =>
  [...operations].flatMap(([name, operation]) => (operation.role === role ? [name] : []))

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

/** Sends the head of a request that announces a large body and only its beginning, and reads the first answer. */
const announce = (url: URL, bytes: number, sent: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
    if (url.protocol === 'https:')
      return reject(new NotApplicable('the early refusal is looked at over plain HTTP only'))
    const socket = connect(port, url.hostname, () => {
      socket.write(
        `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nAMP-Version: ${version}\r\nContent-Length: ${bytes}\r\n\r\n`,
      )
      socket.write(' '.repeat(sent))
    })
    let answer = ''
    const done = (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(5_000, done)
    socket.on('data', (data) => {
      answer += data.toString('latin1')
      if (answer.includes('\r\n\r\n')) done()
    })
    socket.on('error', done)
    socket.on('close', done)
  })

/** Whether the member a refusal names is the changed one, or lies on the way to it or below it. */
const near = (field: string, path: string): boolean =>
  field === '/' || path === '' || field.startsWith(path) || path.startsWith(field)

const malformed = [
  ['no JSON', '{"a":'],
  ['a member twice', '{"a":1,"a":2}'],
  ['text after the end', '{} {}'],
  ['nothing', ''],
] as const

const refusesEveryInvalid = async (stage: BindingStage, role: Role): Promise<void> => {
  const unmoved = await stage.state()
  const before = await unmoved()
  let sent = 0
  for (const name of ofRole(role)) {
    const by = await stage.callerOf(name)
    const request = operations.get(name)?.request
    if (by === 'nobody' || request === undefined) continue
    const samples = fc.sample(invalidInstance(request), { seed: stage.scene.dice.number(0, 2 ** 31 - 1), numRuns: 6 })
    for (const { value, change, path } of samples) {
      const answer = await stage.scene.client.call(name, value as never, by)
      const problem = refused(answer, 'request-invalid')
      sent++
      if (!near(problem.field ?? '', path))
        throw new Failed(`${name} with ${change} at ${path || '/'} to be refused there`, told(answer))
    }
  }
  if (sent === 0) throw new Inconclusive('no operation of the role could be asked')
  equal(await unmoved(), before, 'what the refused requests could have moved')
}

export const shapeChecks = (role: Role, open: (scene: Scene) => BindingStage): readonly Check[] => {
  const check = chapterOf('http', role, open)
  const notRefusedAsUnknown = async ({ scene }: BindingStage): Promise<void> => {
    for (const name of ofRole(role)) {
      const answer = await scene.client.call(name, {} as never, undefined)
      const code = (answer.body as { code?: string } | undefined)?.code
      if (answer.status === 404 && code === 'operation-unknown') throw new Failed(`${name} to be served`, told(answer))
    }
  }
  return [
    check('EXT-HTTP-1', 'every operation of the role is served', notRefusedAsUnknown),
    check('EXT-HTTP-2', 'a path that is no operation is unknown', async (stage) => {
      const probe = await stage.signed()
      for (const path of ['noSuchOperation', `${operations.get(probe.name)?.name}/more`])
        refused(await send(stage.scene, probe, { path }), 'operation-unknown')
    }),
    check('EXT-HTTP-3', 'an operation answers POST alone', async (stage) => {
      const probe = await stage.signed()
      for (const method of ['GET', 'PUT', 'DELETE'])
        refused(await send(stage.scene, probe, { method }), 'method-not-allowed')
    }),
    check('EXT-HTTP-4', 'a body that is not plain JSON text is refused', async (stage) => {
      const probe = await stage.signed()
      for (const change of [{ contentType: 'text/plain' }, { headers: { 'content-encoding': 'gzip' } }])
        await sandwich({
          control: async () => send(stage.scene, await stage.signed()),
          changed: () => send(stage.scene, probe, change),
          refusedAs: 'media-type-unsupported',
        })
    }),
    check('EXT-HTTP-5', 'a body that is no JSON, or names a member twice, is refused', async (stage) => {
      for (const [, text] of malformed)
        refused(await send(stage.scene, await stage.signed(), { text }), 'json-malformed')
    }),
    check(
      ['EXT-HTTP-6', 'EXT-HTTP-7'],
      'a request its schema refuses is refused with the member at fault, and moves nothing',
      (stage) => refusesEveryInvalid(stage, role),
    ),
    check('EXT-HTTP-9', 'a body over the published bound is refused before it is read', async ({ scene }) => {
      const { endpoint } = scene.session.served(role)
      const { bodyBytesMax } = scene.session.discovery.limits
      const name = ofRole(role)[0]?.split('.')[1]
      const answer = await announce(new URL(`${endpoint}/${name}`), bodyBytesMax * 1_000, bodyBytesMax + 4_096)
      holds(/^HTTP\/1\.1 413 /.test(answer), 'status 413 before the rest was sent', answer.slice(0, 60) || 'nothing')
    }),
    check('EXT-HTTP-10', 'JSON nested deeper than 16 levels is refused', async (stage) => {
      refused(await send(stage.scene, await stage.signed(), { text: nested(17) }), 'json-malformed')
      const shallow = await send(stage.scene, await stage.signed(), { text: nested(15) })
      refused(shallow, 'request-invalid')
    }),
    check('EXT-HTTP-11', 'headers of more than 16 KiB are refused', async (stage) => {
      const answer = await send(stage.scene, await stage.signed(), { headers: { 'x-filler': 'a'.repeat(17_000) } })
      equal(answer.status, 431, 'the status')
    }),
    check('EXT-HTTP-14', 'of several problems the first of the table is answered', async (stage) => {
      const probe = await stage.signed()
      refused(await send(stage.scene, probe, { version: '1999-01-01', text: '{' }), 'version-unsupported')
      refused(await send(stage.scene, probe, { contentType: 'text/plain', version: null }), 'media-type-unsupported')
      refused(await stage.scene.client.call(probe.name, {} as never, undefined), 'signature-missing')
    }),
    check('EXT-HTTP-15', 'a problem does not repeat what a request held', async (stage) => {
      const number = '4111111111111111'
      const probe = await stage.signed()
      const answer = await send(stage.scene, probe, {
        text: JSON.stringify({ cardNumber: number, cvv: 'c-v-v-999', ...probe.message }),
      })
      refused(answer, 'request-invalid')
      holds(
        !answer.text.includes(number) && !answer.text.includes('c-v-v-999'),
        'a problem without the values sent',
        answer.text,
      )
    }),
    check('EXT-HTTP-18', 'a missing or unknown version is refused with the versions spoken', async (stage) => {
      for (const change of ['1999-01-01', null, 'latest'])
        await sandwich({
          control: async () => send(stage.scene, await stage.signed()),
          changed: async () => {
            const answer = await send(stage.scene, await stage.signed(), { version: change })
            const spoken =
              (answer.body as { supportedVersions?: readonly string[] } | undefined)?.supportedVersions ?? []
            if (answer.status !== 200)
              holds(spoken.includes(supportedVersions[0] ?? ''), `supportedVersions with ${version}`, spoken)
            return answer
          },
          refusedAs: 'version-unsupported',
        })
    }),
    check(
      ['EXT-HTTP-20', 'EXT-HTTP-21'],
      'the discovery document matches its schema and tells role, endpoint and keys',
      async ({ scene }) => {
        const { document, odd } = await readDiscovery(scene.session.url)
        if (!document || odd !== undefined) throw new Failed('a discovery document', odd ?? 'none')
        const served = servedRole(document, role)
        holds(served !== undefined && served.jwks.keys.length > 0, `the role ${role} with keys`, document.roles)
        const { roles } = document
        holds(new Set(roles.map((one) => one.endpoint)).size === roles.length, 'an endpoint for each role', roles)
      },
    ),
    check('EXT-HTTP-22', 'the discovery document holds no private key', async ({ scene }) => {
      const { answer } = await exchangeOf('GET', `${scene.session.url}/.well-known/amp`, {}, undefined)
      const secret = /"(d|p|q|dp|dq|qi|oth|k)"\s*:/.exec(answer)?.[1]
      holds(secret === undefined, 'public members of keys alone', `a member ${secret}`)
    }),
    check('EXT-HTTP-23', 'OpenAPI document and documentation page are served', async ({ scene }) => {
      for (const address of [scene.session.discovery.openapi, scene.session.discovery.documentation]) {
        if (address === undefined) throw new Failed('both addresses in the discovery document', 'one is missing')
        const { status } = await exchangeOf('GET', address, {}, undefined)
        equal(status, 200, `the status of ${address}`)
      }
    }),
  ]
}
