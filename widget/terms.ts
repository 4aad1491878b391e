/** The programme's terms as short sentences: what a sale earns, when it is paid, how long a click counts. */
import type { Program } from '../server/public/widget-contract.ts'
import type { Formats } from './format.ts'
import type { Translate } from './i18n.ts'

export function termsOf(program: Program, t: Translate, format: Formats): string[] {
  const { commission, hold_days: hold, cookie_days: cookie } = program
  const days = (count: number) => ({ count, days: format.number(count) })
  return [
    commission?.kind === 'percent' && t('terms.percent', { rate: format.percent(commission.basis_points) }),
    commission?.kind === 'fixed' && t('terms.fixed', { amount: format.money(commission.amount, commission.currency) }),
    cookie > 0 && t('terms.cookie', days(cookie)),
    hold > 0 && t('terms.hold', days(hold)),
  ].filter((sentence) => sentence !== false)
}
