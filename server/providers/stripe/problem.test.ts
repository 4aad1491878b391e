import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { isPassing, isStripeError, problemOf } from './problem.ts'

const made = (name: string, raw: object): Error => {
  const Class = Stripe.errors[name as keyof typeof Stripe.errors] as unknown as new (raw: object) => Error
  return new Class(raw)
}
const CLASSES = Object.entries(Stripe.errors).flatMap(([name, value]) =>
  typeof value === 'function' && value.prototype instanceof Stripe.errors.StripeError ? [name] : [],
)

test("each error class of the SDK is known as Stripe's, and no other error is", () => {
  expect(CLASSES.length).toBeGreaterThan(10)
  expect(CLASSES.filter((name) => !isStripeError(made(name, { message: 'no' })))).toEqual([])
  expect(isStripeError(new Error('no'))).toBe(false)
  expect(isStripeError(Object.assign(new Error('no'), { type: 'aborted' }))).toBe(false)
})

test('a problem is a sentence without the key', () => {
  const said = (name: string) => problemOf(made(name, { message: 'Invalid key: sk_live_***1234.' }))
  expect(said('StripeAuthenticationError')).toBe('Stripe does not accept the secret key')
  expect(said('StripePermissionError')).toBe('The secret key may not do this at Stripe: Invalid key: (key)')
  expect(said('StripeConnectionError')).toBe('Stripe does not answer')
  expect(said('StripeInvalidRequestError')).toBe('Stripe refuses: Invalid key: (key)')
  expect(problemOf(new Error('no rk_test_1'))).toBe('no (key)')
  expect(problemOf('no')).toBe('no')
})

test('what may pass is tried again, what Stripe refuses is not', () => {
  const passing = (name: string, statusCode?: number) => isPassing(made(name, { message: '', statusCode }))
  expect(passing('StripeConnectionError')).toBe(true)
  expect(passing('StripeRateLimitError', 429)).toBe(true)
  expect(passing('StripeAPIError', 503)).toBe(true)
  expect(passing('StripeAPIError')).toBe(true)
  expect(passing('StripeInvalidRequestError', 400)).toBe(false)
  expect(passing('StripeAuthenticationError', 401)).toBe(false)
  expect(isPassing(new Error('the database is away'))).toBe(true)
})
