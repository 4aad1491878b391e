import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import english from '../locales/en.json' with { type: 'json' }

const FOLDER = new URL('../locales/', import.meta.url)
const PLURAL = /_(zero|one|two|few|many|other)$/

const languages = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''))
const wordsOf = (language: string) =>
  JSON.parse(readFileSync(new URL(`${language}.json`, FOLDER), 'utf8')) as Record<string, string>

const stems = (words: object) => [...new Set(Object.keys(words).map((key) => key.replace(PLURAL, '')))]
const plurals = (words: object) => [
  ...new Set(
    Object.keys(words)
      .filter((key) => PLURAL.test(key))
      .map((key) => key.replace(PLURAL, '')),
  ),
]
const gaps = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!).sort((one, other) => one.localeCompare(other))

test.each(languages)('%s has every key of English and no other, in the same order', (language) => {
  expect(stems(wordsOf(language))).toEqual(stems(english))
})

test.each(languages)('%s has every plural its grammar asks for', (language) => {
  const words = wordsOf(language)
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
  for (const stem of plurals(english)) {
    for (const category of pluralCategories) expect(words).toHaveProperty([`${stem}_${category}`])
  }
})

test.each(languages)('%s fills the same gaps and leaves no text empty', (language) => {
  const source = english as Record<string, string>
  for (const [key, text] of Object.entries(wordsOf(language))) {
    expect(text.trim(), key).not.toBe('')
    const original = source[key] ?? source[key.replace(PLURAL, '_other')]!
    // "One day" may leave out the number.
    if (!key.endsWith('_one')) expect(gaps(text), key).toEqual(gaps(original))
  }
})
