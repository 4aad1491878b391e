import { expect, test } from 'vitest'
import { detailsOf, isAccount, problemsOf } from './payout-account.ts'

test.each(['DE89 3704 0044 0532 0130 00', 'gb29nwbk60161331926819', 'NO93-8601-1117-947', '021000021 4567890', '1234'])(
  '%s can be an account',
  (account) => expect(isAccount(account)).toBe(true),
)

test.each([
  'DE89 3704 0044 0532 0130 01',
  'DE8937040044',
  'GB29 NWBK 6016 1331 9268 1',
  '123',
  'my account',
  '12€4567',
])('%s cannot', (account) => expect(isAccount(account)).toBe(false))

test('every kind says what is missing or wrong, in the order of its fields', () => {
  expect(problemsOf('bank', { account: 'DE00' })).toEqual({
    holder: 'methods.required',
    account: 'methods.account_invalid',
  })
  expect(problemsOf('paypal', { email: 'ann@example' })).toEqual({ email: 'join.invalid' })
  expect(problemsOf('other', { text: '   ' })).toEqual({ text: 'methods.required' })
  expect(problemsOf('wise', { email: ' ann@example.com ' })).toEqual({})
})

test('only what belongs to the kind is sent, without spaces around it', () => {
  const values = { email: ' ann@example.com ', holder: 'Ann', account: '1234 5678', bic: ' ' }
  expect(detailsOf('paypal', values)).toEqual({ kind: 'paypal', email: 'ann@example.com' })
  expect(detailsOf('bank', values)).toEqual({ kind: 'bank', holder: 'Ann', account: '1234 5678' })
})
