/** The language an affiliate reads. */
import type { Affiliate, Project } from '../../db/schema.ts'
import { settingsOf } from './settings.ts'

const LONGEST = 35

/** A tag as it is usually written, such as `pt-BR`; undefined when the text is none. */
export function languageTag(text: string): string | undefined {
  if (text.length > LONGEST) return undefined
  try {
    return Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0]
  } catch {
    return undefined
  }
}

/** What his mails are written in. */
export const languageOf = ({ language }: Pick<Affiliate, 'language'>, project: Pick<Project, 'settings'>): string =>
  language ?? settingsOf(project).language
