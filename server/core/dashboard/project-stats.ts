/** What a project's affiliates brought in a time, and who brought most: read from the counts per day. */
import { sql } from 'kysely'
import type { Affiliate, Day, Project, Tx } from '../../db/schema.ts'
import { PRIMARY } from '../affiliate/code.ts'

/** Both days are part of it, in UTC. */
export interface Span {
  from: Day
  to: Day
}

export interface Brought {
  clicks: number
  bot_clicks: number
  signups: number
  purchases: number
  /** What they earned less what was taken back, minor units, per currency. */
  commissions: { currency: string; amount: number }[]
}

export interface ProjectStats extends Brought {
  /** Those who brought anything, who earned most in the project's currency first. */
  affiliates: (Brought & Pick<Affiliate, 'id' | 'email' | 'status'> & { referral_code: string })[]
}

export async function projectStats(tx: Tx, project: Project, span: Span, limit: number): Promise<ProjectStats> {
  const counts = await rollupsIn(tx, project.id, span).select(sums).executeTakeFirstOrThrow()
  const { bot_clicks } = await botsIn(tx, project.id, span).select(bots).executeTakeFirstOrThrow()
  const earned = await earningsIn(tx, project.id, span)
    .select(['daily_earning.currency', sum('daily_earning.amount').as('amount')])
    .groupBy('daily_earning.currency')
    .orderBy('daily_earning.currency')
    .execute()
  const affiliates = await busiest(tx, project, span, limit)
  const byAffiliate = await earningsOf(tx, project.id, span, affiliates)
  return {
    ...counts,
    bot_clicks,
    commissions: earned.filter(isSome),
    affiliates: affiliates.map((affiliate) => ({
      ...affiliate,
      commissions: byAffiliate
        .filter((row) => row.affiliate_id === affiliate.id && isSome(row))
        .map(({ currency, amount }) => ({ currency, amount })),
    })),
  }
}

const isSome = ({ amount }: { amount: number }) => amount !== 0

const sum = (column: string) => sql<number>`coalesce(sum(${sql.ref(column)}), 0)`

const sums = [
  sum('rollup.clicks').as('clicks'),
  sum('rollup.signups').as('signups'),
  sum('rollup.purchases').as('purchases'),
] as const

const bots = sum('not_counted.clicks').as('bot_clicks')

const botsIn = (tx: Tx, projectId: number, { from, to }: Span) =>
  tx
    .selectFrom('not_counted')
    .where('not_counted.project_id', '=', projectId)
    .where('not_counted.day', '>=', from)
    .where('not_counted.day', '<=', to)
    .where('not_counted.reason', '=', 'bot')

/** The row `all` sorts behind every day, so it is within no span. */
const rollupsIn = (tx: Tx, projectId: number, { from, to }: Span) =>
  tx
    .selectFrom('rollup')
    .where('rollup.project_id', '=', projectId)
    .where('rollup.period', '>=', from)
    .where('rollup.period', '<=', to)

const earningsIn = (tx: Tx, projectId: number, { from, to }: Span) =>
  tx
    .selectFrom('daily_earning')
    .innerJoin('affiliate', 'affiliate.id', 'daily_earning.affiliate_id')
    .where('affiliate.project_id', '=', projectId)
    .where('daily_earning.day', '>=', from)
    .where('daily_earning.day', '<=', to)

const busiest = (tx: Tx, project: Project, span: Span, limit: number) =>
  tx
    .selectFrom('affiliate')
    .innerJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'affiliate.id').on('link.is_primary', '=', PRIMARY),
    )
    .leftJoin(
      rollupsIn(tx, project.id, span)
        .select('rollup.affiliate_id')
        .select(sums)
        .groupBy('rollup.affiliate_id')
        .as('counted'),
      'counted.affiliate_id',
      'affiliate.id',
    )
    .leftJoin(
      botsIn(tx, project.id, span)
        .select('not_counted.affiliate_id')
        .select(bots)
        .groupBy('not_counted.affiliate_id')
        .as('visited'),
      'visited.affiliate_id',
      'affiliate.id',
    )
    .leftJoin(
      earningsIn(tx, project.id, span)
        .where('daily_earning.currency', '=', project.currency)
        .select(['daily_earning.affiliate_id', sum('daily_earning.amount').as('amount')])
        .groupBy('daily_earning.affiliate_id')
        .as('earned'),
      'earned.affiliate_id',
      'affiliate.id',
    )
    .where('affiliate.project_id', '=', project.id)
    .where('affiliate.deleted_at', 'is', null)
    .where((eb) =>
      eb.or(
        (['counted.affiliate_id', 'visited.affiliate_id', 'earned.affiliate_id'] as const).map((id) =>
          eb(id, 'is not', null),
        ),
      ),
    )
    .select(['affiliate.id', 'affiliate.email', 'affiliate.status', 'link.code as referral_code'])
    .select([
      countOrNone('counted.clicks').as('clicks'),
      countOrNone('visited.bot_clicks').as('bot_clicks'),
      countOrNone('counted.signups').as('signups'),
      countOrNone('counted.purchases').as('purchases'),
    ])
    .orderBy(countOrNone('earned.amount'), 'desc')
    .orderBy('purchases', 'desc')
    .orderBy('signups', 'desc')
    .orderBy('clicks', 'desc')
    .orderBy('affiliate.id')
    .limit(limit)
    .execute()

const countOrNone = (column: string) => sql<number>`coalesce(${sql.ref(column)}, 0)`

async function earningsOf(tx: Tx, projectId: number, span: Span, affiliates: { id: number }[]) {
  if (affiliates.length === 0) return []
  return earningsIn(tx, projectId, span)
    .where(
      'daily_earning.affiliate_id',
      'in',
      affiliates.map(({ id }) => id),
    )
    .select(['daily_earning.affiliate_id', 'daily_earning.currency', sum('daily_earning.amount').as('amount')])
    .groupBy(['daily_earning.affiliate_id', 'daily_earning.currency'])
    .orderBy('daily_earning.currency')
    .execute()
}
