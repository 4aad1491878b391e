/** The numbers that the dashboard's first blocks show, as its reader's language writes them: locales/format.ts says why. */
import { formats, isLocale, keyOf, type Formats, type KnownTexts } from '../../../locales/format.ts'
import type { CommissionTerms, Dashboard } from './contract.ts'

/** undefined where Intl does not take the locale. */
export function firstTexts(locale: string, { program, affiliate }: Dashboard): KnownTexts | undefined {
  if (!isLocale(locale)) return undefined
  const format = formats(locale)
  const texts: KnownTexts = {}
  const write = <Name extends keyof Formats>(name: Name, ...args: Parameters<Formats[Name]>) => {
    texts[keyOf(name, args)] = (format[name] as (...all: typeof args) => string)(...args)
  }
  const writeRate = (terms: CommissionTerms | null) => {
    if (terms?.kind === 'percent') write('percent', terms.basis_points)
    if (terms?.kind === 'fixed') write('money', terms.amount, terms.currency)
  }

  writeRate(program.commission)
  if (!affiliate) {
    write('number', program.cookie_days)
    write('number', program.hold_days)
    return texts
  }
  const { totals, balances, today, level_id } = affiliate
  writeRate(program.levels.find(({ id }) => id === level_id)?.commission ?? null)
  for (const count of [totals.clicks, totals.signups, totals.purchases]) {
    write('count', count)
    write('number', count)
  }
  if (balances.length === 0) write('money', 0, program.currency)
  for (const { total, eligible, currency, next_release: next } of balances) {
    write('money', total, currency)
    write('money', eligible, currency)
    if (next) {
      write('money', next.amount, currency)
      write('day', next.at, today)
    }
  }
  return texts
}
