/** Terms of one affiliate alone, which come before everything the campaign says. */
import type { CommissionRule, Instant, Tx } from '../../db/schema.ts'
import { type AffiliateName, getAffiliate } from './affiliate.ts'
import { termsInForce } from '../terms/rule.ts'
import { getProject } from '../project/project.ts'
import { setTerms } from '../terms/versions.ts'
import type { TermsChange } from '../terms/change.ts'

export interface AffiliateTerms {
  affiliate_id: number
  campaign_id: number
  /** null: his campaign's. */
  rule: CommissionRule | null
}

/** @throws DomainError 'affiliate_not_found' */
export async function affiliateTerms(tx: Tx, projectId: number, who: AffiliateName): Promise<AffiliateTerms> {
  const { id, campaign_id } = await getAffiliate(tx, projectId, who)
  const { affiliate } = await termsInForce(tx, campaign_id, { affiliate_id: id })
  return { affiliate_id: id, campaign_id, rule: affiliate ?? null }
}

/** Sets them for sales to come; null: his campaign's terms again. @throws DomainError 'affiliate_not_found' | 'invalid_request' */
export async function setAffiliateTerms(
  tx: Tx,
  projectId: number,
  who: AffiliateName,
  change: TermsChange | null,
  now: Instant,
): Promise<AffiliateTerms> {
  const { id, campaign_id } = await getAffiliate(tx, projectId, who)
  const rule = await setTerms(tx, await getProject(tx, projectId), campaign_id, { affiliate_id: id }, change, now)
  return { affiliate_id: id, campaign_id, rule }
}
