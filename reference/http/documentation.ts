/** The OpenAPI document and the page people read (EXT-HTTP-23). */
import { existsSync, readFileSync } from 'node:fs'
import { operations, packageFile, type Role, version } from '../../schemas/index.ts'

const file = packageFile('schemas', version, 'openapi.json')

/** The OpenAPI document with this server's address. */
export const openapi = (url: string): object => ({
  ...(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}),
  servers: [{ url }],
})

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}code{font-size:.9em}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th,td{border-color:#30363d}a{color:#79c0ff}}`

/** A page of the operations served here; it loads nothing. */
export const documentation = (served: readonly Role[]): string => {
  const rows = [...operations]
    .filter(([, { role }]) => served.includes(role))
    .map(
      ([name, { summary, callers, safe, request, response }]) =>
        `<tr><td><code>${name}</code></td><td>${summary}</td><td>${callers.join(', ')}</td><td>${safe ? 'no' : 'yes'}</td><td><code>${request}</code></td><td><code>${response}</code></td></tr>`,
    )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>AMP ${version}</title><style>${style}</style></head><body>
<h1>AMP ${version}</h1><p>Operations served here, as <code>POST /{role}/{operation}</code>. Discovery: <a href="/.well-known/amp">/.well-known/amp</a>. OpenAPI: <a href="/openapi.json">/openapi.json</a>.</p>
<table><thead><tr><th>Operation</th><th>Does</th><th>For</th><th>Needs Idempotency-Key</th><th>Takes</th><th>Gives</th></tr></thead><tbody>${rows.join('')}</tbody></table></body></html>`
}
