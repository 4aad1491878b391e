/** One fact, many reports: the browser, the provider and the company's own server may all tell of one purchase. */
import type { Conversion, Referral, Tx } from '../db/schema.ts'
import type { NewConversion } from './conversion.ts'
import { addHours } from './time.ts'

/** The browser's report of a purchase and the provider's event about it lie at most this far apart. */
const SAME_PURCHASE_HOURS = 24

/** The same fact reported before: by its own ids, or the same person's purchase of the same amount from the other side. */
export async function findTwin(
  tx: Tx,
  projectId: number,
  report: NewConversion,
  referral: Referral | null,
): Promise<Conversion | undefined> {
  const { reference, external_id, idempotency_key } = report
  const sameIds = await tx
    .selectFrom('conversion')
    .selectAll()
    .where('project_id', '=', projectId)
    .where((eb) =>
      eb.or([
        ...(reference ? [eb.and([eb('type', '=', report.type), eb('reference', '=', reference)])] : []),
        ...(idempotency_key ? [eb('idempotency_key', '=', idempotency_key)] : []),
        ...(external_id ? [eb.and([eb('provider', '=', report.provider), eb('external_id', '=', external_id)])] : []),
        ...(external_id ? [eb.and([eb('type', '=', report.type), eb('reference', '=', external_id)])] : []),
        ...(report.type === 'signup' && referral ? [eb('once_key', '=', `signup ${referral.id}`)] : []),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  if (sameIds || !referral || report.type !== 'purchase') return sameIds

  const fromBrowser = report.source === 'browser'
  return tx
    .selectFrom('conversion')
    .selectAll()
    .where('referral_id', '=', referral.id)
    .where('type', '=', 'purchase')
    .where('deleted_at', 'is', null)
    .where('amount', '=', report.amount)
    .where('currency', '=', report.currency)
    .where('occurred_at', '>=', addHours(report.occurred_at, -SAME_PURCHASE_HOURS))
    .where('occurred_at', '<=', addHours(report.occurred_at, SAME_PURCHASE_HOURS))
    .where('source', fromBrowser ? '<>' : '=', 'browser')
    .where(fromBrowser ? 'idempotency_key' : 'external_id', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

/** A trusted conversion remembers the browser's call about it, so that the next such call is about another purchase. */
export async function adoptKey(tx: Tx, twin: Conversion, report: NewConversion): Promise<Conversion> {
  if (twin.idempotency_key !== null || report.idempotency_key === null) return twin
  await tx
    .updateTable('conversion')
    .set({ idempotency_key: report.idempotency_key })
    .where('id', '=', twin.id)
    .execute()
  return { ...twin, idempotency_key: report.idempotency_key }
}
