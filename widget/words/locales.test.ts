/** The files of words: complete, filled in the same way, small, about as long as English, and read as i18next reads them. */
import { readdirSync, readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { createInstance, type TOptions } from 'i18next'
import { expect, test } from 'vitest'
import { pack } from '../../locales/compact.ts'
import english from '../../locales/en.json' with { type: 'json' }
import { LANGUAGES } from './language.ts'
import { sayer } from './say.ts'

const FOLDER = new URL('../../locales/', import.meta.url)
/** As page.js reads it, compressed. */
const MOST_BYTES = 2_500
const PLURAL = /_(zero|one|two|few|many|other)$/

const languages = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''))
const source: Record<string, string> = english
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
const originalOf = (key: string) => (source[key] ?? source[`${key.replace(PLURAL, '')}_other`])!
const gaps = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!).sort((one, other) => one.localeCompare(other))

test('the languages that are offered are the ones there are', () => {
  expect(languages.toSorted()).toEqual(LANGUAGES.toSorted())
})

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
  for (const [key, text] of Object.entries(wordsOf(language))) {
    expect(text.trim(), key).not.toBe('')
    // "One day" may leave out the number.
    if (!key.endsWith('_one')) expect(gaps(text), key).toEqual(gaps(originalOf(key)))
  }
})

test.each(languages)('%s is small, and no text is so long that it could break a button', (language) => {
  const packed = brotliCompressSync(JSON.stringify(pack(wordsOf(language), source)))
  expect(packed.length).toBeLessThanOrEqual(MOST_BYTES)
  for (const [key, text] of Object.entries(wordsOf(language))) {
    expect(text.length, `${key}: ${text}`).toBeLessThanOrEqual(originalOf(key).length * 2.2 + 12)
  }
})

test.each(languages)('%s reads as i18next would read it, every key and count', async (language) => {
  const words = wordsOf(language)
  const library = createInstance()
  await library.init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: english }, [language]: { translation: words } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
  })
  const say = sayer({ [language]: words, en: source })
  for (const key of [...Object.keys(source), ...stems(words), 'never.written']) {
    const values = Object.fromEntries(gaps(originalOf(key) ?? '').map((name) => [name, `<${name}> & $1`]))
    expect(say(key, values)).toBe(library.t(key, values))
    for (const count of [0, 1, 2, 3, 5, 11, 21, 100]) {
      const counted: TOptions & Record<string, string | number> = { ...values, count }
      expect(say(key, counted), `${key}, ${count}`).toBe(library.t(key, counted))
    }
  }
})
