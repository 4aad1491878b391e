/** The program's terms in words: what a sale earns, how long a click counts, when the money can be had. */
import type { AffiliateDashboard, CommissionTerms, Program } from '../../server/public/widget/contract.ts'
import type { Formats } from '../../locales/format.ts'
import type { Translate } from './words.ts'

interface Terms {
  commission: CommissionTerms | null
}

/** `20%` or `$15.00`; empty where there is no rate. */
export function rateOf({ commission }: Terms, format: Formats): string {
  if (!commission) return ''
  const { kind } = commission
  return kind === 'percent'
    ? format.percent(commission.basis_points)
    : format.money(commission.amount, commission.currency)
}

/** The terms in a sentence: `terms.percent` or `terms.fixed`, or the same of another subject. */
export function rateSentence(
  terms: Terms,
  t: Translate,
  format: Formats,
  subject: 'terms' | 'tier' | 'levels' = 'terms',
): string {
  const rate = rateOf(terms, format)
  if (!rate) return ''
  if (terms.commission?.kind === 'fixed') return t(`${subject}.fixed`, { rate })
  return t(subject === 'levels' ? 'levels.rate' : `${subject}.percent`, { rate })
}

/** What the affiliate earns: the rate of their level, if it has one of its own. */
export const ownTerms = (program: Program, { level_id: id }: AffiliateDashboard): Terms => {
  const level = program.levels.find((one) => one.id === id)
  return level?.commission ? level : program
}

export function conditions({ hold_days: hold, cookie_days: cookie }: Program, t: Translate, format: Formats): string {
  const sentence = (key: 'terms.cookie' | 'terms.hold', count: number) =>
    count > 0 ? t(key, { count, days: format.number(count) }) : ''
  return `${sentence('terms.cookie', cookie)} ${sentence('terms.hold', hold)}`.trim()
}
