/** How terms look on the wire, in both directions. */
import { z } from 'zod'
import { flag, numeric } from '../core/kit/lenient.ts'
import { formatMinor } from '../core/kit/money.ts'
import type { CommissionRule } from '../db/schema.ts'
import { money } from './shapes.ts'

const kind = z.enum(['percent', 'fixed'], 'expected percent or fixed')
const duration = z.enum(['lifetime', 'first', 'months', 'payments'], 'expected lifetime, first, months or payments')
const rate = z
  .union([z.number(), z.string().trim()], 'expected a percentage from 0 to 100')
  .refine(
    (value) => /^\d{1,3}(\.\d{1,2})?$/.test(String(value)) && Number(value) <= 100,
    'expected a percentage from 0 to 100 with at most two decimals',
  )

const reward = { kind: kind.optional(), rate: rate.nullish(), amount: money.nullish() }
const span = {
  duration: duration.nullish(),
  duration_count: numeric(
    z.int('expected a whole number').min(1, 'expected at least 1').max(1200, 'expected at most 1200'),
  ).nullish(),
}
const days = 'expected whole days from 0 to 365'

/** What is left out stays as it is; in a new override it is as the campaign has it. */
export const TermsBody = z
  .object(
    {
      ...reward,
      ...span,
      currency: z.string().max(20).nullish(),
      hold_days: numeric(z.int(days).min(0, days).max(365, days)).optional(),
      renewals: flag.optional(),
      upgrades: flag.optional(),
      cap: money.refine((amount) => Number(amount) > 0, 'expected more than 0, or null for none').nullish(),
      second_tier: z.object({ ...reward, ...span }).nullish(),
    },
    'expected terms such as { "kind": "percent", "rate": 20 }',
  )
  .meta({ examples: [{ kind: 'percent', rate: 20 }] })

const Reward = { kind, rate: z.number().nullable(), amount: z.string().nullable() }

export const Terms = z.object({
  ...Reward,
  currency: z.string().nullable(),
  hold_days: z.number(),
  duration,
  duration_count: z.number().nullable(),
  renewals: z.boolean(),
  upgrades: z.boolean(),
  cap: z.string().nullable(),
  second_tier: z.object({ ...Reward, duration: duration.nullable(), duration_count: z.number().nullable() }).nullable(),
  /** Counts the changes of a campaign's terms; a commission names the version that made it. */
  version: z.number(),
})

export function showTerms(rule: CommissionRule): z.infer<typeof Terms> {
  const amountOf = (minor: number | null) =>
    minor === null || rule.currency === null ? null : formatMinor(minor, rule.currency)
  return {
    kind: rule.kind,
    rate: percentOf(rule.basis_points),
    amount: amountOf(rule.amount),
    currency: rule.currency,
    hold_days: rule.hold_days,
    duration: rule.duration,
    duration_count: rule.duration_count,
    renewals: rule.renewals === 1,
    upgrades: rule.upgrades === 1,
    cap: amountOf(rule.cap),
    second_tier: rule.second_kind && {
      kind: rule.second_kind,
      rate: percentOf(rule.second_basis_points),
      amount: amountOf(rule.second_amount),
      duration: rule.second_duration,
      duration_count: rule.second_duration_count,
    },
    version: rule.version,
  }
}

const percentOf = (basisPoints: number | null) => (basisPoints === null ? null : basisPoints / 100)
