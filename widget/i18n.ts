/** The words of the widget: English is always there, any other language is fetched once and takes over when it arrives. */
import { signal } from '@preact/signals'
import { createInstance } from 'i18next'
import { fetchWords } from './api.ts'
import english from '../locales/en.json' with { type: 'json' }
import { formats, type Formats } from './format.ts'

type Stem<Key> = Key extends `${infer Name}_${'one' | 'other'}` ? Name : Key
export type WordKey = Stem<keyof typeof english> | keyof typeof english
type Values = Record<string, string | number>
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

const LANGUAGES = new Set(['en', 'de'])
const RIGHT_TO_LEFT = new Set(['ar', 'he'])
const SAME_AS: Record<string, string> = { nb: 'no', nn: 'no', iw: 'he' }

const ENGLISH: Language = { code: 'en', locale: 'en' }
const loaded = signal<ReadonlySet<string>>(new Set(['en']))
const requested = new Set(['en'])

// An instance of our own: the host page may run i18next itself.
const library = createInstance()
void library.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: english } },
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  initAsync: false,
})

/** The first of these tags we speak, else English: `pt-BR` is `pt`, `de_AT` is `de`. */
export function chooseLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    const locale = tag.trim().replaceAll('_', '-')
    const base = locale.split('-')[0]!.toLowerCase()
    const code = SAME_AS[base] ?? base
    if (LANGUAGES.has(code)) return { code, locale: isLocale(locale) ? locale : code }
  }
  return ENGLISH
}

/** Fetches a language once per page; without it the widget goes on in English. */
export async function fetchLanguage(api: string, code: string): Promise<void> {
  if (requested.has(code)) return
  requested.add(code)
  const words = await fetchWords(api, code)
  if (!words) {
    requested.delete(code)
    return
  }
  library.addResourceBundle(code, 'translation', words)
  loaded.value = new Set([...loaded.value, code])
}

export function wordsOf(wanted: Language): Words {
  const { code, locale } = loaded.value.has(wanted.code) ? wanted : ENGLISH
  const dir = RIGHT_TO_LEFT.has(code) ? 'rtl' : 'ltr'
  const say = library.getFixedT(code) as unknown as Translate
  const t: Translate = dir === 'rtl' ? (key, values) => say(key, isolated(values)) : say
  return { t, format: formats(locale), locale, dir }
}

/** Keeps a link, an address or an amount in one piece within a sentence that runs the other way. */
export const isolated = (values: Values = {}): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? `\u2068${value}\u2069` : value]),
  )

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
