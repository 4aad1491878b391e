/** What a sale earns. Pure. */
import type { CommissionRule, Conversion, Instant } from '../../db/schema.ts'
import { applyRate } from '../kit/money.ts'
import { addMonths, releaseOf } from '../kit/time.ts'

export type Terms = Pick<CommissionRule, 'kind' | 'basis_points' | 'amount' | 'currency' | 'hold_days'> &
  Partial<Omit<CommissionRule, 'id' | 'project_id' | 'campaign_id' | 'version' | 'created_at'>>

/** The rules in force for one affiliate and one sale; the first that exists applies. */
export interface TermsInForce {
  affiliate?: CommissionRule | undefined
  product?: CommissionRule | undefined
  level?: CommissionRule | undefined
  campaign?: CommissionRule | undefined
}

export interface Sale {
  type: string
  /** Minor units of `currency`. */
  amount: number | null
  currency: string | null
  occurred_at: Instant
  payment_kind: Conversion['payment_kind']
  /** The same person's purchases before this one. */
  earlier: { payments: number; first_at: Instant | null }
  /** What the caller says it earns, minor units: an API call with a secret key may. */
  given?: number | undefined
}

export interface Earned {
  amount: number
  currency: string
  rule_id: number
  rule_version: number
  /** Which of the terms applied, for the decision. */
  scope: keyof TermsInForce
  /** null for fixed and given amounts. */
  rate_basis_points: number | null
  release_at: Instant
}

export interface NotEarned {
  reason:
    | 'no_rule'
    | 'not_a_purchase'
    | 'zero_amount'
    | 'other_currency'
    | 'duration_over'
    | 'renewals_off'
    | 'upgrades_off'
}

/**
 * What one sale earns. Amounts are minor units of `sale.currency`.
 * Percentages are basis points (2000 = 20 %); the result is rounded half up once, at the end, and never exceeds the sale.
 * Priority: affiliate override, product, level, campaign (spec: "Commission Configuration"). Signups and custom events earn
 * nothing unless the caller gives an amount.
 */
export function commissionFor(terms: TermsInForce, sale: Sale): Earned | NotEarned {
  const { scope, rule } = ruleIn(terms)
  if (!scope || !rule) return { reason: 'no_rule' }
  const earned = {
    rule_id: rule.id,
    rule_version: rule.version,
    scope,
    release_at: releaseOf(sale.occurred_at, rule.hold_days),
  }
  if (sale.given !== undefined) {
    if (!sale.given || !sale.currency) return { reason: 'zero_amount' }
    return { ...earned, amount: sale.given, currency: sale.currency, rate_basis_points: null }
  }
  if (sale.type !== 'purchase') return { reason: 'not_a_purchase' }
  if (!sale.amount || !sale.currency) return { reason: 'zero_amount' }
  if (!rule.renewals && sale.payment_kind === 'renewal') return { reason: 'renewals_off' }
  if (!rule.upgrades && sale.payment_kind === 'upgrade') return { reason: 'upgrades_off' }
  if (!withinDuration(rule.duration, rule.duration_count, sale)) return { reason: 'duration_over' }

  const amount = rewardOf(rule, sale.amount, sale.currency)
  if (amount === undefined) return { reason: 'other_currency' }
  if (amount === 0) return { reason: 'zero_amount' }
  return {
    ...earned,
    amount,
    currency: sale.currency,
    rate_basis_points: rule.kind === 'percent' ? rule.basis_points : null,
  }
}

/**
 * What the affiliate who invited the seller earns: a percentage of the SALE, or a fixed amount, for its own duration. Both
 * tiers together never exceed the sale.
 */
export function secondTierFor(rule: CommissionRule, sale: Sale, first: Earned): Earned | undefined {
  if (!rule.second_kind || !sale.amount || !sale.currency || sale.type !== 'purchase') return undefined
  if (rule.second_duration && !withinDuration(rule.second_duration, rule.second_duration_count, sale)) return undefined
  const second = {
    kind: rule.second_kind,
    basis_points: rule.second_basis_points,
    amount: rule.second_amount,
    cap: null,
  }
  const reward = rewardOf({ ...second, currency: rule.currency }, sale.amount, sale.currency) ?? 0
  const amount = Math.min(reward, sale.amount - first.amount)
  if (amount <= 0) return undefined
  return { ...first, amount, rate_basis_points: rule.second_kind === 'percent' ? rule.second_basis_points : null }
}

const SCOPES = ['affiliate', 'product', 'level', 'campaign'] as const

/** The rule that applies: the first there is. */
export function ruleIn(terms: TermsInForce): { scope: keyof TermsInForce | null; rule: CommissionRule | undefined } {
  const scope = SCOPES.find((name) => terms[name]) ?? null
  return { scope, rule: scope ? terms[scope] : undefined }
}

function withinDuration(duration: CommissionRule['duration'], count: number | null, { earlier, occurred_at }: Sale) {
  if (duration === 'first') return earlier.payments === 0
  if (duration === 'payments') return earlier.payments < (count ?? 1)
  if (duration === 'months')
    return occurred_at < addMonths(earlier.first_at ?? occurred_at, count ?? 1) || earlier.payments === 0
  return true
}

/** A cap and a fixed amount are in the rule's currency: a fixed amount says nothing about another one, a cap then does not bind. */
function rewardOf(
  rule: Pick<CommissionRule, 'kind' | 'basis_points' | 'amount' | 'currency' | 'cap'>,
  amount: number,
  currency: string,
): number | undefined {
  const same = rule.currency === currency
  if (rule.kind === 'fixed') return same ? Math.min(rule.amount ?? 0, amount) : undefined
  const share = applyRate(amount, rule.basis_points ?? 0)
  return rule.cap !== null && same ? Math.min(share, rule.cap) : share
}
