/** Remembering whose a person is before they buy: what the company's own server learned from the browser's cookie. */
import type { Instant, Tx } from '../../db/schema.ts'
import { getAffiliate } from '../affiliate/affiliate.ts'
import { selfReferral } from './attribution.ts'
import { DomainError } from '../kit/errors.ts'
import { codeKey } from '../affiliate/code.ts'
import { advanceReferral, lockReferral } from './referral.ts'

/**
 * Makes the person the affiliate's unless they are proven to be somebody's already or bought before; the same again changes
 * nothing.
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
    .leftJoin('payout_method', 'payout_method.affiliate_id', 'link.affiliate_id')
    .select(['link.affiliate_id', 'payout_method.mailbox_hash'])
    .where('link.project_id', '=', projectId)
    .where('link.code_key', '=', codeKey(referral_code))
    .executeTakeFirst()
  if (!link) throw new DomainError('unknown_code', `No affiliate has the referral code ${referral_code}`)
  const affiliate = await getAffiliate(tx, projectId, link.affiliate_id)
  if (affiliate.status !== 'active')
    throw new DomainError('inactive_code', `The affiliate of the referral code ${referral_code} is ${affiliate.status}`)
  const self = selfReferral(
    { email: affiliate.email, mailbox_hash: link.mailbox_hash },
    { project_id: projectId, emails: [email] },
  )
  if (self) throw new DomainError('self_referral', `email: expected another person than the affiliate (${self})`)

  const referral = await lockReferral(tx, projectId, email, now)
  // What a browser claimed is no attribution yet: it yields to this call.
  if (referral.proof === 'stored' || referral.proof === 'bound' || referral.first_sale_at !== null) return
  const winner = { kind: 'email' as const, affiliate_id: affiliate.id, link_id: null, proven: true }
  await advanceReferral(tx, referral, { type: 'attribution', winner, browser: false, settled: false }, now)
}
