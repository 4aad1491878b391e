/** A browser's claim meets its proof: a payment provider or a secret-key call tells of the same sale. */
import type { Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { voidCommissions } from './booking.ts'
import { rebook } from './change.ts'
import { advanceOf, countConversion, type Judged, type NewConversion, settle } from './record.ts'
import { announceUpdate } from './announce.ts'
import { claimKeys, keysOf } from './sale-key.ts'
import { lockConversion } from './lock.ts'
import { MetAnother } from '../kit/errors.ts'
import type { WebhookEvent } from '../news/feed.ts'
import type { Money } from './currency.ts'
import { advanceReferral } from './referral.ts'

type Proof = NewConversion & Money & Pick<Conversion, 'status' | 'status_reason'>

/**
 * The facts become the proof's. Who is credited becomes whom the proof itself names, also where the claim was accepted, or
 * denied, for somebody else; where the proof names nobody, what was decided about the claim stands.
 */
export async function confirmClaim(
  tx: Tx,
  project: Project,
  twin: Conversion,
  proof: Proof,
  judged: Judged,
  referral: Referral | null,
  also: WebhookEvent[],
  now: Instant,
): Promise<Conversion> {
  const claim = await lockConversion(tx, twin.id, [judged.affiliate?.id, judged.trail.second_tier?.affiliate_id])
  if (claim.source !== 'browser') throw new MetAnother(`Conversion ${claim.id} was confirmed meanwhile`)
  await claimKeys(tx, claim, keysOf(proof, referral))

  const { winner } = judged.trail
  const moved = winner !== null && winner.proven && winner.affiliate_id !== claim.affiliate_id
  const facts = { ...factsOf(proof), reference: proof.reference ?? claim.reference, referral_id: referral?.id ?? null }
  if (claim.status !== 'pending' && !moved) return keep(tx, project, claim, facts, proof, judged, referral, also, now)

  if (claim.status === 'approved') {
    await voidCommissions(tx, claim.id, 'proven to be of another affiliate', now)
    await countConversion(tx, claim, -1)
  }
  const approvedByOwner = claim.status === 'approved' && claim.reviewed_at !== null
  const verdict = approvedByOwner
    ? { status: claim.status, status_reason: null }
    : { status: proof.status, status_reason: proof.status_reason, reviewed_at: null }
  const row = await update(tx, claim.id, {
    ...facts,
    ...verdict,
    coupon_code: proof.coupon_code ?? (moved ? null : claim.coupon_code),
    affiliate_id: judged.affiliate?.id ?? null,
    link_id: winner?.link_id ?? (moved ? null : claim.link_id),
    decision: JSON.stringify(judged.trail),
    occurred_at: proof.occurred_at,
    updated_at: now,
  })
  await settle(tx, project, row, judged, referral, now, also)
  return row
}

/** Whom it was credited to, and whether it counts, was decided; what it is worth is the proof's word. */
async function keep(
  tx: Tx,
  project: Project,
  claim: Conversion,
  facts: Partial<Conversion>,
  { given_commission }: Proof,
  judged: Judged,
  referral: Referral | null,
  also: WebhookEvent[],
  now: Instant,
): Promise<Conversion> {
  const row = await update(tx, claim.id, { ...facts, updated_at: now })
  if (referral) await advanceReferral(tx, referral, advanceOf({ ...row, reviewed_at: null }, judged), now)
  const conversion = row.status === 'approved' ? await rebook(tx, row, claim, given_commission, now) : row
  if (also.length > 0) await announceUpdate(tx, project, conversion, now)
  return conversion
}

const factsOf = (proof: Proof): Partial<Conversion> => ({
  source: proof.source,
  provider: proof.provider,
  external_id: proof.external_id,
  amount: proof.amount,
  currency: proof.currency,
  original_amount: proof.original_amount,
  original_currency: proof.original_currency,
  exchange_rate: proof.exchange_rate,
  rate_source: proof.rate_source,
  product_id: proof.product_id ?? null,
  payment_kind: proof.payment_kind ?? null,
  gross: proof.gross ?? null,
  customer_id: proof.customer_id ?? null,
  subscription_id: proof.subscription_id ?? null,
})

const update = (tx: Tx, id: number, facts: Partial<Conversion>): Promise<Conversion> =>
  tx.updateTable('conversion').set(facts).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
