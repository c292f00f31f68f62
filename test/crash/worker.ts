/** A clearing in a process of its own, so that it can be killed: told its books on the first line, orders on the next. */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { openBooks } from '../../reference/clearing/open-books.ts'
import { start } from '../reference/clearing/house.ts'
import { type Clearing, openClearing } from './clearing.ts'

/** Written at once: what was said before the kill has been said. */
const tell = (line: string): void => {
  writeSync(1, line)
}

let clearing: Clearing | undefined
let waiting: string[] = []
tell('warm\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.startsWith('open ')) {
    const [, url = '', books = ''] = line.split(' ')
    void openBooks(url, () => start)
      .then((engine) => openClearing(engine, books, tell))
      .then((opened) => {
        clearing = opened
        for (const order of waiting) opened.take(order)
        waiting = []
      })
  } else if (clearing) clearing.take(line)
  else waiting.push(line)
})
