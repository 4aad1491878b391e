/** An affiliate's ledger as the API lists it. */
import type { LedgerEntry, Tx } from '../../db/schema.ts'
import { type Listed, listedOf } from '../kit/listed.ts'
import { type AffiliateName, getAffiliate } from '../affiliate/affiliate.ts'

/** One page, newest first, and how many entries there are in all. @throws DomainError 'affiliate_not_found' */
export async function listLedger(
  tx: Tx,
  projectId: number,
  who: AffiliateName,
  { limit, offset }: { limit: number; offset: number },
): Promise<Listed<LedgerEntry>> {
  const { id, ledger_seq } = await getAffiliate(tx, projectId, who)
  const rows = await tx
    .selectFrom('ledger_entry')
    .selectAll()
    .where('affiliate_id', '=', id)
    .orderBy('seq', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
  return listedOf({ limit, offset }, rows, ledger_seq)
}
