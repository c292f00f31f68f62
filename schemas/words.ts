/** What the words of a page mean, read from the terminology of the specification. */
import { readFileSync } from 'node:fs'
import { packageFile } from './version.ts'

/** A word, or several that belong together, and what is meant by it. */
export type Word = { readonly chapter: string; readonly word: string; readonly meaning: string }

const plain = (text: string): string => text.replaceAll('`', '').trim()

/** Every word, in the order of the page that defines them. */
export const readWords = (): readonly Word[] => {
  const words: Word[] = []
  let chapter = ''
  for (const line of readFileSync(packageFile('spec', 'terminology.md'), 'utf8').split('\n')) {
    if (line.startsWith('## ')) chapter = line.slice(3)
    const [, word = '', meaning = ''] = line.split('|')
    if (chapter !== '' && line.startsWith('| ') && plain(word) !== 'Word')
      words.push({ chapter, word: plain(word), meaning: plain(meaning) })
  }
  return words
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The words as a part of a page that opens at a click, or by a link to `#words`; chapters in the order that is given. */
export const wordsHtml = (chapters?: readonly string[]): string => {
  const words = readWords()
  const parts = (chapters ?? [...new Set(words.map(({ chapter }) => chapter))]).map((name) => {
    const rows = words.filter(({ chapter }) => chapter === name)
    const terms = rows.map(({ word, meaning }) => `<dt>${escaped(word)}</dt><dd>${escaped(meaning)}</dd>`)
    return `<h4>${escaped(name)}</h4><dl>${terms.join('')}</dl>`
  })
  return `<details><summary>What the words mean</summary><div id="words">${parts.join('')}</div></details>`
}
