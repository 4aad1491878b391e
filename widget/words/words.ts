/** The words of the widget: English is always there, any other language is fetched once and takes over when it arrives. */
import { signal } from '@preact/signals'
import { fetchWords } from '../visit/api.ts'
import { unpack, versionOf, type Packed } from '../../locales/compact.ts'
import { languageCode } from '../../locales/language-code.ts'
import english from '../../locales/en.json' with { type: 'json' }
import { formats, type Formats } from '../../locales/format.ts'

type Stem<Key> = Key extends `${infer Name}_${'one' | 'other'}` ? Name : Key
export type WordKey = Stem<keyof typeof english> | keyof typeof english
type Values = Record<string, string | number>
type Texts = Record<string, string>
export type Translate = (key: WordKey, values?: Values) => string

export interface Words {
  t: Translate
  format: Formats
  locale: string
  dir: 'ltr' | 'rtl'
}

/** A language we have words for, and the tag to format numbers and dates with (`pt` and `pt-BR`). */
export interface Language {
  code: string
  locale: string
}

export const LANGUAGES = 'en es fr de pt it nl sv no da fi pl cs ro hu ru uk tr ja ko zh ar he'.split(' ')
const RIGHT_TO_LEFT = new Set(['ar', 'he'])

const ENGLISH: Language = { code: 'en', locale: 'en' }
const loaded = signal<Record<string, Texts>>({ en: english })
const requested = new Set(['en'])
const rules = new Map<string, Intl.PluralRules>()

/** Intl itself is asked when it is needed for more: see locales/format.ts. */
const LOOKS_RIGHT = /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i

/** The first of these tags we speak, else English: `pt-BR` is `pt`, `de_AT` is `de`. */
export function chooseLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    const locale = tag.trim().replaceAll('_', '-')
    const code = languageCode(locale)
    if (LANGUAGES.includes(code)) return { code, locale: LOOKS_RIGHT.test(locale) ? locale : code }
  }
  return ENGLISH
}

/** Fetches a language once per page; without it the widget goes on in English. */
export async function fetchLanguage(api: string, code: string): Promise<void> {
  if (requested.has(code)) return
  requested.add(code)
  const words = await readLanguage(api, code)
  if (words) loaded.value = { ...loaded.peek(), [code]: words }
  else requested.delete(code)
}

/** The short file for exactly our keys; an API of another version has only the whole one, with keys of its own. */
async function readLanguage(api: string, code: string): Promise<Texts | null> {
  const { words, missing } = await fetchWords(api, `${code}.${versionOf(english)}`)
  if (words) return unpack(words as Packed, english)
  return missing ? ((await fetchWords(api, code)).words as Texts | null) : null
}

export function wordsOf(wanted: Language): Words {
  const { code, locale } = loaded.value[wanted.code] ? wanted : ENGLISH
  const dir = RIGHT_TO_LEFT.has(code) ? 'rtl' : 'ltr'
  const say = sayer({ [code]: loaded.value[code]!, en: english })
  const t: Translate = dir === 'rtl' ? (key, values) => say(key, isolated(values)) : say
  return { t, format: formats(locale), locale, dir }
}

/**
 * Reads the JSON v4 format of i18next, as far as our files use it: one text per key, `key_few` and the like by
 * Intl.PluralRules where a `count` is given (`key_zero` wins for 0), `{{name}}` in the text. The languages are asked in
 * their order; a key that none of them has is its own text.
 */
export function sayer(languages: Record<string, Texts>) {
  const asked = Object.entries(languages)
  return (key: string, values: Values = {}): string => {
    const { count } = values
    for (const [code, texts] of asked) {
      const text = (typeof count === 'number' ? formOf(key, texts, code, count) : undefined) ?? texts[key]
      if (text !== undefined) return text.replace(/{{(.+?)}}/g, (_, name: string) => `${values[name.trim()] ?? ''}`)
    }
    return key
  }
}

const formOf = (key: string, texts: Texts, code: string, count: number): string | undefined =>
  (count === 0 ? texts[`${key}_zero`] : undefined) ?? texts[`${key}_${pluralOf(code, count)}`]

function pluralOf(code: string, count: number): string {
  const rule = rules.get(code) ?? new Intl.PluralRules(code)
  rules.set(code, rule)
  return rule.select(count)
}

/** Keeps a link, an address or an amount in one piece within a sentence that runs the other way. */
export const isolated = (values: Values = {}): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? `\u2068${value}\u2069` : value]),
  )
