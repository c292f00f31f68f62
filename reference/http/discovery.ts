/** The discovery document (EXT-HTTP-20 to EXT-HTTP-22). */
import { readFileSync } from 'node:fs'
import { type Message, packageFile, supportedVersions } from '../../schemas/index.ts'
import { enforces } from '../core/index.ts'
import type { Limits, ShellParts } from './server.ts'

const { name, version }: { name: string; version: string } = JSON.parse(
  readFileSync(packageFile('package.json'), 'utf8'),
)

export const discoveryOf = (
  { roles, world, hooksSecret }: ShellParts,
  url: string,
  limits: Limits,
): Message<'common/discovery'> => ({
  versions: [...supportedVersions],
  software: { name, version },
  roles: enforces(world, 'EXT-HTTP-21')
    ? roles.map(({ module, key, name: shown }) => ({
        role: module.role,
        id: key.id,
        name: shown,
        endpoint: `${url}/${module.role}`,
        jwks: {
          keys: [
            {
              ...(key.publicJwk as Message<'common/public-jwk'>),
              ...(enforces(world, 'EXT-HTTP-22') ? {} : { d: 'a-secret' }),
            },
          ],
        },
      }))
    : [],
  extensions: [...new Set(['http', ...roles.flatMap(({ module }) => module.extensions ?? [])])],
  limits: { bodyBytesMax: limits.bodyBytesMax, pageSizeMax: 100, clockSkewSecondsMax: 60 },
  hooks: hooksSecret === undefined ? { tier: 'H0' } : { tier: 'H2', endpoint: `${url}/hooks` },
  documentation: `${url}/docs`,
  openapi: `${url}/openapi.json`,
})
