/** An affiliate who does not exist, for the preview: the same numbers each day, consistent with the programme's own terms. */
import { applyRate, exponentOf } from '../../core/kit/money.ts'
import { addDays, dayOf, releaseOf } from '../../core/kit/time.ts'
import type { Day, Instant } from '../../db/schema.ts'
import type { Activity, AffiliateDashboard, DailyCounts, Program } from '../widget/contract.ts'

const DAYS = 120
/** What a sale costs, major units. */
const PRICE = 49
/** Older than this is paid out. */
const PAID_AFTER = 60

export function sampleAffiliate(program: Program, now: Instant, empty: boolean): AffiliateDashboard {
  const today = dayOf(now)
  const joined = {
    email: 'you@example.com',
    name: null,
    referral_code: 'YOURCODE',
    slug: null,
    status: 'active' as const,
    today,
    payout_request: null,
  }
  if (empty)
    return {
      ...joined,
      totals: { clicks: 0, signups: 0, purchases: 0 },
      daily: [],
      balances: [],
      coupons: [],
      recent: [],
      payouts: [],
      payout_method: null,
      level_id: null,
      progress: null,
      invited: { count: 0, earnings: [], people: [] },
    }

  const { currency, hold_days } = program
  const sale = PRICE * 10 ** exponentOf(currency)
  const earned = earnedBy(program, sale)
  const daily = Array.from({ length: DAYS }, (_, n) => dayAt(addDays(today, n - DAYS + 1), n, currency, earned))
  const sum = (days: DailyCounts[], of: 'clicks' | 'signups' | 'purchases') =>
    days.reduce((total, day) => total + day[of], 0)
  const released = ({ day }: DailyCounts) => releaseOf(noon(day), hold_days) <= now
  const paidDays = daily.filter((day) => released(day) && day.day < addDays(today, -PAID_AFTER))
  const heldDays = daily.filter((day) => day.purchases > 0 && !released(day))
  const [total, paid, held] = [daily, paidDays, heldDays].map((days) => sum(days, 'purchases') * earned) as [
    number,
    number,
    number,
  ]
  const next = heldDays[0]
  const [first, second] = [...program.levels, null, null]
  return {
    ...joined,
    totals: { clicks: sum(daily, 'clicks'), signups: sum(daily, 'signups'), purchases: sum(daily, 'purchases') },
    daily,
    balances: [
      {
        currency,
        total,
        eligible: total - paid - held,
        held,
        paid,
        next_release: next ? { at: releaseOf(noon(next.day), hold_days), amount: next.purchases * earned } : null,
      },
    ],
    coupons: [{ code: 'YOURCODE15' }],
    recent: recentOf(daily, program, sale, earned),
    payouts:
      paid > 0
        ? [
            {
              id: 1,
              at: noon(addDays(today, -PAID_AFTER + 2)),
              amount: paid,
              currency,
              method: 'paypal',
              status: 'paid',
            },
          ]
        : [],
    payout_method: { kind: 'paypal', masked: 'y•••@example.com' },
    level_id: first?.id ?? null,
    progress: second ? { level_id: second.id, value: Math.round(second.threshold * 0.6) } : null,
    invited: program.second_tier
      ? {
          count: 2,
          earnings: [{ currency, amount: 3 * earned }],
          people: [
            { name: 'k•••@example.org', joined_at: noon(addDays(today, -9)), status: 'active' },
            { name: 'm•••@example.net', joined_at: noon(addDays(today, -40)), status: 'active' },
          ],
        }
      : { count: 0, earnings: [], people: [] },
  }
}

function earnedBy({ commission, currency }: Program, sale: number): number {
  if (!commission) return 0
  if (commission.kind === 'percent') return applyRate(sale, commission.basis_points)
  return commission.currency === currency ? commission.amount : 0
}

/** Waves that grow a little, and a sale every few days. */
function dayAt(day: Day, n: number, currency: string, earned: number): DailyCounts {
  const clicks = Math.round(6 + n / 12 + 5 * Math.sin(n / 3) + 3 * Math.sin(n * 1.7))
  const purchases = n % 5 === 2 ? 1 : n % 11 === 7 ? 2 : 0
  return {
    day,
    clicks,
    signups: n % 3 === 1 ? 1 : 0,
    purchases,
    earnings: purchases ? { [currency]: purchases * earned } : {},
  }
}

function recentOf(daily: DailyCounts[], { currency, hold_days }: Program, sale: number, earned: number): Activity[] {
  const events = daily
    .toReversed()
    .flatMap(({ day, signups, purchases }) => [
      ...Array.from({ length: purchases }, () => ({ day, type: 'purchase' as const })),
      ...Array.from({ length: signups }, () => ({ day, type: 'signup' as const })),
    ])
  return events.slice(0, 20).map(({ day, type }, index): Activity => {
    const at = noon(day)
    const release_at = releaseOf(at, hold_days)
    const bought = type === 'purchase'
    return {
      id: index + 1,
      type,
      at,
      status: 'approved',
      sale: bought ? { amount: sale, currency } : null,
      commission: bought && earned > 0 ? { amount: earned, currency, taken_back: 0, release_at, tier: 1 } : null,
      reason: index % 4 === 3 ? { kind: 'coupon', code: 'YOURCODE15' } : { kind: 'click', code: 'YOURCODE' },
    }
  })
}

const noon = (day: Day): Instant => `${day}T12:00:00.000Z`
