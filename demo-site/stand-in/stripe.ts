/** What a Stripe Payment Link keeps and what Stripe sends, in the shape of the SDK's API version. */
import { Stripe } from 'stripe'
import { hex } from './shapes.ts'
import { type Message, type StandIn, textIn } from './provider.ts'
import { chargeOf, checkoutSession, type Paid, refundOf, seconds } from './stripe-objects.ts'

export const stripe: StandIn = {
  name: 'stripe',
  title: 'Stripe',
  codeField: 'client_reference_id',
  sends: ['checkout.session.completed'],

  open: (query) => ({
    email: textIn(query, 'prefilled_email'),
    kept: { client_reference_id: keepClientReferenceId(query['client_reference_id']) },
  }),

  pay(order) {
    const paid: Paid = {
      sessionId: `cs_test_${order.id}`,
      paymentIntentId: `pi_${hex(12)}`,
      chargeId: `ch_${hex(12)}`,
      paymentLinkId: `plink_${order.plan.id}`,
      amount: order.plan.price,
      currency: order.currency,
      email: order.email,
      clientReferenceId: keepClientReferenceId(order.kept['client_reference_id']),
      successUrl: order.successUrl,
      openedAt: order.openedAt,
      paidAt: order.paidAt,
    }
    return {
      messages: [event('checkout.session.completed', checkoutSession(paid), paid.paidAt)],
      refund(amount, soFar) {
        const at = new Date()
        return [
          event('refund.created', refundOf(paid, `re_${hex(12)}`, amount, at), at),
          event('charge.refunded', chargeOf(paid, soFar), at),
        ]
      },
    }
  },

  sign: ({ body }, secret) => ({
    'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload: body, secret }),
  }),
}

/** Stripe keeps 1 to 200 letters, digits, hyphens and underscores, and drops anything else without a word. */
const keepClientReferenceId = (value: unknown) =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{1,200}$/.test(value) ? value : null

function event(type: string, object: object, at: Date): Message {
  const id = `evt_${hex(12)}`
  const body = JSON.stringify({
    id,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: seconds(at),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  })
  return { id, type, body }
}
