/** Exchange rates: stored per day with their source, so that a booked amount can always be explained. */
import type { Day, Tx } from '../../db/schema.ts'
import { addDays } from '../kit/time.ts'

export interface Rate {
  /** What one unit of the base is worth, a decimal text. */
  rate: string
  source: string
  day: Day
}

/** A rate older than this says nothing about today (long weekends and holidays are shorter). */
const OLDEST_DAYS = 7

/** The newest rate of the day or of the week before it: as stored, or crossed over a base that knows both currencies. */
export async function rateOn(tx: Tx, from: string, to: string, day: Day): Promise<Rate | undefined> {
  const rows = await tx
    .selectFrom('exchange_rate')
    .select(['base', 'quote', 'rate', 'source', 'day'])
    .where('quote', 'in', [from, to])
    .where('day', '<=', day)
    .where('day', '>=', addDays(day, -OLDEST_DAYS))
    .orderBy('day', 'desc')
    .execute()
  for (const { base, day: on, source } of rows) {
    const worth = (currency: string) =>
      currency === base ? '1' : rows.find((row) => row.base === base && row.day === on && row.quote === currency)?.rate
    const [ofFrom, ofTo] = [worth(from), worth(to)]
    if (ofFrom && ofTo) return { rate: divide(ofTo, ofFrom), source, day: on }
  }
  return undefined
}

/** The newest day first. */
export const newestRates = (tx: Tx, limit: number) =>
  tx
    .selectFrom('exchange_rate')
    .select(['day', 'base', 'quote', 'rate', 'source'])
    .orderBy('day', 'desc')
    .orderBy('quote')
    .limit(limit)
    .execute()

const DIGITS = 10

/** Decimal texts, divided exactly and rounded half up to ten decimals. */
function divide(dividend: string, divisor: string): string {
  const scaled = (text: string) => {
    const [whole = '0', decimals = ''] = text.split('.')
    return BigInt(whole + decimals.padEnd(DIGITS, '0').slice(0, DIGITS))
  }
  const one = 10n ** BigInt(DIGITS)
  const quotient = (2n * scaled(dividend) * one + scaled(divisor)) / (2n * scaled(divisor))
  const digits = String(quotient).padStart(DIGITS + 1, '0')
  return `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`.replace(/\.?0+$/, '')
}

/** Stores rates; the same day again replaces them. @param rates quote currency -> decimal text */
export async function storeRates(
  tx: Tx,
  base: string,
  day: Day,
  rates: Record<string, string>,
  source: string,
): Promise<number> {
  const rows = Object.entries(rates).map(([quote, rate]) => ({ base, quote, day, rate, source }))
  for (const row of rows) {
    await tx
      .insertInto('exchange_rate')
      .values(row)
      .onConflict((clash) =>
        clash.columns(['base', 'quote', 'day']).doUpdateSet({ rate: row.rate, source: row.source }),
      )
      .execute()
  }
  return rows.length
}
