import { expect, test } from 'vitest'
import type { CommissionRule } from '../db/schema.ts'
import { commissionFor } from './commission.ts'

const rule = (terms: Partial<CommissionRule>): CommissionRule => ({
  id: 7,
  project_id: 1,
  campaign_id: 1,
  version: 3,
  kind: 'percent',
  basis_points: 2000,
  amount: null,
  currency: null,
  hold_days: 0,
  created_at: '2026-01-01T00:00:00.000Z',
  product_id: null,
  affiliate_id: null,
  level_id: null,
  duration: 'lifetime',
  duration_count: null,
  renewals: 1,
  upgrades: 1,
  cap: null,
  second_kind: null,
  second_basis_points: null,
  second_amount: null,
  ended: 0,
  ...terms,
})
const sale = { type: 'purchase', amount: 999, currency: 'USD', occurred_at: '2026-11-20T12:00:00.000Z' }

test('a percentage is rounded half up, once, and remembers the rule version that made it', () => {
  expect(commissionFor(rule({}), sale)).toEqual({
    amount: 200,
    currency: 'USD',
    rule_id: 7,
    rule_version: 3,
    release_at: sale.occurred_at,
  })
})

test('a fixed commission never exceeds the sale and is paid in its own currency only', () => {
  const fixed = rule({ kind: 'fixed', basis_points: null, amount: 5000, currency: 'USD' })
  expect(commissionFor(fixed, sale)).toMatchObject({ amount: 999 })
  expect(commissionFor(fixed, { ...sale, currency: 'EUR' })).toEqual({ reason: 'other_currency' })
})

test('signups, free sales and campaigns without terms earn nothing, and say why', () => {
  expect(commissionFor(rule({}), { ...sale, type: 'signup' })).toEqual({ reason: 'not_a_purchase' })
  expect(commissionFor(rule({}), { ...sale, amount: null })).toEqual({ reason: 'zero_amount' })
  expect(commissionFor(rule({ basis_points: 1 }), { ...sale, amount: 1 })).toEqual({ reason: 'zero_amount' })
  expect(commissionFor(undefined, sale)).toEqual({ reason: 'no_rule' })
})
