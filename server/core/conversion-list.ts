/** Conversions as the API lists them: with what they earned and whether it was paid. */
import type { Conversion, Instant, Tx } from '../db/schema.ts'

export interface ConversionFilter {
  type?: string | undefined
  affiliate_id?: number | undefined
  referred_user_id?: number | undefined
  paid?: boolean | undefined
  from?: Instant | undefined
  to?: Instant | undefined
  limit: number
  offset: number
}

export interface ConversionWithCommission extends Conversion {
  referral_code: string | null
  commission_amount: number | null
  commission_currency: string | null
}

/** One page, newest first, and how many there are in all. Nothing is paid out yet in this version, so `paid: true` finds none. */
export async function listConversions(
  tx: Tx,
  projectId: number,
  filter: ConversionFilter,
): Promise<{ rows: ConversionWithCommission[]; total: number }> {
  let matching = tx.selectFrom('conversion').where('conversion.project_id', '=', projectId)
  if (filter.type) matching = matching.where('conversion.type', '=', filter.type)
  if (filter.affiliate_id !== undefined) matching = matching.where('conversion.affiliate_id', '=', filter.affiliate_id)
  if (filter.referred_user_id !== undefined)
    matching = matching.where('conversion.referral_id', '=', filter.referred_user_id)
  if (filter.from) matching = matching.where('conversion.occurred_at', '>=', filter.from)
  if (filter.to) matching = matching.where('conversion.occurred_at', '<=', filter.to)
  if (filter.paid) return { rows: [], total: 0 }

  const rows = await matching
    .leftJoin('commission', (join) =>
      join.onRef('commission.conversion_id', '=', 'conversion.id').on('commission.tier', '=', 1),
    )
    .leftJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'conversion.affiliate_id').on('link.is_primary', '=', 1),
    )
    .selectAll('conversion')
    .select([
      'link.code as referral_code',
      'commission.amount as commission_amount',
      'commission.currency as commission_currency',
    ])
    .orderBy('conversion.id', 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { rows, total }
}
