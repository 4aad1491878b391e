/** Terms as their owner writes them, completed from what was in force. Pure. */
import type { CommissionRule } from '../../db/schema.ts'
import type { Terms } from './commission.ts'
import { DomainError } from '../kit/errors.ts'
import { parseCurrency, toMinor } from '../kit/money.ts'

/** Amounts in major units, percentages as people write them (12.5); null is absent, except for `cap` and `second_tier`: none. */
export interface TermsChange extends Reward, Duration {
  currency?: string | null | undefined
  hold_days?: number | undefined
  renewals?: boolean | undefined
  upgrades?: boolean | undefined
  cap?: number | string | null | undefined
  second_tier?: (Reward & Duration) | null | undefined
}

interface Reward {
  kind?: 'percent' | 'fixed' | undefined
  rate?: number | string | null | undefined
  amount?: number | string | null | undefined
}

interface Duration {
  duration?: CommissionRule['duration'] | null | undefined
  duration_count?: number | null | undefined
}

type Content = Required<Omit<Terms, 'product_id' | 'affiliate_id' | 'level_id' | 'ended'>>

/**
 * Terms in full: what the change leaves out comes from `base`, else from the defaults (no hold, for a lifetime, renewals and
 * upgrades included, no cap, one tier).
 * @throws DomainError 'invalid_request' naming the field
 */
export function completeTerms(change: TermsChange, base: CommissionRule | undefined, projectCurrency: string): Content {
  const currency = parseCurrency(change.currency ?? base?.currency ?? projectCurrency)
  // Amounts of another currency say nothing in the new one.
  const old = base && (base.currency === null || base.currency === currency) ? base : withoutAmounts(base)
  if (change.cap === undefined && base?.cap && !old?.cap)
    throw missing('cap', `an amount in ${currency}, or null for none`)
  const first = rewardOf('', change, old, currency)
  const cap = change.cap === undefined ? (old?.cap ?? null) : change.cap === null ? null : toMinor(change.cap, currency)
  const second = secondTierOf(change, old, currency)
  const hasAmounts = first.amount !== null || cap !== null || second.second_amount !== null
  return {
    ...first,
    currency: hasAmounts ? currency : null,
    hold_days: change.hold_days ?? base?.hold_days ?? 0,
    ...durationOf('', change, base ?? { duration: 'lifetime', duration_count: null }),
    renewals: flag(change.renewals, base?.renewals),
    upgrades: flag(change.upgrades, base?.upgrades),
    cap,
    ...second,
  }
}

const flag = (given: boolean | undefined, before = 1): number => (given === undefined ? before : given ? 1 : 0)

const withoutAmounts = (base: CommissionRule | undefined): CommissionRule | undefined =>
  base && { ...base, amount: null, cap: null, second_amount: null }

interface RewardColumns {
  kind: 'percent' | 'fixed'
  basis_points: number | null
  amount: number | null
}

function rewardOf(
  field: string,
  change: Reward,
  base: (Pick<CommissionRule, 'basis_points' | 'amount'> & { kind: string | null }) | undefined,
  currency: string,
): RewardColumns {
  const { rate, amount } = change
  const kind = change.kind ?? (rate != null ? 'percent' : amount != null ? 'fixed' : base?.kind)
  if (rate != null && amount != null) throw missing(`${field}rate`, 'either a rate or an amount, not both')
  if (kind === 'percent') {
    const basisPoints = rate == null ? (base?.basis_points ?? null) : basisPointsOf(rate)
    if (basisPoints === null) throw missing(`${field}rate`, 'a percentage such as 20 for kind percent')
    return { kind, basis_points: basisPoints, amount: null }
  }
  if (kind === 'fixed') {
    const minor = amount == null ? (base?.amount ?? null) : toMinor(amount, currency)
    if (minor === null) throw missing(`${field}amount`, `an amount in ${currency} such as 5.00 for kind fixed`)
    return { kind, basis_points: null, amount: minor }
  }
  throw missing(`${field}kind`, 'percent with a rate, or fixed with an amount')
}

function secondTierOf(change: TermsChange, base: CommissionRule | undefined, currency: string) {
  const given = change.second_tier
  const before = {
    kind: base?.second_kind ?? null,
    basis_points: base?.second_basis_points ?? null,
    amount: base?.second_amount ?? null,
  }
  if (given === null || (given === undefined && !before.kind)) return NO_SECOND_TIER
  const reward = rewardOf('second_tier.', given ?? {}, before, currency)
  const before_duration = {
    duration: base?.second_duration ?? null,
    duration_count: base?.second_duration_count ?? null,
  }
  const { duration, duration_count } = durationOf('second_tier.', given ?? {}, before_duration)
  return {
    second_kind: reward.kind,
    second_basis_points: reward.basis_points,
    second_amount: reward.amount,
    second_duration: duration,
    second_duration_count: duration_count,
  }
}

const NO_SECOND_TIER = {
  second_kind: null,
  second_basis_points: null,
  second_amount: null,
  second_duration: null,
  second_duration_count: null,
}

function durationOf<Base extends CommissionRule['duration'] | null>(
  field: string,
  change: Duration,
  base: { duration: Base; duration_count: number | null },
): { duration: CommissionRule['duration'] | Base; duration_count: number | null } {
  const duration: CommissionRule['duration'] | Base = change.duration ?? base.duration
  if (duration === null || duration === 'lifetime' || duration === 'first') return { duration, duration_count: null }
  const count = change.duration_count ?? (duration === base.duration ? base.duration_count : null)
  if (count === null) throw missing(`${field}duration_count`, `how many ${duration} commissions are paid for`)
  return { duration, duration_count: count }
}

/** 12.5 -> 1250; the caller has checked that there are at most two decimals. */
function basisPointsOf(rate: number | string): number {
  const [whole = '0', decimals = ''] = String(rate).split('.')
  return Number(whole + decimals.padEnd(2, '0'))
}

const missing = (field: string, expected: string) =>
  new DomainError('invalid_request', `terms.${field}: expected ${expected}`)

export const sameTerms = (terms: Content, rule: CommissionRule): boolean =>
  Object.entries(terms).every(([column, value]) => value === rule[column as keyof Content])
