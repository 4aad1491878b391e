/** One fact, many reports: the browser, the provider and the company's own server may all tell of one purchase. */
import type { Conversion, Instant, Referral, Tx } from '../../db/schema.ts'
import type { NewConversion } from './report.ts'
import { claimKeys, findByKeys, keysOf, likelyKeysOf } from './sale-key.ts'
import { prepared } from '../kit/prepared.ts'
import { addHours } from '../kit/time.ts'

/** The browser's report of a purchase and the provider's event about it lie at most this far apart. */
const SAME_PURCHASE_HOURS = 24

/**
 * The same fact reported before: by any of its ids, or the same person's purchase of the same amount from the other side.
 * What only a browser said about a sale that is proven meanwhile names no second one.
 */
export async function findTwin(
  tx: Tx,
  projectId: number,
  report: NewConversion,
  referral: Referral | null,
): Promise<Conversion | undefined> {
  const keys = keysOf(report, referral).map(({ key }) => key)
  const likely = likelyKeysOf(report)
  const found = (await findByKeys(tx, projectId, [...keys, ...likely]))
    .filter(({ key, referral_id }) => keys.includes(key) || (referral !== null && referral_id === referral.id))
    .filter(({ key_kind, source }) => report.source === 'browser' || key_kind !== 'claim' || source === 'browser')
  const same = found.find(({ source }) => source !== 'browser') ?? found[0]
  if (same || !referral || report.type !== 'purchase') return same

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
  const { idempotency_key } = report
  if (twin.idempotency_key !== null || idempotency_key === null) return twin
  await tx.updateTable('conversion').set({ idempotency_key }).where('id', '=', twin.id).execute()
  await claimKeys(tx, twin, [{ key: `call ${idempotency_key}`, kind: 'claim' }])
  return { ...twin, idempotency_key }
}
