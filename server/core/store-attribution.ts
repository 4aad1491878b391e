/** Remembering whose a person is before he buys: what the company's own server learned from the browser's cookie. */
import type { Instant, Tx } from '../db/schema.ts'
import { getAffiliate } from './affiliate.ts'
import { mailboxOf } from './email.ts'
import { DomainError } from './errors.ts'
import { codeKey } from './referral-code.ts'
import { advanceReferral, lockReferral } from './referral.ts'

/**
 * Makes the person the affiliate's unless he is somebody's already or bought before; the same again changes nothing.
 * @throws DomainError 'unknown_code' | 'inactive_code' | 'self_referral'
 */
export async function storeAttribution(
  tx: Tx,
  projectId: number,
  { email, referral_code }: { email: string; referral_code: string },
  now: Instant,
): Promise<void> {
  const link = await tx
    .selectFrom('link')
    .select('affiliate_id')
    .where('project_id', '=', projectId)
    .where('code_key', '=', codeKey(referral_code))
    .executeTakeFirst()
  if (!link) throw new DomainError('unknown_code', `No affiliate has the referral code ${referral_code}`)
  const affiliate = await getAffiliate(tx, projectId, link.affiliate_id)
  if (affiliate.status !== 'active')
    throw new DomainError('inactive_code', `The affiliate of the referral code ${referral_code} is ${affiliate.status}`)
  if (mailboxOf(email) === mailboxOf(affiliate.email))
    throw new DomainError(
      'self_referral',
      'email: expected another person than the affiliate, who cannot refer himself',
    )

  const referral = await lockReferral(tx, projectId, email, now)
  if (referral.affiliate_id !== null || referral.conversion_date !== null) return
  await advanceReferral(tx, referral, { affiliate_id: affiliate.id, type: 'attribution', settled: false }, now)
}
