/** What an affiliate brought and earned, day by day: read from the counters kept with each event, never from the events. */
import type { Day, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { prepared } from '../kit/prepared.ts'
import { addDays } from '../kit/time.ts'

/** A day's counts; minor units earned per currency, negative when more was taken back. Days without anything are left out. */
export interface DayOfStats {
  day: Day
  clicks: number
  signups: number
  purchases: number
  earnings: Record<string, number>
}

/** How many days one answer holds at most. */
export const MOST_DAYS = 366
const DEFAULT_DAYS = 30

/**
 * The days asked for, both included: the last thirty where nothing is said.
 * @throws DomainError 'invalid_request'
 */
export function spanOf(asked: { from?: Day | undefined; to?: Day | undefined }, today: Day): { from: Day; to: Day } {
  const to = asked.to ?? today
  const from = asked.from ?? addDays(to, 1 - DEFAULT_DAYS)
  // Before this server could have counted anything; Temporal writes years below 0 in another form.
  if (from < '1970-01-01') throw new DomainError('invalid_request', `from: expected a day since 1970, got ${from}`)
  if (from > to) throw new DomainError('invalid_request', `from: expected a day before ${to}, got ${from}`)
  if (from < addDays(to, 1 - MOST_DAYS))
    throw new DomainError('invalid_request', `from: expected at most ${MOST_DAYS} days up to ${to}, got ${from}`)
  return { from, to }
}

export async function dailyStats(
  tx: Tx,
  projectId: number,
  affiliateId: number,
  span: { from: Day; to: Day },
): Promise<DayOfStats[]> {
  const asked = { projectId, affiliateId, ...span }
  const days = new Map<Day, DayOfStats>()
  for (const { period, ...counts } of await selectCounts(tx, asked))
    days.set(period, { day: period, ...counts, earnings: {} })
  for (const { day, currency, amount } of await selectEarnings(tx, asked)) {
    const row = days.get(day) ?? { day, clicks: 0, signups: 0, purchases: 0, earnings: {} }
    row.earnings[currency] = amount
    days.set(day, row)
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1))
}

export function sumOf(days: DayOfStats[]): Omit<DayOfStats, 'day'> {
  const sum = { clicks: 0, signups: 0, purchases: 0, earnings: {} as Record<string, number> }
  for (const { clicks, signups, purchases, earnings } of days) {
    sum.clicks += clicks
    sum.signups += signups
    sum.purchases += purchases
    for (const [currency, amount] of Object.entries(earnings))
      sum.earnings[currency] = (sum.earnings[currency] ?? 0) + amount
  }
  return sum
}

interface Asked {
  projectId: number
  affiliateId: number
  from: Day
  to: Day
}

const selectCounts = prepared((tx, { projectId, affiliateId, from, to }: Asked) =>
  tx
    .selectFrom('rollup')
    .select(['period', 'clicks', 'signups', 'purchases'])
    .where('affiliate_id', '=', affiliateId)
    .where('project_id', '=', projectId)
    .where('period', '>=', from)
    .where('period', '<=', to),
)

/** The table knows no project; the affiliate was found in it. */
const selectEarnings = prepared((tx, { affiliateId, from, to }: Asked) =>
  tx
    .selectFrom('daily_earning')
    .select(['day', 'currency', 'amount'])
    .where('affiliate_id', '=', affiliateId)
    .where('day', '>=', from)
    .where('day', '<=', to),
)
