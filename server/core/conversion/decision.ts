/** Why a conversion was credited, and what it earned: stored with it, and enough to decide it again. */
import type { Conversion, Instant } from '../../db/schema.ts'
import type { Earned, NotEarned, TermsInForce } from '../terms/commission.ts'
import type { Decision } from './attribution.ts'

/** What a commission was computed from, beside the conversion's own facts: with it the same amount comes out at any time. */
export interface Basis {
  /** The rule that applied, in its version; null: the campaign had none. */
  rule_id: number | null
  scope: keyof TermsInForce | null
  /** The campaign's own rule, which says what the second tier earns. */
  campaign_rule_id: number | null
  /** Who invited the affiliate, if they were active. */
  parent_id: number | null
  /** The same person's purchases before this one. */
  earlier: { payments: number; first_at: Instant | null }
  /** The commission the caller gave, minor units of the conversion's currency. */
  given?: number | undefined
}

export interface Rewards {
  commission: Earned | NotEarned
  second_tier?: (Earned & { affiliate_id: number }) | undefined
  basis: Basis
}

/** Who was credited and what they earned, or why nothing. */
export type ConversionDecision = Decision & {
  commission: Rewards['commission'] | { reason: 'not_attributed' | 'not_confirmed' | 'not_approved' }
  second_tier?: Rewards['second_tier']
  /** Absent: it did not come to computing a commission. */
  basis?: Basis | undefined
}

export const decisionOf = ({ decision }: Pick<Conversion, 'decision'>): ConversionDecision =>
  JSON.parse(decision) as ConversionDecision
