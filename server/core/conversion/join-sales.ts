/** Ids of a sale that become known after it was recorded; they may show that two conversions are one sale. */
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { reviewConversion } from './change.ts'
import { addPaymentIds, findByKeys, paymentKeys } from './sale-key.ts'

/**
 * Puts the conversion under the provider's ids, too. Where others are known by them, keeps the one that was recorded first, disqualifies the others with the reason, and lets the provider's later events about
 * the payment (refunds, disputes) find the one that is kept.
 */
export async function joinSales(
  tx: Tx,
  project: Project,
  conversionId: number,
  paymentIds: string[],
  now: Instant,
): Promise<void> {
  await addPaymentIds(tx, project.id, conversionId, paymentIds)
  const found = await findByKeys(tx, project.id, paymentKeys(paymentIds))
  const others = found.filter(
    ({ id, source, deleted_at }) => id !== conversionId && source !== 'browser' && !deleted_at,
  )
  if (others.length === 0) return

  const all = [...new Set([conversionId, ...others.map(({ id }) => id)])].sort((a, b) => a - b)
  const [kept, ...double] = all as [number, ...number[]]
  for (const id of double)
    await reviewConversion(tx, project, id, 'unqualified', `the same payment as conversion ${kept}`, now)
  await tx
    .updateTable('provider_link')
    .set({ conversion_id: kept })
    .where('project_id', '=', project.id)
    .where('conversion_id', 'in', double)
    .execute()
}
