import { expect, test } from 'vitest'
import type { CommissionRule } from '../../db/schema.ts'
import { commissionFor, type Earned, type Sale, secondTierFor } from './commission.ts'

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
  second_duration: null,
  second_duration_count: null,
  ended: 0,
  ...terms,
})
const percent = (share: number) => rule({ basis_points: share * 100 })
const fixed = (amount: number) => rule({ kind: 'fixed', basis_points: null, amount, currency: 'USD' })
const sale = (facts: Partial<Sale> = {}): Sale => ({
  type: 'purchase',
  amount: 999,
  currency: 'USD',
  occurred_at: '2026-11-20T12:00:00.000Z',
  payment_kind: null,
  earlier: { payments: 0, first_at: null },
  ...facts,
})
const after = (payments: number, first_at = '2026-01-31T12:00:00.000Z') => ({ earlier: { payments, first_at } })

test('a percentage is rounded half up, once, and remembers the rule version that made it', () => {
  expect(commissionFor({ campaign: rule({}) }, sale())).toEqual({
    amount: 200,
    currency: 'USD',
    rule_id: 7,
    rule_version: 3,
    scope: 'campaign',
    rate_basis_points: 2000,
    release_at: '2026-11-20T12:00:00.000Z',
  })
})

test('an affiliate override beats the product rule, which beats the level, which beats the campaign', () => {
  const terms = { campaign: percent(10), level: percent(15), product: percent(20), affiliate: fixed(500) }
  expect(commissionFor(terms, sale())).toMatchObject({ amount: 500, scope: 'affiliate' })
  expect(commissionFor({ ...terms, affiliate: undefined }, sale())).toMatchObject({ amount: 200, scope: 'product' })
  expect(commissionFor({ campaign: percent(10), level: percent(15) }, sale())).toMatchObject({
    amount: 150,
    scope: 'level',
  })
  expect(commissionFor({ campaign: percent(10) }, sale())).toMatchObject({ amount: 100, scope: 'campaign' })
})

test('a fixed commission never exceeds the sale and is paid in its own currency only', () => {
  expect(commissionFor({ campaign: fixed(5000) }, sale())).toMatchObject({ amount: 999, rate_basis_points: null })
  expect(commissionFor({ campaign: fixed(5000) }, sale({ currency: 'EUR' }))).toEqual({ reason: 'other_currency' })
})

test('a cap binds in its currency', () => {
  const capped = rule({ cap: 150, currency: 'USD' })
  expect(commissionFor({ campaign: capped }, sale())).toMatchObject({ amount: 150 })
  expect(commissionFor({ campaign: capped }, sale({ currency: 'EUR' }))).toMatchObject({ amount: 200 })
})

test('signups, free sales and campaigns without terms earn nothing; an amount given by the company stands', () => {
  expect(commissionFor({ campaign: rule({}) }, sale({ type: 'signup' }))).toEqual({ reason: 'not_a_purchase' })
  expect(commissionFor({ campaign: rule({}) }, sale({ amount: 0 }))).toEqual({ reason: 'zero_amount' })
  expect(commissionFor({}, sale())).toEqual({ reason: 'no_rule' })
  expect(commissionFor({ campaign: rule({}) }, sale({ type: 'signup', amount: null, given: 300 }))).toMatchObject({
    amount: 300,
    rate_basis_points: null,
  })
  expect(commissionFor({ campaign: rule({}) }, sale({ given: 0 }))).toEqual({ reason: 'zero_amount' })
})

test.each<[Partial<CommissionRule>, Partial<Sale>, boolean]>([
  [{ duration: 'first' }, {}, true],
  [{ duration: 'first' }, after(1), false],
  [{ duration: 'payments', duration_count: 3 }, after(2), true],
  [{ duration: 'payments', duration_count: 3 }, after(3), false],
  // Paid first on 31 January: one month ends with February's last day.
  [{ duration: 'months', duration_count: 1 }, { ...after(1), occurred_at: '2026-02-28T11:59:59.999Z' }, true],
  [{ duration: 'months', duration_count: 1 }, { ...after(1), occurred_at: '2026-02-28T12:00:00.000Z' }, false],
  [{ duration: 'months', duration_count: 12 }, {}, true],
  [{ duration: 'lifetime' }, after(500), true],
  [{ renewals: 0 }, { payment_kind: 'renewal' }, false],
  [{ renewals: 0 }, { payment_kind: 'first' }, true],
  [{ upgrades: 0 }, { payment_kind: 'upgrade' }, false],
])('terms %j of a sale %j pay: %s', (terms, facts, pays) => {
  expect('amount' in commissionFor({ campaign: rule(terms) }, sale(facts))).toBe(pays)
})

test('the second tier is a share of the sale, for its own duration, and both tiers never exceed the sale', () => {
  const invited = rule({ second_kind: 'percent', second_basis_points: 500, second_duration: 'first' })
  const first = commissionFor({ campaign: invited }, sale()) as Earned
  expect(secondTierFor(invited, sale(), first)).toMatchObject({ amount: 50, currency: 'USD', rate_basis_points: 500 })
  expect(secondTierFor(invited, sale(after(1)), first)).toBeUndefined()
  expect(secondTierFor(rule({}), sale(), first)).toBeUndefined()
  const greedy = rule({ basis_points: 9000, second_kind: 'percent', second_basis_points: 5000 })
  const most = commissionFor({ campaign: greedy }, sale()) as Earned
  expect(most.amount + (secondTierFor(greedy, sale(), most)?.amount ?? 0)).toBe(999)
})
