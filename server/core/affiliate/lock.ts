/** Affiliates are locked in the order of their ids, so that two transactions never wait for each other. */
import type { Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'

/** Locks affiliates until the transaction ends, in the order of their ids. */
export async function lockAffiliates(tx: Tx, ids: (number | null | undefined)[]): Promise<void> {
  const wanted = [...new Set(ids.filter((id) => id != null))].sort((a, b) => a - b)
  for (const id of wanted) await lockAffiliate(tx, { id })
}

// An update that changes nothing: a lock that both databases have.
const lockAffiliate = prepared((tx, { id }: { id: number }) =>
  tx
    .updateTable('affiliate')
    .set((eb) => ({ ledger_seq: eb.ref('ledger_seq') }))
    .where('id', '=', id),
)
