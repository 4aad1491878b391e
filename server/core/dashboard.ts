/** What an affiliate sees of himself: totals, the last 90 days, balances. The cost does not grow with the number of clicks. */
import type { Day, Instant, Project, Tx } from '../db/schema.ts'
import { balancesOf, findAffiliate } from './affiliate.ts'
import type { Balance } from './ledger.ts'
import { addDays, dayOf } from './time.ts'

const DAYS_SHOWN = 90

export interface AffiliateDashboard {
  email: string
  referral_code: string
  status: 'active' | 'inactive' | 'pending'
  totals: { clicks: number; signups: number; purchases: number }
  daily: { day: Day; clicks: number; signups: number; purchases: number; earnings: Record<string, number> }[]
  today: Day
  balances: Balance[]
}

/** null when the e-mail is no affiliate of the project. */
export async function affiliateDashboard(
  tx: Tx,
  project: Project,
  email: string,
  now: Instant,
): Promise<AffiliateDashboard | null> {
  const affiliate = await findAffiliate(tx, project.id, email)
  if (!affiliate) return null

  const today = dayOf(now)
  const from = addDays(today, 1 - DAYS_SHOWN)
  // One read for the days and the total: the row `all` sorts behind every day.
  const rollups = await tx
    .selectFrom('rollup')
    .select(['period', 'clicks', 'signups', 'purchases'])
    .where('affiliate_id', '=', affiliate.id)
    .where('period', '>=', from)
    .orderBy('period')
    .execute()
  const earnings = await tx
    .selectFrom('daily_earning')
    .select(['day', 'currency', 'amount'])
    .where('affiliate_id', '=', affiliate.id)
    .where('day', '>=', from)
    .execute()
  const balances = (await balancesOf(tx, [affiliate.id], now)).get(affiliate.id) ?? []

  const { period: _, ...totals } = rollups.find((row) => row.period === 'all') ?? {
    period: 'all',
    clicks: 0,
    signups: 0,
    purchases: 0,
  }
  return {
    email: affiliate.email,
    referral_code: affiliate.referral_code,
    status: affiliate.status,
    totals,
    daily: dailyOf(rollups, earnings, today),
    today,
    balances: balances.sort(
      (a, b) => Number(b.currency === project.currency) - Number(a.currency === project.currency),
    ),
  }
}

type DailyCounts = { period: string; clicks: number; signups: number; purchases: number }

function dailyOf(
  rollups: DailyCounts[],
  earnings: { day: Day; currency: string; amount: number }[],
  today: Day,
): AffiliateDashboard['daily'] {
  const days = new Map<Day, AffiliateDashboard['daily'][number]>()
  for (const { period, ...counts } of rollups)
    if (period <= today) days.set(period, { day: period, ...counts, earnings: {} })
  for (const { day, currency, amount } of earnings) {
    const row = days.get(day) ?? { day, clicks: 0, signups: 0, purchases: 0, earnings: {} }
    row.earnings[currency] = amount
    days.set(day, row)
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1))
}
