/** Commission rules by version: the newest of each scope is in force, and what was earned before keeps its own. */
import type { CommissionRule, Instant, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import type { Terms, TermsInForce } from './commission.ts'

/** The campaign's own terms in force. */
export async function ruleOf(tx: Tx, campaignId: number): Promise<CommissionRule | undefined> {
  return (await termsInForce(tx, campaignId, {})).campaign
}

/** The newest version of each scope that applies; an ended override is none. */
export async function termsInForce(
  tx: Tx,
  campaignId: number,
  whose: { affiliate_id?: number; level_id?: number | null; product_id?: string | null },
): Promise<TermsInForce> {
  const rules = (
    await selectRules(tx, {
      campaignId,
      affiliate_id: whose.affiliate_id,
      product_id: whose.product_id ?? undefined,
      level_id: whose.level_id ?? undefined,
    })
  ).sort((a, b) => b.version - a.version)
  const newest = (matches: (rule: CommissionRule) => unknown) => {
    const rule = rules.find(matches)
    return rule?.ended ? undefined : rule
  }
  return {
    affiliate: newest((rule) => rule.affiliate_id),
    product: newest((rule) => rule.product_id),
    level: newest((rule) => rule.level_id),
    campaign: newest((rule) => !rule.affiliate_id && !rule.product_id && !rule.level_id),
  }
}

interface Scopes {
  campaignId: number
  affiliate_id: number | undefined
  product_id: string | undefined
  level_id: number | undefined
}

const selectRules = prepared((tx, { campaignId, affiliate_id, product_id, level_id }: Scopes) =>
  tx
    .selectFrom('commission_rule')
    .selectAll()
    .where((eb) => {
      const own = eb('campaign_id', '=', campaignId)
      return eb.or([
        eb.and([own, eb('affiliate_id', 'is', null), eb('product_id', 'is', null), eb('level_id', 'is', null)]),
        ...(affiliate_id ? [eb.and([own, eb('affiliate_id', '=', affiliate_id)])] : []),
        ...(product_id ? [eb.and([own, eb('product_id', '=', product_id)])] : []),
        ...(level_id ? [eb.and([own, eb('level_id', '=', level_id)])] : []),
      ])
    }),
)

/** Writes a new version of terms; what was earned before keeps its own version. Versions count per campaign. */
export async function newRule(
  tx: Tx,
  projectId: number,
  campaignId: number,
  terms: Terms,
  now: Instant,
): Promise<CommissionRule> {
  const { newest } = await tx
    .selectFrom('commission_rule')
    .select((eb) => eb.fn.max<number | null>('version').as('newest'))
    .where('campaign_id', '=', campaignId)
    .executeTakeFirstOrThrow()
  return tx
    .insertInto('commission_rule')
    .values({ project_id: projectId, campaign_id: campaignId, version: (newest ?? 0) + 1, ...terms, created_at: now })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Rules in their versions, in force or not. */
export const rulesById = (tx: Tx, ids: number[]): Promise<CommissionRule[]> => selectByIds(tx, { ids })

const selectByIds = prepared((tx, { ids }: { ids: number[] }) =>
  tx.selectFrom('commission_rule').selectAll().where('id', 'in', ids),
)
