/** Terms in force: stored as new versions, listed per campaign. */
import type { CommissionRule, Instant, Project, Tx } from '../../db/schema.ts'
import { newRule, termsInForce } from './rule.ts'
import { DomainError } from '../kit/errors.ts'
import { completeTerms, sameTerms, type TermsChange } from './change.ts'

/** Whose terms: the campaign's own when nothing is named. */
export type TermsScope =
  | { affiliate_id: number }
  | { product_id: string }
  | { level_id: number }
  | Record<string, never>

/**
 * Puts terms in force for one scope: a new version unless nothing changes; null ends an override.
 * What the change leaves out stays as it was, in a new override as the campaign has it.
 * @throws DomainError 'invalid_request' naming the field
 */
export async function setTerms(
  tx: Tx,
  project: Project,
  campaignId: number,
  scope: TermsScope,
  change: TermsChange | null,
  now: Instant,
): Promise<CommissionRule | null> {
  await lockCampaign(tx, campaignId, now)
  const inForce = await termsInForce(tx, campaignId, scope)
  const current = inForce[scopeName(scope)]
  if (!change) {
    if (current)
      await newRule(
        tx,
        project.id,
        campaignId,
        { ...completeTerms({}, current, project.currency), ...scope, ended: 1 },
        now,
      )
    return null
  }
  const terms = completeTerms(change, current ?? inForce.campaign, project.currency)
  if (current && sameTerms(terms, current)) return current
  return newRule(tx, project.id, campaignId, { ...terms, ...scope }, now)
}

/** Version numbers count per campaign: who writes one waits for the other. */
const lockCampaign = (tx: Tx, campaignId: number, now: Instant) =>
  tx.updateTable('campaign').set({ updated_at: now }).where('id', '=', campaignId).execute()

const scopeName = (scope: TermsScope) =>
  'affiliate_id' in scope ? 'affiliate' : 'product_id' in scope ? 'product' : 'level_id' in scope ? 'level' : 'campaign'

/** The overrides for products, all of them: one that is not named ends. */
export async function setProductTerms(
  tx: Tx,
  project: Project,
  campaignId: number,
  overrides: { product_id: string; terms: TermsChange }[],
  now: Instant,
): Promise<void> {
  const named = new Set(overrides.map(({ product_id }) => product_id))
  if (named.size < overrides.length)
    throw new DomainError('invalid_request', 'product_overrides: expected each product_id once')
  const rules = (await rulesOfCampaigns(tx, [campaignId])).get(campaignId)
  for (const { product_id } of rules?.products ?? [])
    if (!named.has(product_id)) await setTerms(tx, project, campaignId, { product_id }, null, now)
  for (const { product_id, terms } of overrides) await setTerms(tx, project, campaignId, { product_id }, terms, now)
}

export interface CampaignRules {
  own: CommissionRule | undefined
  products: (CommissionRule & { product_id: string })[]
  levels: Map<number, CommissionRule>
}

/** What is in force in each campaign, without what single affiliates have. */
export async function rulesOfCampaigns(tx: Tx, campaignIds: number[]): Promise<Map<number, CampaignRules>> {
  const found = new Map<number, CampaignRules>()
  if (campaignIds.length === 0) return found
  const newest = await tx
    .selectFrom('commission_rule')
    .selectAll()
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('commission_rule')
        .select((max) => max.fn.max('id').as('id'))
        .where('campaign_id', 'in', campaignIds)
        .where('affiliate_id', 'is', null)
        .groupBy(['campaign_id', 'product_id', 'level_id']),
    )
    .where('ended', '=', 0)
    .orderBy('product_id')
    .execute()
  for (const id of campaignIds) {
    const rules = newest.filter((rule) => rule.campaign_id === id)
    found.set(id, {
      own: rules.find((rule) => rule.product_id === null && rule.level_id === null),
      products: rules.filter((rule): rule is CommissionRule & { product_id: string } => rule.product_id !== null),
      levels: new Map(rules.flatMap((rule) => (rule.level_id === null ? [] : [[rule.level_id, rule] as const]))),
    })
  }
  return found
}
