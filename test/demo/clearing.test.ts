/** The clearing demo adds up, and leaves files a bank could take. */
import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { showClearing } from '../../demo/clearing.ts'
import { folderOfTest } from '../folder.ts'

it('two agents trade and the closing statement adds up', async () => {
  const out = folderOfTest('clearing')
  let printed = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
  const right = await showClearing({ ticks: 3_333, json: true, out })
  write.mockRestore()
  const summary = JSON.parse(printed)
  expect([right, summary.addsUp]).toEqual([true, true])
  expect(summary.sums).toEqual({ hold: '1006666', tick: '6666', deliver: '6666', release: '1000000' })
  expect(
    summary.cycle.legs.map(({ direction, amount }: { direction: string; amount: object }) => [direction, amount]),
  ).toEqual(expect.arrayContaining([['collect', { currency: 'USD', value: '1' }]]))
  expect(readFileSync(summary.files[0], 'utf8').split('\r\n')).toHaveLength(4)
})
