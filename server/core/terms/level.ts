/** Performance levels: from a threshold on, an affiliate earns by better terms. */
import type { Affiliate, CommissionLevel, Instant, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'

/**
 * Moves the affiliate up to the highest level whose threshold he reached; never down, and not where the owner set his level
 * by hand. Applies to the next sale. Levels of the kind `custom` are given by hand only.
 */
export async function raiseLevel(tx: Tx, affiliateId: number, now: Instant): Promise<void> {
  const [affiliate] = await selectAffiliate(tx, { affiliateId })
  if (!affiliate || affiliate.level_manual) return
  const levels = await levelsOf(tx, affiliate.campaign_id)
  const current = levels.find((level) => level.id === affiliate.level_id)
  for (const level of levels.toReversed()) {
    if (level.position <= (current?.position ?? 0)) return
    if (level.metric === 'custom' || (await reached(tx, affiliate, level, now)) < level.threshold) continue
    await tx
      .updateTable('affiliate')
      .set({ level_id: level.id, updated_at: now })
      .where('id', '=', affiliate.id)
      .execute()
    return
  }
}

const selectAffiliate = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx.selectFrom('affiliate').selectAll().where('id', '=', affiliateId),
)

/** A campaign's ladder, lowest first. */
export const levelsOf = (tx: Tx, campaignId: number): Promise<CommissionLevel[]> => selectLevels(tx, { campaignId })

const selectLevels = prepared((tx, { campaignId }: { campaignId: number }) =>
  tx
    .selectFrom('commission_level')
    .selectAll()
    .where('campaign_id', '=', campaignId)
    // Removed levels keep their row, for the rules that name them, below zero.
    .where('position', '>', 0)
    .orderBy('position'),
)

/** How far the affiliate came by the level's measure: minor units of the project's currency, referrals, or whole months. */
export async function reached(tx: Tx, affiliate: Affiliate, level: CommissionLevel, now: Instant): Promise<number> {
  if (level.metric === 'custom') return 0
  if (level.metric === 'months') {
    const joined = Temporal.Instant.from(affiliate.created_at).toZonedDateTimeISO('UTC')
    return joined.until(Temporal.Instant.from(now).toZonedDateTimeISO('UTC'), { largestUnit: 'month' }).months
  }
  const sales = tx
    .selectFrom('conversion')
    .innerJoin('project', 'project.id', 'conversion.project_id')
    .where('conversion.affiliate_id', '=', affiliate.id)
    .where('conversion.type', '=', 'purchase')
    .where('conversion.status', '=', 'approved')
    .where('conversion.deleted_at', 'is', null)
    .where('conversion.occurred_at', '>=', startOf(level.period, now))
  if (level.metric === 'referrals') {
    const { people } = await sales
      .select((eb) => eb.fn.count<number>('conversion.referral_id').distinct().as('people'))
      .executeTakeFirstOrThrow()
    return people
  }
  const { sum, refunded } = await sales
    .whereRef('conversion.currency', '=', 'project.currency')
    .select((eb) => [
      eb.fn.sum<number | null>('conversion.amount').as('sum'),
      eb.fn.sum<number | null>('conversion.refunded').as('refunded'),
    ])
    .executeTakeFirstOrThrow()
  return (sum ?? 0) - (refunded ?? 0)
}

/** The first instant of the running month, quarter or year, UTC. */
function startOf(period: CommissionLevel['period'], now: Instant): Instant {
  if (period === 'total') return '0001-01-01T00:00:00.000Z'
  const [year, month] = [now.slice(0, 4), Number(now.slice(5, 7))]
  const first = period === 'yearly' ? 1 : period === 'quarterly' ? month - ((month - 1) % 3) : month
  return `${year}-${String(first).padStart(2, '0')}-01T00:00:00.000Z`
}
