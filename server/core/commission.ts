/** What a conversion earns: terms by version, the rule itself pure. */
import type { CommissionRule, Instant, Tx } from '../db/schema.ts'
import { applyRate } from './money.ts'
import { releaseOf } from './time.ts'

export type Terms = Pick<CommissionRule, 'kind' | 'basis_points' | 'amount' | 'currency' | 'hold_days'>

export interface Sale {
  type: string
  /** Minor units of `currency`. */
  amount: number | null
  currency: string | null
  occurred_at: Instant
}

export interface Earned {
  amount: number
  currency: string
  rule_id: number
  rule_version: number
  release_at: Instant
}

export interface NotEarned {
  reason: 'no_rule' | 'not_a_purchase' | 'zero_amount' | 'other_currency'
}

/**
 * What one sale earns. Amounts are minor units of `sale.currency`.
 * Percentages are basis points (2000 = 20 %); the result is rounded half up once, at the end, and never exceeds the sale.
 * Signups and custom events earn nothing under a campaign's terms.
 */
export function commissionFor(rule: CommissionRule | undefined, sale: Sale): Earned | NotEarned {
  if (!rule) return { reason: 'no_rule' }
  if (sale.type !== 'purchase') return { reason: 'not_a_purchase' }
  if (!sale.amount || !sale.currency) return { reason: 'zero_amount' }
  if (rule.kind === 'fixed' && rule.currency !== sale.currency) return { reason: 'other_currency' }

  const amount =
    rule.kind === 'fixed' ? Math.min(rule.amount ?? 0, sale.amount) : applyRate(sale.amount, rule.basis_points ?? 0)
  if (amount === 0) return { reason: 'zero_amount' }
  return {
    amount,
    currency: sale.currency,
    rule_id: rule.id,
    rule_version: rule.version,
    release_at: releaseOf(sale.occurred_at, rule.hold_days),
  }
}

/** The campaign's terms in force: the highest version. */
export function ruleOf(tx: Tx, campaignId: number): Promise<CommissionRule | undefined> {
  return tx
    .selectFrom('commission_rule')
    .selectAll()
    .where('campaign_id', '=', campaignId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Writes a new version of the campaign's terms; what was earned before keeps its own version. */
export async function newRule(
  tx: Tx,
  projectId: number,
  campaignId: number,
  terms: Terms,
  now: Instant,
): Promise<CommissionRule> {
  const current = await ruleOf(tx, campaignId)
  return tx
    .insertInto('commission_rule')
    .values({
      project_id: projectId,
      campaign_id: campaignId,
      version: (current?.version ?? 0) + 1,
      ...terms,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}
