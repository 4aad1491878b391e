import { describe, expect, test } from 'vitest'
import type { CommissionRule } from '../../db/schema.ts'
import { completeTerms, type TermsChange } from './change.ts'

/** A rule in force, as an owner wrote it. */
const inForce = (change: TermsChange): CommissionRule => ({
  id: 1,
  project_id: 1,
  campaign_id: 1,
  version: 1,
  created_at: '2026-11-20T12:00:00.000Z',
  product_id: null,
  affiliate_id: null,
  level_id: null,
  ended: 0,
  ...completeTerms(change, undefined, 'USD'),
})
const change = (given: TermsChange, before: TermsChange) => completeTerms(given, inForce(before), 'USD')

test('a rate alone has the defaults: no hold, for a lifetime, everything included, one tier, no cap', () => {
  expect(completeTerms({ rate: 12.5 }, undefined, 'USD')).toEqual({
    kind: 'percent',
    basis_points: 1250,
    amount: null,
    currency: null,
    hold_days: 0,
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
  })
})

test.each([
  [0, 0],
  [0.29, 29],
  ['8.2', 820],
  [33.33, 3333],
  [100, 10_000],
])('a rate of %s is %i basis points, digit by digit', (rate, basisPoints) => {
  expect(completeTerms({ rate }, undefined, 'USD').basis_points).toBe(basisPoints)
})

describe('what is left out', () => {
  const before: TermsChange = {
    rate: 20,
    hold_days: 30,
    duration: 'months',
    duration_count: 12,
    renewals: false,
    cap: '50',
    second_tier: { rate: 5, duration: 'first' },
  }

  test('stays as it was', () => {
    expect(change({ rate: 30 }, before)).toEqual({ ...completeTerms(before, undefined, 'USD'), basis_points: 3000 })
    expect(change({ duration: 'payments', duration_count: 3 }, before)).toMatchObject({
      duration_count: 3,
      hold_days: 30,
    })
    expect(change({ duration: 'lifetime' }, before)).toMatchObject({ duration: 'lifetime', duration_count: null })
    expect(change({ second_tier: { rate: 7 } }, before)).toMatchObject({
      second_basis_points: 700,
      second_duration: 'first',
    })
  })

  test('and null is none', () => {
    expect(change({ cap: null, second_tier: null }, before)).toMatchObject({
      cap: null,
      currency: null,
      second_kind: null,
    })
    expect(change({ rate: null, amount: null, currency: null, duration_count: null }, before)).toEqual(
      completeTerms(before, undefined, 'USD'),
    )
  })

  test('but not when it would mean something else', () => {
    expect(() => change({ currency: 'JPY' }, before)).toThrow('terms.cap: expected an amount in JPY, or null for none')
    expect(() => change({ currency: 'EUR' }, { amount: 5 })).toThrow('terms.amount: expected an amount in EUR')
    expect(() => change({ currency: 'EUR', cap: 9 }, { rate: 5, second_tier: { amount: 1 } })).toThrow(
      'terms.second_tier.amount: expected an amount in EUR',
    )
    expect(() => change({ duration: 'payments' }, before)).toThrow('terms.duration_count: expected how many payments')
    expect(() => change({ kind: 'fixed' }, before)).toThrow('terms.amount: expected an amount in USD')
  })
})

test('amounts are minor units of the currency, which is the project’s unless another is named', () => {
  expect(completeTerms({ amount: 5 }, undefined, 'USD')).toMatchObject({ kind: 'fixed', amount: 500, currency: 'USD' })
  expect(completeTerms({ amount: '500', currency: 'jpy' }, undefined, 'USD')).toMatchObject({
    amount: 500,
    currency: 'JPY',
  })
  expect(change({ rate: 10 }, { amount: 5 })).toMatchObject({
    kind: 'percent',
    basis_points: 1000,
    amount: null,
    currency: null,
  })
})

test('what says nothing, or two things, is refused', () => {
  expect(() => completeTerms({}, undefined, 'USD')).toThrow(
    'terms.kind: expected percent with a rate, or fixed with an amount',
  )
  expect(() => completeTerms({ kind: 'percent' }, undefined, 'USD')).toThrow('terms.rate: expected a percentage')
  expect(() => completeTerms({ rate: 5, amount: 5 }, undefined, 'USD')).toThrow('terms.rate: expected either')
  expect(() => completeTerms({ amount: 5, currency: 'XXQ' }, undefined, 'USD')).toThrow(
    'currency: expected an ISO 4217 code',
  )
})
