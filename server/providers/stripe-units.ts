/** Amounts in Stripe's smallest unit, in which those that charge through Stripe count too. */
import { parseCurrency } from '../core/kit/money.ts'

/** Stripe keeps two decimals for these, always 00; ISO 4217 has none. */
const WITHOUT_CENTS = new Set(['ISK', 'UGX'])

/**
 * Stripe's smallest unit is that of ISO 4217 except for three currencies.
 * @throws Error when there is no amount, DomainError 'invalid_request' when there is no known currency
 */
export function inMinorUnits(amount: number, currency: string | null | undefined) {
  if (!Number.isSafeInteger(amount)) throw new Error(`Expected an amount in Stripe's smallest unit, got ${amount}`)
  const code = parseCurrency(currency ?? '')
  if (WITHOUT_CENTS.has(code)) return { amount: Math.round(amount / 100), currency: code }
  return { amount: code === 'MGA' ? amount * 100 : amount, currency: code }
}
