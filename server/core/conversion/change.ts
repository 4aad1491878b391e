/** What the owner changes about a conversion afterwards: its status, its facts, whether it was paid, whether it exists. */
import type { Conversion, Instant, Project, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { shareOf } from '../kit/money.ts'
import { netOf } from '../ledger/net.ts'
import { payCommissions, reversePayout } from '../payout/payout.ts'
import { decidedAgain } from './again.ts'
import { commissionsOf } from './booking.ts'
import { advanceOf } from './decide.ts'
import { decisionOf } from './decision.ts'
import { counts } from './entitlement.ts'
import { lockConversion } from './lock.ts'
import { advanceReferral } from './referral.ts'
import { changeReference, freeKeys } from './sale-key.ts'
import { transition } from './transition.ts'

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
export async function reviewConversion(
  tx: Tx,
  project: Project,
  id: number,
  verdict: Verdict,
  reason: string | null,
  now: Instant,
): Promise<Conversion> {
  await getConversion(tx, project.id, id)
  const before = await lockConversion(tx, id)
  const status_reason = verdict === 'approved' ? null : reason
  const reviewed: Conversion = { ...before, status: verdict, status_reason, reviewed_at: now }
  const after =
    verdict === 'approved' && before.status !== verdict
      ? await decidedAgain(tx, reviewed, { by: 'terms in force' })
      : reviewed
  if (counts(after) && before.status !== verdict) await moveOn(tx, after, now)
  const note = verdict === 'approved' ? null : verdict
  const step = { kind: verdict, note, reason: reason ?? verdict }
  return (await transition(tx, project, before, after, step, now)).conversion
}

async function moveOn(tx: Tx, conversion: Conversion, now: Instant): Promise<void> {
  const referral = await tx
    .selectFrom('referral')
    .selectAll()
    .where('id', '=', conversion.referral_id ?? 0)
    .executeTakeFirst()
  const decided = { decision: decisionOf(conversion), clicked_at: null, claim_stands: false }
  if (referral) await advanceReferral(tx, referral, advanceOf(conversion, decided), now)
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
 * Changes facts. A new amount, currency or type is decided by the terms in force; a given commission stands as given; each
 * difference is one ledger entry. `paid` books a manual payout or takes it back.
 * @throws DomainError 'conversion_not_found' | 'conversion_exists' for a reference that another conversion has
 */
export async function correctConversion(
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
  const corrected: Conversion = {
    ...before,
    type,
    amount,
    // What went back stays the same share; refunds to come are told in what was paid, not in what it is called now.
    refunded: before.refunded && before.amount ? shareOf(amount ?? 0, before.refunded, before.amount) : 0,
    gross: before.gross ?? before.amount,
    currency: change.base_value_currency ?? before.currency,
    reference,
    coupon_code: change.coupon_code_used === undefined ? before.coupon_code : change.coupon_code_used,
  }
  const worth = type !== before.type || amount !== before.amount || corrected.currency !== before.currency
  const after =
    worth || change.value !== undefined
      ? await decidedAgain(tx, corrected, { by: 'terms in force', given: change.value })
      : corrected
  const step = { kind: 'corrected' as const, note: 'changed', requested: true }
  const { conversion } = await transition(tx, project, before, after, step, now)
  if (change.paid !== undefined) await setPaid(tx, project, id, change.paid, now)
  return conversion
}

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
  await freeKeys(tx, before)
  // The provider's id stays: an event that comes again must not bring the sale back.
  const after = { ...before, deleted_at: now, reference: null, idempotency_key: null, url: null, coupon_code: null }
  await transition(tx, project, before, after, { kind: 'deleted', note: 'deleted', reason: 'deleted' }, now)
}

/** Was everything it earned paid out? */
export const isPaid = (
  commissions: { payout_id: number | null; amount: number; taken_back: number; void: number }[],
): boolean =>
  commissions.some((commission) => netOf(commission) > 0) &&
  commissions.every((one) => one.payout_id !== null || netOf(one) === 0)
