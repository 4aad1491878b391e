/** What each tier should hold of a conversion. Pure: the books are brought to it, whatever happened (transition.ts). */
import type { Conversion, Instant } from '../../db/schema.ts'
import type { Counter } from '../affiliate/counters.ts'
import { shareOf } from '../kit/money.ts'
import type { Earned } from '../terms/commission.ts'
import { decisionOf } from './decision.ts'

export interface Entitlement {
  tier: 1 | 2
  affiliate_id: number
  /** Minor units of `currency`, before refunds. */
  amount: number
  currency: string
  /** The share of it that went back with refunds. */
  taken_back: number
  rule_id: number
  rule_version: number
  rate_basis_points: number | null
  release_at: Instant
  /** An open dispute holds it, until nobody knows when. */
  disputed: boolean
}

/** Does it count for its affiliate? */
export const counts = ({
  status,
  affiliate_id,
  deleted_at,
}: Pick<Conversion, 'status' | 'affiliate_id' | 'deleted_at'>): boolean =>
  status === 'approved' && affiliate_id !== null && deleted_at === null

/** What it is counted as. */
export const counterOf = ({ type }: Pick<Conversion, 'type'>): Counter =>
  type === 'signup' ? 'signups' : type === 'purchase' ? 'purchases' : 'other_events'

export function entitlements(conversion: Conversion): Entitlement[] {
  if (!counts(conversion)) return []
  const { commission, second_tier } = decisionOf(conversion)
  const own = 'amount' in commission ? [entitled(conversion, 1, conversion.affiliate_id as number, commission)] : []
  return second_tier ? [...own, entitled(conversion, 2, second_tier.affiliate_id, second_tier)] : own
}

const entitled = (conversion: Conversion, tier: 1 | 2, affiliate_id: number, earned: Earned): Entitlement => ({
  tier,
  affiliate_id,
  amount: earned.amount,
  currency: earned.currency,
  taken_back: conversion.refunded ? shareOf(earned.amount, conversion.refunded, conversion.amount ?? 0) : 0,
  rule_id: earned.rule_id,
  rule_version: earned.rule_version,
  rate_basis_points: earned.rate_basis_points,
  release_at: earned.release_at,
  disputed: Boolean(conversion.disputed),
})
