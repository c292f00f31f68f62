/** Proves that the generated blocks of the bridge's pages are what the adapters say today. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fieldsMarkdown, matrixMarkdown, matrixOf } from '../../bridge/matrix.ts'
import { adapters } from '../../bridge/registry.ts'
import { packageFile } from '../../schemas/index.ts'

const blockOf = (page: string, command: string): string | undefined => {
  const text = readFileSync(packageFile('bridge', page), 'utf8')
  return text.split(`<!-- generated: ${command} -->\n`)[1]?.split('\n<!-- end -->')[0]
}

describe('the pages of the bridge', () => {
  it('show the matrix as it is', () => {
    expect(blockOf('README.md', 'amp bridge matrix --markdown')).toBe(matrixMarkdown(matrixOf(adapters)))
  })

  it.each(adapters.map((adapter) => [adapter.protocol, adapter] as const))(
    'show the fields of %s as they are',
    (protocol, adapter) => {
      expect(blockOf(`${protocol}/README.md`, `amp bridge matrix --fields ${protocol}`)).toBe(fieldsMarkdown(adapter))
    },
  )

  it('have a folder for every adapter and an adapter for every folder with a wire', () => {
    const bridge = packageFile('bridge')
    const folders = readdirSync(bridge).filter((name) => statSync(`${bridge}/${name}`).isDirectory())
    const wired = folders.filter((name) => readdirSync(`${bridge}/${name}`).includes('wire.ts'))
    expect(wired.sort()).toEqual(adapters.map(({ protocol }) => protocol).sort())
  })
})
