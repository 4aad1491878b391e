/** What an affiliate can be paid now, locked until the transaction ends. */
import type { Instant, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type Balance, balanceAt, emptyBalance, isUnsettled, summedUp } from './ledger.ts'

/** Locks the affiliate, whose balance then cannot change. @throws DomainError 'affiliate_not_found' */
export async function lockBalance(
  tx: Tx,
  projectId: number,
  affiliateId: number,
  currency: string,
  now: Instant,
): Promise<Balance> {
  const affiliate = await tx
    .updateTable('affiliate')
    .set({ updated_at: now })
    .where('id', '=', affiliateId)
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (!affiliate) throw new DomainError('affiliate_not_found', 'Affiliate not found')
  const row = await tx
    .selectFrom('balance')
    .selectAll()
    .where('affiliate_id', '=', affiliateId)
    .where('currency', '=', currency)
    .executeTakeFirst()
  const stored = row ?? emptyBalance(affiliateId, currency)
  return balanceAt(isUnsettled(stored, now) ? await summedUp(tx, stored, now) : stored, now)
}
