/** Amounts in tables: major units with their currency. */
import { formatMinor } from '../core/kit/money.ts'

export const money = (amount: number, currency: string): string => `${formatMinor(amount, currency)} ${currency}`

/** One part of every balance: `12.00 USD, 3.00 EUR`. What is zero in another currency than the project's is left out. */
export function moneyOf<T extends { currency: string }>(
  rows: T[],
  part: (row: T) => number,
  ofProject: string,
): string {
  const amounts = rows
    .map((row) => ({ currency: row.currency, amount: part(row) }))
    .filter(({ amount }) => amount !== 0)
  if (amounts.length === 0) return money(0, ofProject)
  const ownFirst = amounts.toSorted((a, b) => Number(b.currency === ofProject) - Number(a.currency === ofProject))
  return ownFirst.map(({ amount, currency }) => money(amount, currency)).join(', ')
}
