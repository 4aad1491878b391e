/** Payouts as the API lists them: with whom they went to. */
import type { Payout, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'

export interface PayoutFilter {
  affiliate_id?: number | undefined
  status?: Payout['status'] | undefined
  limit: number
  offset: number
}

export interface PayoutWithAffiliate extends Payout {
  /** null once he was deleted. */
  affiliate_email: string | null
}

/** One page, newest first, and how many there are in all. */
export async function listPayouts(
  tx: Tx,
  projectId: number,
  filter: PayoutFilter,
): Promise<Listed<PayoutWithAffiliate>> {
  let matching = withAffiliate(tx, projectId)
  if (filter.affiliate_id !== undefined) matching = matching.where('payout.affiliate_id', '=', filter.affiliate_id)
  if (filter.status) matching = matching.where('payout.status', '=', filter.status)
  const rows = await matching
    .selectAll('payout')
    .select('affiliate.email as affiliate_email')
    .orderBy('payout.id', 'desc')
    .limit(filter.limit + 1)
    .offset(filter.offset)
    .execute()
  return listed(tx, filter, rows, matching)
}

/** @throws DomainError 'payout_not_found' */
export async function getPayout(tx: Tx, projectId: number, id: number): Promise<PayoutWithAffiliate> {
  const payout = await withAffiliate(tx, projectId)
    .selectAll('payout')
    .select('affiliate.email as affiliate_email')
    .where('payout.id', '=', id)
    .executeTakeFirst()
  if (!payout) throw new DomainError('payout_not_found', 'Payout not found')
  return payout
}

const withAffiliate = (tx: Tx, projectId: number) =>
  tx
    .selectFrom('payout')
    .leftJoin('affiliate', (join) =>
      join.onRef('affiliate.id', '=', 'payout.affiliate_id').on('affiliate.deleted_at', 'is', null),
    )
    .where('payout.project_id', '=', projectId)
