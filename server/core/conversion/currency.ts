/** Sales in foreign money, in the project's currency where a rate is known. */
import type { Conversion, Project, Tx } from '../../db/schema.ts'
import type { NewConversion } from './report.ts'
import { rateOn } from '../project/exchange-rate.ts'
import { convertMinor } from '../kit/money.ts'
import { dayOf } from '../kit/time.ts'

export type Money = Pick<
  Conversion,
  'amount' | 'currency' | 'original_amount' | 'original_currency' | 'exchange_rate' | 'rate_source'
>

/** Foreign money becomes the project's at the day's rate, which is kept; without a rate it stays what it is. */
export async function inProjectCurrency(tx: Tx, project: Project, report: NewConversion): Promise<Money> {
  const { amount, currency } = report
  const asItIs = {
    amount,
    currency,
    original_amount: null,
    original_currency: null,
    exchange_rate: null,
    rate_source: null,
  }
  if (amount === null || !currency || currency === project.currency) return asItIs
  const found = await rateOn(tx, currency, project.currency, dayOf(report.occurred_at))
  if (!found) return asItIs
  return {
    amount: convertMinor(amount, currency, project.currency, found.rate),
    currency: project.currency,
    original_amount: amount,
    original_currency: currency,
    exchange_rate: found.rate,
    rate_source: `${found.source} ${found.day}`,
  }
}

/** A commission that was given with the sale, in the currency the sale was converted to. */
export const inNewCurrency = ({ given_commission: given, currency }: NewConversion, money: Money): number | undefined =>
  given === undefined || !currency || !money.currency || !money.exchange_rate
    ? given
    : convertMinor(given, currency, money.currency, money.exchange_rate)
