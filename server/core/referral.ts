/** Referrals: the people affiliates bring. */
import type { Instant, Referral, Tx } from '../db/schema.ts'
import { emailKey } from './email.ts'
import { prepared } from './prepared.ts'
import { PRIMARY } from './referral-code.ts'

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

/** What happened to a referral: whose it is now, and how far he came. The first affiliate keeps him. */
export async function advanceReferral(
  tx: Tx,
  referral: Referral,
  change: { affiliate_id: number | null; type: string; settled: boolean },
  now: Instant,
): Promise<void> {
  const affiliateId = referral.affiliate_id ?? change.affiliate_id
  const bought = change.type === 'purchase' && change.settled
  const status = nextStatus(referral, affiliateId, change.type, bought)
  const conversionDate = referral.conversion_date ?? (bought ? now : null)
  if (
    affiliateId === referral.affiliate_id &&
    status === referral.status &&
    conversionDate === referral.conversion_date
  )
    return
  await updateReferral(tx, { id: referral.id, affiliate_id: affiliateId, status, conversion_date: conversionDate })
}

const updateReferral = prepared(
  (tx, { id, ...change }: Pick<Referral, 'id' | 'affiliate_id' | 'status' | 'conversion_date'>) =>
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
): Promise<{ rows: ReferralWithCode[]; total: number }> {
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
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { rows, total }
}
