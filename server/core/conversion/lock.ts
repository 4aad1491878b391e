/**
 * The order in which a change of a sale locks its rows, everywhere the same: the person, the affiliates by their ids, the
 * conversion; then ledger and balances, and last (db/last.ts) counters and the project's feed number.
 */
import type { Conversion, Tx } from '../../db/schema.ts'
import { MetAnother } from '../kit/errors.ts'
import { prepared } from '../kit/prepared.ts'
import { lockAffiliates } from '../affiliate/lock.ts'

/**
 * The conversion, locked until the transaction ends together with everybody a change of it can touch: the person, its
 * affiliate and the one who invited them, and whoever holds a commission of it.
 * @param also further affiliates, such as the one it is reassigned to
 * @throws MetAnother when it changed hands while the locks were waited for
 */
export async function lockConversion(
  tx: Tx,
  id: number,
  also: (number | null | undefined)[] = [],
): Promise<Conversion> {
  const [seen] = await selectParties(tx, { id })
  if (!seen) throw new Error(`No conversion ${id}`)
  if (seen.referral_id !== null) await lockPerson(tx, { id: seen.referral_id })
  const owners = await selectOwners(tx, { id })
  await lockAffiliates(tx, [
    seen.affiliate_id,
    seen.parent_id,
    ...owners.map(({ affiliate_id }) => affiliate_id),
    ...also,
  ])
  const [conversion] = await lockRow(tx, { id })
  if (!conversion) throw new Error(`No conversion ${id}`)
  if (conversion.referral_id !== seen.referral_id || conversion.affiliate_id !== seen.affiliate_id)
    throw new MetAnother(`Conversion ${id} changed hands`)
  return conversion
}

const selectParties = prepared((tx, { id }: { id: number }) =>
  tx
    .selectFrom('conversion')
    .leftJoin('affiliate', 'affiliate.id', 'conversion.affiliate_id')
    .select(['conversion.referral_id', 'conversion.affiliate_id', 'affiliate.parent_id'])
    .where('conversion.id', '=', id),
)

const selectOwners = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('commission').select('affiliate_id').where('conversion_id', '=', id),
)

// Updates that change nothing: a lock that both databases have.
const lockPerson = prepared((tx, { id }: { id: number }) =>
  tx
    .updateTable('referral')
    .set((eb) => ({ status: eb.ref('status') }))
    .where('id', '=', id),
)

const lockRow = prepared((tx, { id }: { id: number }) =>
  tx
    .updateTable('conversion')
    .set((eb) => ({ refunded: eb.ref('refunded') }))
    .where('id', '=', id)
    .returningAll(),
)
