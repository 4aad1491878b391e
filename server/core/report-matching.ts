/** One fact, many reports: the browser, the provider and the company's own server may all tell of one purchase. */
import type { Conversion, Instant, Referral, Tx } from '../db/schema.ts'
import type { NewConversion } from './conversion.ts'
import { prepared } from './prepared.ts'
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
  const [sameIds] = await selectByIds(tx, {
    projectId,
    type: report.type,
    provider: report.provider,
    reference: reference || undefined,
    idempotency_key: idempotency_key || undefined,
    external_id: external_id || undefined,
    once_key: report.type === 'signup' && referral ? `signup ${referral.id}` : undefined,
  })
  if (sameIds || !referral || report.type !== 'purchase') return sameIds

  const alike = {
    referralId: referral.id,
    amount: report.amount,
    currency: report.currency,
    from: addHours(report.occurred_at, -SAME_PURCHASE_HOURS),
    to: addHours(report.occurred_at, SAME_PURCHASE_HOURS),
  }
  const [twin] = await selectAlike(tx, alike, report.source === 'browser' ? 'trusted' : 'browser')
  return twin
}

interface Ids {
  projectId: number
  type: string
  provider: string | null
  reference: string | undefined
  idempotency_key: string | undefined
  external_id: string | undefined
  once_key: string | undefined
}

const selectByIds = prepared(
  (tx, { projectId, type, provider, reference, idempotency_key, external_id, once_key }: Ids) =>
    tx
      .selectFrom('conversion')
      .selectAll()
      .where('project_id', '=', projectId)
      .where((eb) =>
        eb.or([
          ...(reference ? [eb.and([eb('type', '=', type), eb('reference', '=', reference)])] : []),
          ...(idempotency_key ? [eb('idempotency_key', '=', idempotency_key)] : []),
          ...(external_id ? [eb.and([eb('provider', '=', provider), eb('external_id', '=', external_id)])] : []),
          ...(external_id ? [eb.and([eb('type', '=', type), eb('reference', '=', external_id)])] : []),
          ...(once_key ? [eb('once_key', '=', once_key)] : []),
        ]),
      )
      .limit(1),
)

interface Alike {
  referralId: number
  amount: number | null
  currency: string | null
  from: Instant
  to: Instant
}

/** A person's purchase of an amount, told from the other side and not yet matched with a report from this one. */
const selectAlike = prepared((tx, { referralId, amount, currency, from, to }: Alike, side: 'browser' | 'trusted') =>
  tx
    .selectFrom('conversion')
    .selectAll()
    .where('referral_id', '=', referralId)
    .where('type', '=', 'purchase')
    .where('deleted_at', 'is', null)
    .where('amount', '=', amount)
    .where('currency', '=', currency)
    .where('occurred_at', '>=', from)
    .where('occurred_at', '<=', to)
    .where('source', side === 'browser' ? '=' : '<>', 'browser')
    .where(side === 'browser' ? 'external_id' : 'idempotency_key', 'is', null)
    .orderBy('id')
    .limit(1),
)

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
