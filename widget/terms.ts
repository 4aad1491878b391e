/** The programme's terms in words: what a sale earns, how long a click counts, when the money can be had. */
import type { Program } from '../server/public/widget-contract.ts'
import type { Formats } from './format.ts'
import type { Translate } from './i18n.ts'

/** `20%` or `$15.00`; empty when the programme has no rate for everybody. */
export function rateOf({ commission }: Program, format: Formats): string {
  if (!commission) return ''
  const { kind } = commission
  return kind === 'percent'
    ? format.percent(commission.basis_points)
    : format.money(commission.amount, commission.currency)
}

export function rateSentence(program: Program, t: Translate, format: Formats): string {
  const rate = rateOf(program, format)
  return rate && t(program.commission?.kind === 'percent' ? 'terms.percent' : 'terms.fixed', { rate })
}

export function conditions({ hold_days: hold, cookie_days: cookie }: Program, t: Translate, format: Formats): string {
  const sentence = (key: 'terms.cookie' | 'terms.hold', count: number) =>
    count > 0 ? t(key, { count, days: format.number(count) }) : ''
  return `${sentence('terms.cookie', cookie)} ${sentence('terms.hold', hold)}`.trim()
}
