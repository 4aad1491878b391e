/** Changing an affiliate: who he is, his code, who invited him, which campaign he is in. */
import type { Affiliate, Instant, Tx } from '../../db/schema.ts'
import {
  type AffiliateName,
  type AffiliateWithCode,
  codeTaken,
  emailTaken,
  getAffiliate,
  recordAffiliateEvent,
  slugTaken,
} from './affiliate.ts'
import { revokeSessions } from './session.ts'
import { getCampaign } from '../terms/campaign.ts'
import { claimCode } from './code-claim.ts'
import { lockAffiliates } from './lock.ts'
import { emailKey } from '../kit/email.ts'
import { DomainError } from '../kit/errors.ts'
import { getProject, lockProject } from '../project/project.ts'
import { codeKey } from './code.ts'
import { unlessTaken } from '../kit/unique.ts'
import { welcome } from './welcome-mail.ts'

export interface AffiliateChange {
  email?: string | undefined
  /** null: as it is. */
  referral_code?: string | null | undefined
  status?: 'active' | 'inactive' | undefined
  partner_slug?: string | null | undefined
  name?: string | null | undefined
  company?: string | null | undefined
  website?: string | null | undefined
  language?: string | null | undefined
  /** Leaves the levels of the old campaign behind. */
  campaign_id?: number | undefined
  parent?: AffiliateName | null | undefined
}

/**
 * Changes what is given and leaves the rest. A new e-mail is logged out everywhere; who is approved is welcomed.
 * @throws DomainError 'affiliate_not_found' | 'affiliate_exists' | 'code_taken' | 'slug_taken' | 'campaign_not_found' |
 * 'invalid_request' (an inviter who was invited by him)
 */
export async function changeAffiliate(
  tx: Tx,
  projectId: number,
  who: AffiliateName,
  change: AffiliateChange,
  now: Instant,
): Promise<AffiliateWithCode> {
  const before = await getAffiliate(tx, projectId, who)
  const { email, referral_code, partner_slug, parent, campaign_id, status, name, company, website, language } = change
  const write = (columns: Partial<Affiliate>) =>
    tx.updateTable('affiliate').set(columns).where('id', '=', before.id).execute()

  if (email !== undefined) await unlessTaken(write({ email, email_key: emailKey(email) }), () => emailTaken(email))
  if (partner_slug !== undefined) await unlessTaken(write({ partner_slug }), () => slugTaken(partner_slug))
  if (referral_code != null) await changeCode(tx, before, referral_code, now)
  if (campaign_id !== undefined && campaign_id !== before.campaign_id) {
    await getCampaign(tx, projectId, campaign_id)
    await write({ campaign_id, level_id: null, level_manual: 0 })
  }
  if (status !== undefined) await write({ status })
  const told = Object.entries({ name, company, website, language }).filter(([, value]) => value !== undefined)
  if (told.length > 0) await write(Object.fromEntries(told))
  if (parent !== undefined) await changeParent(tx, before, parent)

  const after = await getAffiliate(tx, projectId, before.id)
  if (Object.entries(after).every(([column, value]) => value === before[column as keyof AffiliateWithCode]))
    return before
  await write({ updated_at: now })
  if (after.email_key !== before.email_key) await revokeSessions(tx, after.id, now)
  if (before.status === 'pending' && after.status === 'active')
    await welcome(tx, await getProject(tx, projectId), after, now)
  await recordAffiliateEvent(tx, 'affiliate_updated', after, now)
  return { ...after, updated_at: now }
}

/** The old code goes on working as a second link: it stands on pages nobody can change any more. */
async function changeCode(tx: Tx, affiliate: Affiliate, code: string, now: Instant): Promise<void> {
  const { id: affiliate_id, project_id } = affiliate
  await lockAffiliates(tx, [affiliate_id])
  await tx
    .updateTable('link')
    .set({ is_primary: 0 })
    .where('affiliate_id', '=', affiliate_id)
    .where('is_primary', '=', 1)
    .execute()
  const link = await tx
    .insertInto('link')
    .values({ project_id, affiliate_id, code, code_key: codeKey(code), is_primary: 1, created_at: now })
    .onConflict((clash) =>
      clash
        .columns(['project_id', 'code_key'])
        .doUpdateSet({ code, is_primary: 1 })
        .where('link.affiliate_id', '=', affiliate_id),
    )
    .returning('id')
    .executeTakeFirst()
  if (!link) throw codeTaken(code)
  await claimCode(tx, affiliate, code, () => codeTaken(code))
}

/**
 * Anybody may invite, whoever invited him: a sale earns its affiliate and the one who invited him, nobody above (exactly two
 * tiers). A circle is refused; the project is locked first, so that two changes cannot close one together.
 */
async function changeParent(tx: Tx, affiliate: Affiliate, parent: AffiliateName | null): Promise<void> {
  const inviter = parent === null ? null : await getAffiliate(tx, affiliate.project_id, parent)
  await tx
    .updateTable('affiliate')
    .set({ parent_id: inviter?.id ?? null })
    .where('id', '=', affiliate.id)
    .execute()
  await lockProject(tx, affiliate.project_id)

  let above = inviter?.id ?? null
  while (above !== null) {
    if (above === affiliate.id)
      throw new DomainError(
        'invalid_request',
        'parent: expected somebody whom this affiliate did not invite, directly or not',
      )
    const next = await tx.selectFrom('affiliate').select('parent_id').where('id', '=', above).executeTakeFirstOrThrow()
    above = next.parent_id
  }
}
