/** What the owner changes about a conversion afterwards: its status, its facts, whether it was paid, whether it exists. */
import type { Commission, Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { type Earned } from '../terms/commission.ts'
import { bookCommission, changeCommission, commissionsOf, voidCommissions } from './booking.ts'
import { netOf } from '../ledger/net.ts'
import { countConversion, settle, type WhyTrail } from './record.ts'
import { announceCancel, announceUpdate } from './announce.ts'
import { changeReference, freeKeys } from './sale-key.ts'
import { lockConversion } from './lock.ts'
import { DomainError } from '../kit/errors.ts'
import { shareOf } from '../kit/money.ts'
import { payCommissions, reversePayout } from '../payout/payout.ts'
import { prepared } from '../kit/prepared.ts'
import { rewards } from './reward.ts'

/** @throws DomainError 'conversion_not_found' */
export async function getConversion(tx: Tx, projectId: number, id: number): Promise<Conversion> {
  const row = await tx
    .selectFrom('conversion')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new DomainError('conversion_not_found', 'Conversion not found')
  return row
}

export type Verdict = 'approved' | 'denied' | 'unqualified'

/**
 * Approves, denies or disqualifies. What is no longer approved loses its commissions; what is approved (again) earns by the
 * terms in force now. The same verdict again changes nothing but the reason.
 */
export async function judgeConversion(
  tx: Tx,
  project: Project,
  id: number,
  verdict: Verdict,
  reason: string | null,
  now: Instant,
): Promise<Conversion> {
  await getConversion(tx, project.id, id)
  const before = await lockConversion(tx, id)
  const after = await tx
    .updateTable('conversion')
    .set({ status: verdict, status_reason: verdict === 'approved' ? null : reason, reviewed_at: now, updated_at: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  if (before.status === verdict) return after

  if (before.status === 'approved') {
    await voidCommissions(tx, id, verdict, now)
    await countConversion(tx, before, -1)
    const refund = (before.amount ?? 0) - before.refunded
    await announceCancel(tx, project, after, { refund, reason: reason ?? verdict }, now)
  }
  if (verdict === 'approved') return approve(tx, project, after, now)
  return after
}

async function approve(tx: Tx, project: Project, conversion: Conversion, now: Instant): Promise<Conversion> {
  const decision = JSON.parse(conversion.decision) as WhyTrail
  const affiliate = await affiliateOf(tx, conversion)
  const referral = await referralOf(tx, conversion)
  if (!affiliate) return conversion
  const trail = { ...decision, ...(await rewards(tx, conversion, affiliate, referral, conversion.id)) }
  const row = await tx
    .updateTable('conversion')
    .set({ decision: JSON.stringify(trail) })
    .where('id', '=', conversion.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await settle(tx, project, row, { trail, affiliate, clicked_at: null, claim_stands: false }, referral, now)
  return row
}

export interface ConversionChange {
  type?: string
  /** The commission, minor units of the commission's currency. */
  value?: number
  /** Minor units of the conversion's currency. */
  base_value?: number
  base_value_currency?: string
  paid?: boolean
  reference?: string | null
  coupon_code_used?: string | null
}

/**
 * Changes facts. A new amount, currency or type is judged by the terms in force; a given commission stands as given; each
 * difference is one ledger entry. `paid` books a manual payout or takes it back.
 * @throws DomainError 'conversion_not_found' | 'conversion_exists' for a reference that another conversion has
 */
export async function updateConversion(
  tx: Tx,
  project: Project,
  id: number,
  change: ConversionChange,
  now: Instant,
): Promise<Conversion> {
  await getConversion(tx, project.id, id)
  const before = await lockConversion(tx, id)
  const reference = change.reference === undefined ? before.reference : change.reference
  const type = change.type ?? before.type
  if (!(await changeReference(tx, before, { type, reference })))
    throw new DomainError('conversion_exists', `A ${type} with the reference ${reference} already exists`)
  const amount = change.base_value ?? before.amount
  const row = await tx
    .updateTable('conversion')
    .set({
      type,
      amount,
      // What went back stays the same share; refunds to come are told in what was paid, not in what it is called now.
      refunded: before.refunded && before.amount ? shareOf(amount ?? 0, before.refunded, before.amount) : 0,
      gross: before.gross ?? before.amount,
      currency: change.base_value_currency ?? before.currency,
      reference,
      coupon_code: change.coupon_code_used === undefined ? before.coupon_code : change.coupon_code_used,
      updated_at: now,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()

  const rejudged = row.type !== before.type || row.amount !== before.amount || row.currency !== before.currency
  if (row.status === 'approved' && row.type !== before.type) {
    await countConversion(tx, before, -1)
    await countConversion(tx, row, 1)
  }
  const judged = row.status === 'approved' && (rejudged || change.value !== undefined)
  const conversion = judged ? await rebook(tx, row, before, change.value, now) : row
  if (change.paid !== undefined) await setPaid(tx, project, id, change.paid, now)
  await announceUpdate(tx, project, conversion, now)
  return conversion
}

/** Every commission becomes what the changed facts earn, less the share that was refunded. */
export async function rebook(
  tx: Tx,
  conversion: Conversion,
  before: Conversion,
  value: number | undefined,
  now: Instant,
): Promise<Conversion> {
  const affiliate = await affiliateOf(tx, conversion)
  if (!affiliate) return conversion
  const given_commission = value
  const facts = { ...conversion, given_commission, currency: conversion.currency ?? before.currency }
  const referral = await referralOf(tx, conversion)
  const reward = await rewards(tx, facts, affiliate, referral, conversion.id)
  const existing = await commissionsOf(tx, conversion.id)
  for (const tier of [1, 2] as const) {
    const earned: Earned | undefined =
      tier === 1 ? ('amount' in reward.commission ? reward.commission : undefined) : reward.second_tier
    const old = existing.find((commission) => commission.tier === tier)
    const owner = tier === 1 ? affiliate.id : reward.second_tier?.affiliate_id
    if (old && earned && sameTerms(old, earned)) {
      const { refunded } = conversion
      const taken_back = refunded && conversion.amount ? shareOf(earned.amount, refunded, conversion.amount) : 0
      const { amount, rule_id, rule_version, rate_basis_points } = earned
      const change = { amount, taken_back, rule_id, rule_version, rate_basis_points }
      await changeCommission(tx, old, change, 'changed', now)
      continue
    }
    if (old && !old.void) await changeCommission(tx, old, { void: 1 }, 'changed', now)
    if (earned && owner) await bookCommission(tx, conversion, owner, tier, earned, now)
  }
  const trail = { ...(JSON.parse(conversion.decision) as WhyTrail), ...reward }
  return tx
    .updateTable('conversion')
    .set({ decision: JSON.stringify(trail) })
    .where('id', '=', conversion.id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Whether the difference is one of amounts. Another release moves the money, unless it was paid out already. */
function sameTerms(old: Commission, earned: Earned): boolean {
  const release = old.release_before ?? old.release_at
  return !old.void && old.currency === earned.currency && (release === earned.release_at || old.payout_id !== null)
}

/**
 * A payment that is told late makes later ones of the same person the second, third ...: terms that count payments or
 * months are applied to them anew.
 */
export async function rejudgeLater(tx: Tx, told: Conversion, now: Instant): Promise<void> {
  if (told.referral_id === null) return
  for (const later of await selectLater(tx, { referralId: told.referral_id, after: told.occurred_at }))
    await rebook(tx, later, later, undefined, now)
}

const selectLater = prepared((tx, { referralId, after }: { referralId: number; after: Instant }) =>
  tx
    .selectFrom('conversion')
    .selectAll()
    .where('referral_id', '=', referralId)
    .where('type', '=', 'purchase')
    .where('source', '=', 'provider')
    .where('status', '=', 'approved')
    .where('occurred_at', '>', after)
    .where('deleted_at', 'is', null)
    .orderBy('id'),
)

/** Books a manual payout of what the conversion earned, or takes such a payout back. */
export async function setPaid(tx: Tx, project: Project, id: number, paid: boolean, now: Instant): Promise<void> {
  const commissions = (await commissionsOf(tx, id)).filter((commission) => commission.tier === 1)
  if (paid) return payCommissions(tx, project, commissions, now)
  for (const { payout_id } of commissions) if (payout_id !== null) await reversePayout(tx, project, payout_id, now)
}

/** Gone for every caller: its commissions are reversed, its counts taken out, what could name a person erased. */
export async function deleteConversion(tx: Tx, project: Project, id: number, now: Instant): Promise<void> {
  await getConversion(tx, project.id, id)
  const before = await lockConversion(tx, id)
  await voidCommissions(tx, id, 'deleted', now)
  await freeKeys(tx, before)
  if (before.status === 'approved') await countConversion(tx, before, -1)
  const refund = (before.amount ?? 0) - before.refunded
  if (before.status === 'approved' && before.affiliate_id !== null)
    await announceCancel(tx, project, before, { refund, reason: 'deleted' }, now)
  // The provider's id stays: an event that comes again must not bring the sale back.
  await tx
    .updateTable('conversion')
    .set({
      deleted_at: now,
      updated_at: now,
      reference: null,
      idempotency_key: null,
      url: null,
      coupon_code: null,
    })
    .where('id', '=', id)
    .execute()
}

const affiliateOf = (tx: Tx, { affiliate_id }: Conversion) =>
  tx
    .selectFrom('affiliate')
    .select(['id', 'status', 'email', 'language', 'campaign_id', 'parent_id', 'level_id'])
    .where('id', '=', affiliate_id ?? 0)
    .executeTakeFirst()

const referralOf = async (tx: Tx, { referral_id }: Conversion): Promise<Referral | null> =>
  (await tx
    .selectFrom('referral')
    .selectAll()
    .where('id', '=', referral_id ?? 0)
    .executeTakeFirst()) ?? null

/** Was everything it earned paid out? */
export const isPaid = (
  commissions: { payout_id: number | null; amount: number; taken_back: number; void: number }[],
): boolean =>
  commissions.some((commission) => netOf(commission) > 0) &&
  commissions.every((one) => one.payout_id !== null || netOf(one) === 0)
