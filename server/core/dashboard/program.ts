/** The programme as one affiliate sees it: the terms that are his, the ladder he climbs, what he may promote with. */
import type { Affiliate, CommissionLevel, CommissionRule, Project, Tx } from '../../db/schema.ts'
import { termsInForce } from '../terms/rule.ts'
import { levelsOf } from '../terms/level.ts'
import { type MaterialRow, materialsOf } from './material.ts'
import { defaultCampaignId } from '../project/project.ts'
import { rulesOfCampaigns } from '../terms/versions.ts'

export interface Programme {
  /** His own before his level's before his campaign's; of the default campaign for who has not joined. */
  rule: CommissionRule | undefined
  /** The campaign's own terms, which also say what the second tier earns. */
  campaign: CommissionRule | undefined
  levels: { level: CommissionLevel; rule: CommissionRule | undefined }[]
  materials: MaterialRow[]
}

export async function programmeFor(
  tx: Tx,
  project: Project,
  affiliate: Pick<Affiliate, 'id' | 'campaign_id' | 'level_id'> | null,
): Promise<Programme> {
  const campaignId = affiliate?.campaign_id ?? (await defaultCampaignId(tx, project.id))
  const terms = await termsInForce(
    tx,
    campaignId,
    affiliate ? { affiliate_id: affiliate.id, level_id: affiliate.level_id } : {},
  )
  const levels = await levelsOf(tx, campaignId)
  const rules = levels.length > 0 ? (await rulesOfCampaigns(tx, [campaignId])).get(campaignId)?.levels : undefined
  return {
    rule: terms.affiliate ?? terms.level ?? terms.campaign,
    campaign: terms.campaign,
    levels: levels.map((level) => ({ level, rule: rules?.get(level.id) })),
    materials: await materialsOf(tx, project.id),
  }
}
