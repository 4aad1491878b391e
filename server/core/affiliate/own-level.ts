/** An affiliate's performance level, set by hand. */
import type { Instant, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type LevelWithTerms, listLevels } from '../terms/ladder.ts'
import { type AffiliateName, getAffiliate, recordAffiliateEvent } from './affiliate.ts'

export interface AffiliateLevel {
  affiliate_id: number
  level: LevelWithTerms | null
  /** Set by hand: it neither rises nor falls by itself. */
  manual: boolean
}

/**
 * Puts the affiliate on a level by hand; null leaves it to his performance again, from the bottom.
 * @throws DomainError 'affiliate_not_found' | 'level_not_found'
 */
export async function setAffiliateLevel(
  tx: Tx,
  projectId: number,
  who: AffiliateName,
  levelId: number | null,
  now: Instant,
): Promise<AffiliateLevel> {
  const affiliate = await getAffiliate(tx, projectId, who)
  const levels = await listLevels(tx, projectId, affiliate.campaign_id)
  const level = levels.find(({ id }) => id === levelId) ?? null
  if (levelId !== null && !level)
    throw new DomainError('level_not_found', `No level ${levelId} in the affiliate's campaign ${affiliate.campaign_id}`)

  const manual = level !== null
  await tx
    .updateTable('affiliate')
    .set({ level_id: levelId, level_manual: Number(manual), updated_at: now })
    .where('id', '=', affiliate.id)
    .execute()
  await recordAffiliateEvent(tx, 'affiliate_updated', affiliate, now)
  return { affiliate_id: affiliate.id, level, manual }
}
