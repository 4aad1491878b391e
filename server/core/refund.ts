/** Money that goes back to the buyer takes its share of the commissions with it, once, in any order and number of steps. */
import type { Conversion, Instant, Project, Tx } from '../db/schema.ts'
import { changeCommission, commissionsOf } from './commission-booking.ts'
import { announceCancel } from './conversion-event.ts'
import { shareOf } from './money.ts'

export interface NewRefund {
  provider: string
  /** The provider's id of the money fact; the same one again changes nothing. */
  external_id: string
  /** What went back with this step, minor units of the conversion's currency. */
  amount: number
  reason: string | null
  occurred_at: Instant
}

/**
 * Books a refund. What is taken back in total is always the refunded share of each commission, of both tiers, rounded once
 * over the whole: three thirds take exactly all, and no sequence takes more.
 * @returns false when this refund was booked before
 */
export async function recordRefund(
  tx: Tx,
  project: Project,
  conversionId: number,
  refund: NewRefund,
  now: Instant,
): Promise<boolean> {
  const conversion = await lockConversion(tx, conversionId)
  const row = await tx
    .insertInto('refund')
    .values({ project_id: project.id, conversion_id: conversionId, ...refund, created_at: now })
    .onConflict((clash) => clash.columns(['project_id', 'provider', 'external_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row) return false

  const whole = conversion.amount ?? 0
  const refunded = Math.min(conversion.refunded + refund.amount, whole)
  const step = refunded - conversion.refunded
  if (step === 0) return true
  await tx.updateTable('conversion').set({ refunded, updated_at: now }).where('id', '=', conversionId).execute()
  for (const commission of await commissionsOf(tx, conversionId)) {
    const taken_back = shareOf(commission.amount, refunded, whole)
    await changeCommission(tx, commission, { taken_back }, refund.reason ?? 'refund', now)
  }
  await announceCancel(
    tx,
    project,
    { ...conversion, refunded },
    { refund: step, reason: refund.reason ?? 'refund' },
    now,
  )
  return true
}

/** The conversion, locked until the transaction ends: its refunds and changes happen one after the other. */
export function lockConversion(tx: Tx, id: number): Promise<Conversion> {
  return tx
    .updateTable('conversion')
    .set((eb) => ({ refunded: eb.ref('refunded') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}
