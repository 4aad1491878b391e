/** Referrals as their owner keeps them by hand: creating, finding, changing. */
import type { Instant, Referral, Tx } from '../../db/schema.ts'
import { type AffiliateName, getAffiliate } from '../affiliate/affiliate.ts'
import { emailKey } from '../kit/email.ts'
import { DomainError } from '../kit/errors.ts'
import type { ReferralWithCode } from './referral.ts'
import { unlessTaken } from '../kit/unique.ts'
import { PRIMARY } from '../affiliate/code.ts'

export interface ReferralChange {
  email?: string | undefined
  /** null: nobody's. */
  affiliate_id?: number | null | undefined
  /** `converted` and `direct` date the conversion now. */
  status?: Referral['status'] | undefined
}

/** @throws DomainError 'affiliate_not_found' | 'referral_exists' (e-mails are compared without case) */
export async function createReferral(
  tx: Tx,
  projectId: number,
  referral: ReferralChange & { email: string; status: Referral['status'] },
  now: Instant,
): Promise<ReferralWithCode> {
  const { email, affiliate_id = null, status } = referral
  const affiliate = affiliate_id === null ? null : await getAffiliate(tx, projectId, affiliate_id)
  const row = await tx
    .insertInto('referral')
    .values({
      project_id: projectId,
      affiliate_id,
      email,
      email_key: emailKey(email),
      status,
      conversion_date: datesConversion(status) ? now : null,
      ...provenBy(affiliate_id, datesConversion(status) ? now : null),
      created_at: now,
      updated_at: now,
    })
    .onConflict((clash) => clash.columns(['project_id', 'email_key']).doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw referralExists(email)
  return { ...row, affiliate_code: affiliate?.referral_code ?? null }
}

/** @param who an e-mail address, or the id as a number or its digits @throws DomainError 'referral_not_found' */
export async function getReferral(tx: Tx, projectId: number, who: AffiliateName): Promise<ReferralWithCode> {
  const referral = await tx
    .selectFrom('referral')
    .leftJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'referral.affiliate_id').on('link.is_primary', '=', PRIMARY),
    )
    .selectAll('referral')
    .select('link.code as affiliate_code')
    .where('referral.project_id', '=', projectId)
    .where('referral.deleted_at', 'is', null)
    .where((eb) =>
      /^\d+$/.test(String(who))
        ? eb('referral.id', '=', Number(who))
        : eb('referral.email_key', '=', emailKey(String(who))),
    )
    .executeTakeFirst()
  if (!referral) throw new DomainError('referral_not_found', 'Referred user not found')
  return referral
}

/**
 * Changes what is given and leaves the rest.
 * @throws DomainError 'referral_not_found' | 'affiliate_not_found' | 'referral_exists'
 */
export async function changeReferral(
  tx: Tx,
  projectId: number,
  who: AffiliateName,
  change: ReferralChange,
  now: Instant,
): Promise<ReferralWithCode> {
  const before = await getReferral(tx, projectId, who)
  const { id } = before
  const { email, affiliate_id, status } = change
  if (affiliate_id != null) await getAffiliate(tx, projectId, affiliate_id)
  const columns = {
    email,
    email_key: email === undefined ? undefined : emailKey(email),
    affiliate_id,
    status,
    conversion_date: status && datesConversion(status) ? now : undefined,
    ...(affiliate_id !== undefined || status
      ? provenBy(
          affiliate_id === undefined ? before.affiliate_id : affiliate_id,
          status && datesConversion(status) ? now : before.first_sale_at,
        )
      : {}),
    updated_at: now,
  }
  await unlessTaken(tx.updateTable('referral').set(columns).where('id', '=', id).execute(), () =>
    referralExists(email ?? ''),
  )
  return getReferral(tx, projectId, id)
}

/** The owner's word is proof: what they set stands as if a sale had named the affiliate, once the person bought. */
const provenBy = (affiliate_id: number | null, first_sale_at: Instant | null) => ({
  proof: affiliate_id === null ? null : first_sale_at === null ? ('stored' as const) : ('bound' as const),
  claimed_at: null,
  first_sale_at,
})

const datesConversion = (status: Referral['status']) => status === 'converted' || status === 'direct'

const referralExists = (email: string) =>
  new DomainError('referral_exists', `A referred user with the e-mail ${email} already exists in this project`)
