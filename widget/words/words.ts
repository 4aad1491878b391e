/** The words of the widget: English is always there, any other language is fetched once and takes over when it arrives. */
import { signal } from '@preact/signals'
import english from '../../locales/en.json' with { type: 'json' }
import { formats, type Formats } from '../../locales/format.ts'
import { directionOf } from '../../locales/language-code.ts'
import { fetchTexts } from './fetch-texts.ts'
import { ENGLISH, type Language } from './language.ts'
import { isolated, sayer, type Texts, type Values } from './say.ts'

type Stem<Key> = Key extends `${infer Name}_${'one' | 'other'}` ? Name : Key
export type WordKey = Stem<keyof typeof english> | keyof typeof english
export type Translate = (key: WordKey, values?: Values) => string

export interface Words {
  t: Translate
  format: Formats
  locale: string
  dir: 'ltr' | 'rtl'
}

const loaded = signal<Record<string, Texts>>({ en: english })
const requested = new Set(['en'])

/** Fetches a language once per page; without it the widget goes on in English. */
export async function fetchLanguage(api: string, code: string): Promise<void> {
  if (requested.has(code)) return
  requested.add(code)
  const texts = await fetchTexts(api, code)
  if (texts) loaded.value = { ...loaded.peek(), [code]: texts }
  else requested.delete(code)
}

export function wordsOf(wanted: Language): Words {
  const { code, locale } = loaded.value[wanted.code] ? wanted : ENGLISH
  const dir = directionOf(code)
  const say = sayer({ [code]: loaded.value[code]!, en: english })
  const t: Translate = dir === 'rtl' ? (key, values) => say(key, isolated(values)) : say
  return { t, format: formats(locale), locale, dir }
}
