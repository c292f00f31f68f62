/** `amp certify` as a process: verdicts on standard output, and an exit code that never takes a mistake for a verdict. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { packageFile, packageRoot } from '../../schemas/index.ts'
import { audience, checkout, draftOf, network, now, signChain } from './chains.ts'

const folder = mkdtempSync(join(tmpdir(), 'amp-certify-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const certify = (arguments_: readonly string[], input = '') => {
  const tsx = packageFile('node_modules', 'tsx', 'dist', 'cli.mjs')
  const done = spawnSync(process.execPath, [tsx, packageFile('amp.ts'), 'certify', ...arguments_], {
    cwd: packageRoot,
    encoding: 'utf8',
    input,
  })
  return { code: done.status, out: done.stdout, complaint: done.stderr }
}

const good = { id: 'good', layers: await signChain(draftOf('IMMEDIATE')), audience, checkout }
const late = { id: 'late', layers: await signChain(draftOf('AUTONOMOUS')), audience: 'https://other.example' }
const evidence = (chains: readonly unknown[], keys: readonly unknown[] = [network.jwk]): string =>
  JSON.stringify({ keys: { keys }, chains })
const judging = ['--evidence', '-', '--now', String(now)]

describe('amp certify', { timeout: 30_000 }, () => {
  it('exits 0 when every chain of a file passes, and writes the verdicts where it is told', () => {
    const file = join(folder, 'evidence.json')
    const verdicts = join(folder, 'verdicts.json')
    writeFileSync(file, evidence([good]))
    const { code, out, complaint } = certify(['--evidence', file, '--now', String(now), '--json', verdicts])
    expect({ code, complaint }).toEqual({ code: 0, complaint: '' })
    expect(out).toContain('1 of 1 chains pass')
    expect(JSON.parse(readFileSync(verdicts, 'utf8'))).toEqual({ chains: [{ id: 'good', verdict: 'pass' }] })
  })

  it('exits 1 when some fail, with code, member and requirement as JSON and nothing else', () => {
    const { code, out } = certify([...judging, '--json', '-'], evidence([good, late]))
    expect(code).toBe(1)
    expect(JSON.parse(out)).toEqual({
      chains: [
        { id: 'good', verdict: 'pass' },
        {
          id: 'late',
          verdict: 'fail',
          problem: 'assurance-audience-mismatch',
          field: '/assurance/mandate/aud',
          requirement: 'AMP-TRUST-124',
        },
      ],
    })
  })

  it.each([
    ['a file that is not there', ['--evidence', '/nowhere/evidence.json'], ''],
    ['text that is no JSON', judging, '{'],
    ['a file of another shape', judging, '[]'],
    ['no chains at all', judging, evidence([])],
    ['a key that is none', judging, evidence([good], [null])],
    ['a chain without layers', judging, evidence([{ id: 'x', audience }])],
    ['verdicts that cannot be written', [...judging, '--json', '/nowhere/verdicts.json'], evidence([good])],
    ['nothing to judge', [], ''],
    ['a moment that is none', ['--evidence', '-', '--now', 'today'], ''],
    ['an unknown option', ['--nope'], ''],
  ])('exits 3 and says why for %s', (_, arguments_, input) => {
    const { code, out, complaint } = certify(arguments_, input)
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(complaint).toMatch(/amp certify: .+\ncure: .+|error: .+/)
    expect(complaint).not.toMatch(/\n\s+at /)
  })

  it('shows an example of itself', () => {
    const { code, out } = certify(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('npx amp certify --evidence')
  })
})
