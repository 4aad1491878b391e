/** An affiliate's ledger as the API lists it. */
import type { Affiliate, LedgerEntry, Tx } from '../../db/schema.ts'
import { type Listed, listedOf } from '../kit/listed.ts'

/** One page, newest first, and how many entries there are in all. */
export async function listLedger(
  tx: Tx,
  { id, ledger_seq }: Pick<Affiliate, 'id' | 'ledger_seq'>,
  { limit, offset }: { limit: number; offset: number },
): Promise<Listed<LedgerEntry>> {
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
