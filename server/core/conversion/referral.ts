/** Referrals: the people affiliates bring. */
import type { Instant, Referral, Tx } from '../../db/schema.ts'
import type { Decision } from './attribution.ts'
import { emailKey } from '../kit/email.ts'
import { type Listed, listed } from '../kit/listed.ts'
import { prepared } from '../kit/prepared.ts'
import { PRIMARY } from '../affiliate/code.ts'

/**
 * The person with this e-mail, made when unknown, and locked until the transaction ends: two sales of one person are
 * decided one after the other.
 */
export async function lockReferral(tx: Tx, projectId: number, email: string, now: Instant): Promise<Referral> {
  const [referral] = await upsertReferral(tx, { projectId, email: email.trim(), email_key: emailKey(email), now })
  return referral as Referral
}

const upsertReferral = prepared(
  (tx, { projectId, email, email_key, now }: { projectId: number; email: string; email_key: string; now: Instant }) =>
    tx
      .insertInto('referral')
      .values({
        project_id: projectId,
        affiliate_id: null,
        email,
        email_key,
        status: 'direct',
        conversion_date: null,
        created_at: now,
        updated_at: now,
      })
      .onConflict((clash) => clash.columns(['project_id', 'email_key']).doUpdateSet({ updated_at: now }))
      .returningAll(),
)

/** What was decided about a person: by whose word, for whom, and on the strength of what. */
export interface Advance {
  /** `signup`, `purchase`, `start` of a subscription, `attribution` by a call. */
  type: string
  winner: Decision['winner']
  /** A browser's word alone: it leaves a claim, where a click is behind it, and never binds. */
  browser: boolean
  /** A purchase that counts. */
  settled: boolean
  /** When the click behind a browser's word was made; null: there was none. */
  clicked_at?: Instant | null
  /** The claim that was made before still stands. */
  claim_stands?: boolean
}

/**
 * Moves the person on. Whom a proven sale itself named keeps them; before that the first proven hint stands, and before that
 * the first claim. A sale credited on the strength of a claim keeps the claim for good, and still yields to what is proven.
 */
export async function advanceReferral(tx: Tx, referral: Referral, change: Advance, now: Instant): Promise<void> {
  // An old event may still name the pseudonym of somebody who was erased: that is nobody's customer.
  if (referral.deleted_at !== null) return
  const bought = change.type === 'purchase' && change.settled
  const proven = bought && !change.browser
  const credit = creditOf(referral, change, proven)
  const after = {
    ...credit,
    status: nextStatus(referral, credit.affiliate_id, change.type, bought),
    conversion_date: referral.conversion_date ?? (bought ? now : null),
    first_sale_at: referral.first_sale_at ?? (proven ? now : null),
  }
  if (Object.entries(after).every(([name, value]) => referral[name as keyof typeof after] === value)) return
  await updateReferral(tx, { id: referral.id, ...after })
}

type Credit = Pick<Referral, 'affiliate_id' | 'proof' | 'claimed_at'>

function creditOf(referral: Referral, change: Advance, sold: boolean): Credit {
  const { affiliate_id, proof, claimed_at } = referral
  const as = { affiliate_id, proof, claimed_at }
  const { winner, browser, clicked_at, claim_stands } = change
  if (proof === 'bound' || !winner) return as
  if (browser) {
    const claims = proof === null || (proof === 'claimed' && !claim_stands)
    return claims && clicked_at ? { affiliate_id: winner.affiliate_id, proof: 'claimed', claimed_at: clicked_at } : as
  }
  if (!winner.proven) return sold && proof === 'claimed' ? { ...as, proof: 'credited' } : as
  if (sold) return { affiliate_id: winner.affiliate_id, proof: 'bound', claimed_at: null }
  return proof === 'stored' ? as : { affiliate_id: winner.affiliate_id, proof: 'stored', claimed_at: null }
}

const updateReferral = prepared(
  (tx, { id, ...change }: Credit & Pick<Referral, 'id' | 'status' | 'conversion_date' | 'first_sale_at'>) =>
    tx.updateTable('referral').set(change).where('id', '=', id),
)

function nextStatus(referral: Referral, affiliateId: number | null, type: string, bought: boolean): Referral['status'] {
  if (referral.status === 'converted') return 'converted'
  if (affiliateId !== null) return bought ? 'converted' : 'pending'
  return type === 'signup' && referral.conversion_date === null ? 'direct_signup' : referral.status
}

export interface ReferralFilter {
  affiliate_id?: number | undefined
  status?: string | undefined
  limit: number
  offset: number
}

export interface ReferralWithCode extends Referral {
  affiliate_code: string | null
}

/** One page, newest first, and how many there are in all. */
export async function listReferrals(
  tx: Tx,
  projectId: number,
  filter: ReferralFilter,
): Promise<Listed<ReferralWithCode>> {
  let matching = tx
    .selectFrom('referral')
    .where('referral.project_id', '=', projectId)
    .where('referral.deleted_at', 'is', null)
  if (filter.affiliate_id !== undefined) matching = matching.where('referral.affiliate_id', '=', filter.affiliate_id)
  if (filter.status) matching = matching.where('referral.status', '=', filter.status as Referral['status'])

  const rows = await matching
    .leftJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'referral.affiliate_id').on('link.is_primary', '=', PRIMARY),
    )
    .selectAll('referral')
    .select('link.code as affiliate_code')
    .orderBy('referral.id', 'desc')
    .limit(filter.limit + 1)
    .offset(filter.offset)
    .execute()
  return listed(tx, filter, rows, matching)
}
