/** A browser's claim meets its proof: a payment provider or a secret-key call reports the same sale. */
import type { Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { MetAnother } from '../kit/errors.ts'
import type { Money } from './currency.ts'
import { advanceOf, type Decided } from './decide.ts'
import { lockConversion } from './lock.ts'
import { advanceReferral } from './referral.ts'
import type { NewConversion } from './report.ts'
import { decidedAgain } from './again.ts'
import { claimKeys, keysOf } from './sale-key.ts'
import { transition } from './transition.ts'

type Proof = NewConversion & Money & Pick<Conversion, 'status' | 'status_reason'>

/**
 * The facts become the proof's. Who is credited becomes whom the proof itself names, also where the claim was accepted, or
 * denied, for somebody else; where the proof names nobody, what was decided about the claim stands.
 * @param requested whether the caller is told of it, also where no money moves
 */
export async function confirmClaim(
  tx: Tx,
  project: Project,
  twin: Conversion,
  proof: Proof,
  decided: Decided,
  referral: Referral | null,
  requested: boolean,
  now: Instant,
): Promise<Conversion> {
  const { winner, second_tier } = decided.decision
  const claim = await lockConversion(tx, twin.id, [decided.affiliate?.id, second_tier?.affiliate_id])
  if (claim.source !== 'browser') throw new MetAnother(`Conversion ${claim.id} was confirmed meanwhile`)
  await claimKeys(tx, claim, keysOf(proof, referral))

  const moved = winner !== null && winner.proven && winner.affiliate_id !== claim.affiliate_id
  const facts = { ...factsOf(proof), reference: proof.reference ?? claim.reference, referral_id: referral?.id ?? null }
  const after = { ...claim, ...facts }
  if (claim.status !== 'pending' && !moved) {
    // Who was credited, and whether it counts, was decided; what it is worth is the proof's word.
    if (referral) await advanceReferral(tx, referral, advanceOf({ ...after, reviewed_at: null }, decided), now)
    const kept = await decidedAgain(tx, after, { by: 'terms in force', given: proof.given_commission })
    return (await transition(tx, project, claim, kept, { kind: 'confirmed', requested, referral }, now)).conversion
  }

  const approvedByOwner = claim.status === 'approved' && claim.reviewed_at !== null
  const verdict = approvedByOwner
    ? { status: claim.status, status_reason: null }
    : { status: proof.status, status_reason: proof.status_reason, reviewed_at: null }
  const credited: Conversion = {
    ...after,
    ...verdict,
    coupon_code: proof.coupon_code ?? (moved ? null : claim.coupon_code),
    affiliate_id: decided.affiliate?.id ?? null,
    link_id: winner?.link_id ?? (moved ? null : claim.link_id),
    decision: JSON.stringify(decided.decision),
    occurred_at: proof.occurred_at,
  }
  if (referral) await advanceReferral(tx, referral, advanceOf(credited, decided), now)
  const note = claim.status === 'approved' ? 'proven to be of another affiliate' : null
  const step = { kind: 'confirmed' as const, note, requested, affiliate: decided.affiliate, referral }
  return (await transition(tx, project, claim, credited, step, now)).conversion
}

const factsOf = (proof: Proof) => ({
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
