/** What our own pages say, in every language of the dashboard: sentences of their own, and a few that the dashboard has too. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type English from '../../../locales/page/en.json'
import type DashboardEnglish from '../../../locales/en.json'

type OfDashboard = 'problem.project_not_found' | 'problem.rate_limited' | 'problem.internal'
export type PageText = keyof typeof English | (OfDashboard & keyof typeof DashboardEnglish)

const LOCALES = join(import.meta.dirname, '..', '..', '..', 'locales')
const read = (path: string) => JSON.parse(readFileSync(join(LOCALES, path), 'utf8')) as Record<PageText, string>

const WORDS: ReadonlyMap<string, Record<PageText, string>> = new Map(
  readdirSync(join(LOCALES, 'page')).map((file) => [
    file.replace('.json', ''),
    { ...read(file), ...read(join('page', file)) },
  ]),
)

/** @param language one that `languageFor` chose */
export const sayIn =
  (language: string) =>
  (text: PageText, values: Record<string, string> = {}): string =>
    (WORDS.get(language) ?? WORDS.get('en')!)[text].replaceAll(
      /\{\{(\w+)\}\}/g,
      (_, name: string) => values[name] ?? '',
    )
