/**
 * What an affiliate sees of himself: totals, the last year, balances, what was newest and why. Some fifteen look-ups by index;
 * none of them costs more with the number of clicks.
 */
import { sql } from 'kysely'
import type { Affiliate, Day, Instant, PayoutMethod, Project, Tx } from '../../db/schema.ts'
import { type Activity, recentActivity } from './activity.ts'
import { emailKey } from '../kit/email.ts'
import { type Invited, invitedBy } from './invited.ts'
import { type Balance, balanceAt } from '../ledger/ledger.ts'
import { levelsOf, reached } from '../terms/level.ts'
import { prepared } from '../kit/prepared.ts'
import { PRIMARY } from '../affiliate/code.ts'
import { addDays, dayOf } from '../kit/time.ts'

const DAYS_SHOWN = 365
const PAYOUTS_SHOWN = 50

export interface AffiliateDashboard {
  email: string
  name: string | null
  referral_code: string
  slug: string | null
  status: Affiliate['status']
  totals: { clicks: number; signups: number; purchases: number }
  daily: { day: Day; clicks: number; signups: number; purchases: number; earnings: Record<string, number> }[]
  today: Day
  balances: Balance[]
  coupons: { code: string }[]
  recent: Activity[]
  payouts: { id: number; at: Instant; amount: number; currency: string; method: string; status: 'paid' | 'reversed' }[]
  payout_method: Pick<PayoutMethod, 'kind' | 'masked'> | null
  payout_request: { currency: string; amount: number; at: Instant } | null
  level_id: number | null
  progress: { level_id: number; value: number } | null
  invited: Invited
}

/** null when the e-mail is no affiliate of the project. */
export async function affiliateDashboard(
  tx: Tx,
  project: Project,
  email: string,
  now: Instant,
): Promise<AffiliateDashboard | null> {
  const viewer = await findViewer(tx, project.id, email)
  return viewer ? dashboardFor(tx, project, viewer, now) : null
}

/** Everything of one row each that is known of him. */
export type Viewer = NonNullable<Awaited<ReturnType<typeof findViewer>>>

export async function findViewer(tx: Tx, projectId: number, email: string) {
  const [viewer] = await selectViewer(tx, { projectId, key: emailKey(email) })
  return viewer
}

const selectViewer = prepared((tx, { projectId, key }: { projectId: number; key: string }) =>
  tx
    .selectFrom('affiliate')
    .innerJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'affiliate.id').on('link.is_primary', '=', PRIMARY),
    )
    .leftJoin('payout_method', 'payout_method.affiliate_id', 'affiliate.id')
    .selectAll('affiliate')
    .select([
      'link.code as referral_code',
      'payout_method.kind as method_kind',
      'payout_method.masked as method_masked',
    ])
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.email_key', '=', key)
    .where('affiliate.deleted_at', 'is', null),
)

export async function dashboardFor(
  tx: Tx,
  project: Project,
  viewer: Viewer,
  now: Instant,
): Promise<AffiliateDashboard> {
  const affiliateId = viewer.id
  const today = dayOf(now)
  const from = addDays(today, 1 - DAYS_SHOWN)
  // One read for the days and the total: the row `all` sorts behind every day.
  const rollups = await selectRollups(tx, { affiliateId, from })
  const earnings = await selectEarnings(tx, { affiliateId, from })
  const balances = (await selectBalances(tx, { affiliateId })).map((row) => balanceAt(row, now))
  const codes = await selectCodes(tx, { affiliateId })
  const invited = await invitedBy(tx, affiliateId)
  const requests = await selectRequests(tx, { affiliateId })

  const { period: _, ...totals } = rollups.find((row) => row.period === 'all') ?? { period: 'all', ...NOTHING }
  const ownFirst = byCurrency(project)
  return {
    email: viewer.email,
    name: viewer.name,
    referral_code: viewer.referral_code,
    slug: codes.find(({ kind }) => kind === 'slug')?.code ?? null,
    status: viewer.status,
    totals,
    daily: dailyOf(rollups, earnings, today),
    today,
    balances: balances.sort(ownFirst),
    coupons: codes.filter(({ kind }) => kind === 'active').map(({ code }) => ({ code })),
    recent: await recentActivity(
      tx,
      affiliateId,
      codes.map(({ code }) => code),
    ),
    payouts: await selectPayouts(tx, { affiliateId }),
    payout_method:
      viewer.method_kind !== null && viewer.method_masked !== null
        ? { kind: viewer.method_kind, masked: viewer.method_masked }
        : null,
    payout_request: requests.sort(ownFirst)[0] ?? null,
    ...(await climb(tx, viewer, now)),
    invited: { ...invited, earnings: invited.earnings.sort(ownFirst) },
  }
}

const NOTHING = { clicks: 0, signups: 0, purchases: 0 }

/** The programme's own currency before the others, which stay in their order. */
const byCurrency =
  ({ currency }: Project) =>
  (a: { currency: string }, b: { currency: string }) =>
    Number(b.currency === currency) - Number(a.currency === currency)

const selectRollups = prepared((tx, { affiliateId, from }: { affiliateId: number; from: Day }) =>
  tx
    .selectFrom('rollup')
    .select(['period', 'clicks', 'signups', 'purchases'])
    .where('affiliate_id', '=', affiliateId)
    .where('period', '>=', from)
    .orderBy('period'),
)

const selectEarnings = prepared((tx, { affiliateId, from }: { affiliateId: number; from: Day }) =>
  tx
    .selectFrom('daily_earning')
    .select(['day', 'currency', 'amount'])
    .where('affiliate_id', '=', affiliateId)
    .where('day', '>=', from),
)

const selectBalances = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx.selectFrom('balance').selectAll().where('affiliate_id', '=', affiliateId).orderBy('currency'),
)

/** All codes that are his: `slug` of his own choice, `active` and `inactive` coupons, other `link`s. */
const selectCodes = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('link')
    .select([
      'code',
      'id',
      sql<string>`case when is_primary = 0 and clicks_before is not null then 'slug' else 'link' end`.as('kind'),
    ])
    .where('affiliate_id', '=', affiliateId)
    .unionAll(
      tx
        .selectFrom('coupon')
        .select(['coupon_code as code', 'id', 'status as kind'])
        .where('affiliate_id', '=', affiliateId),
    )
    .orderBy('id'),
)

const selectPayouts = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('payout')
    .select(['id', 'created_at as at', 'amount', 'currency', 'method', 'status'])
    .where('affiliate_id', '=', affiliateId)
    .orderBy('id', 'desc')
    .limit(PAYOUTS_SHOWN),
)

const selectRequests = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('payout_request')
    .select(['currency', 'amount', 'created_at as at'])
    .where('affiliate_id', '=', affiliateId)
    .where('status', '=', sql.lit('open'))
    .orderBy('id', 'desc'),
)

/** His level, and how far he came towards the next one. */
async function climb(tx: Tx, viewer: Viewer, now: Instant): Promise<Pick<AffiliateDashboard, 'level_id' | 'progress'>> {
  const levels = await levelsOf(tx, viewer.campaign_id)
  const current = levels.find(({ id }) => id === viewer.level_id)
  const next = levels.find(({ position }) => position > (current?.position ?? 0))
  const decided = viewer.level_manual || next?.metric === 'custom'
  return {
    level_id: current?.id ?? null,
    progress: next && !decided ? { level_id: next.id, value: await reached(tx, viewer, next, now) } : null,
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
    const row = days.get(day) ?? { day, ...NOTHING, earnings: {} }
    row.earnings[currency] = amount
    days.set(day, row)
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1))
}
