/** Which language a visit is in: one choice, which words, numbers and direction follow. */
import { firstKnown } from '../../locales/language-code.ts'

/** A language we have words for, and the tag to format numbers and dates with (`pt` and `pt-BR`). */
export interface Language {
  code: string
  locale: string
}

export const LANGUAGES = 'en es fr de pt it nl sv no da fi pl cs ro hu ru uk tr ja ko zh ar he'.split(' ')
export const ENGLISH: Language = { code: 'en', locale: 'en' }

/** Intl itself is asked when it is needed for more: see locales/format.ts. */
const LOOKS_RIGHT = /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i

/** The first of these tags we speak, else English: `pt-BR` is `pt`, `de_AT` is `de`. */
export function chooseLanguage(tags: readonly string[]): Language {
  const found = firstKnown(tags, LANGUAGES)
  if (!found) return ENGLISH
  const { tag, code } = found
  const locale = tag.trim().replaceAll('_', '-')
  return { code, locale: LOOKS_RIGHT.test(locale) ? locale : code }
}
