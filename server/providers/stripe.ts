/** Stripe: verifies with the official SDK and translates its events. Field paths: Stripe's API 2026-10-28.endive and older. */
import Stripe from 'stripe'
import { DomainError } from '../core/errors.ts'
import { parseCurrency } from '../core/money.ts'
import type { PaymentEvent } from '../core/payment-event.ts'
import { fromEpochSeconds } from '../core/time.ts'
import type { Provider } from './provider.ts'

export const stripe: Provider = {
  name: 'stripe',
  /** `Stripe-Signature: t=...,v1=...`; rejects signatures older than 300 s. */
  verify(raw, headers, secret) {
    const signature = headers['stripe-signature']
    if (typeof signature !== 'string') throw new DomainError('wrong_signature', 'Missing Stripe-Signature header')
    try {
      const event = Stripe.webhooks.constructEvent(raw, signature, secret)
      return { event_id: event.id, type: event.type }
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError)
        throw new DomainError(
          'wrong_signature',
          'The Stripe-Signature does not match; check the webhook secret (whsec_...)',
        )
      throw new DomainError('invalid_request', 'The body is not a Stripe event of the classic (snapshot) kind')
    }
  },
  parse: (payload) => parseStripe(JSON.parse(payload) as Stripe.Event),
}

function parseStripe(event: Stripe.Event): PaymentEvent {
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      return checkoutSession(event.data.object, event.created)
    default:
      return { kind: 'ignored', reason: `event type ${event.type} is not used` }
  }
}

/** Commission base: `amount_total` (already net of discounts) without tax and shipping. */
function checkoutSession(session: Stripe.Checkout.Session, created: number): PaymentEvent {
  if (session.payment_status === 'unpaid')
    return { kind: 'ignored', reason: 'not paid yet; waits for checkout.session.async_payment_succeeded' }

  const email = session.customer_details?.email ?? session.customer_email ?? null
  const clues = {
    metadata: metadataOf(session.metadata)['referral_code'] ?? null,
    client_reference: session.client_reference_id,
  }
  const { amount_tax = 0, amount_shipping } = session.total_details ?? {}
  const amount = (session.amount_total ?? 0) - amount_tax - (amount_shipping ?? 0)
  const customer_id = idOf(session.customer) ?? null
  if (amount <= 0 || !session.currency) return { kind: 'start', provider: 'stripe', customer_id, email, clues }

  return {
    kind: 'payment',
    provider: 'stripe',
    external_id: idOf(session.invoice) ?? idOf(session.payment_intent) ?? session.id,
    customer_id,
    email,
    amount,
    currency: parseCurrency(session.currency),
    coupon_code: null,
    clues,
    occurred_at: fromEpochSeconds(created),
  }
}

/** Expanded or not, a reference names an id. */
const idOf = (reference: string | { id: string } | null | undefined): string | undefined =>
  typeof reference === 'string' ? reference : reference?.id

/** Some proxies re-encode empty metadata as `[]`. */
const metadataOf = (metadata: Stripe.Metadata | null): Record<string, string | undefined> =>
  metadata && !Array.isArray(metadata) ? metadata : {}
