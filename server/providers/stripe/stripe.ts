/** Stripe, through its official SDK, which is loaded by the first webhook or the first question. */
import { DomainError } from '../../core/kit/errors.ts'
import { eventNamed } from '../payload.ts'
import type { Provider } from '../provider.ts'
import { discountQuestion } from './discount.ts'
import { parse } from './parse.ts'
import { isPassing, problemOf } from './problem.ts'
import { setup } from './setup.ts'

const sdk = () => import('stripe')
const endpoint = () => import('./endpoint.ts')

export const stripe: Provider = {
  name: 'stripe',
  title: 'Stripe',
  setup,
  /** `Stripe-Signature: t=...,v1=...`; rejects signatures older than 300 s. */
  async verify(raw, headers, secret) {
    const signature = headers['stripe-signature']
    if (typeof signature !== 'string') throw new DomainError('wrong_signature', 'Missing Stripe-Signature header')
    const { default: Stripe } = await sdk()
    let event: { id?: unknown; type?: unknown } | null
    try {
      // Typed by the SDK as an event, whatever JSON it is.
      event = Stripe.webhooks.constructEvent(raw, signature, secret) as { id?: unknown; type?: unknown } | null
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError)
        throw new DomainError(
          'wrong_signature',
          'The Stripe-Signature does not match; check the webhook secret (whsec_...)',
        )
      throw new DomainError(
        'invalid_request',
        'The body is not a Stripe event of the classic kind; choose the payload style "Snapshot" for the endpoint',
      )
    }
    return eventNamed('Stripe', event?.id, event?.type, 'id and type')
  },
  parse,
  discountQuestion,
  books: async (key, live) => (await import('./facts.ts')).stripeBooks(key, live),
  problemOf,
  webhook: {
    connect: async (...asked) => (await endpoint()).connectEndpoint(...asked),
    problems: async (...asked) => (await endpoint()).endpointProblems(...asked),
  },
  tasks: {
    perform: async (...asked) => (await import('./coupon.ts')).doStripeTask(...asked),
    isPassing,
  },
}
