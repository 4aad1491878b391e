/** What a person does at Stripe, or its API does for them. */
import type { Setup } from '../provider.ts'

export const setup: Setup = {
  where: 'Workbench > Webhooks > Add destination, payload style "Snapshot"',
  events: [
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'invoice.paid',
    'invoice_payment.paid',
    'charge.refunded',
    'refund.created',
    'refund.updated',
    'refund.failed',
    'credit_note.created',
    'charge.dispute.created',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'customer.created',
    'customer.updated',
    'customer.discount.created',
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
  ],
  secret: {
    name: 'the signing secret, whsec_...',
    form: /^whsec_[\x21-\x7e]{16,300}$/,
    expected: 'whsec_ and at least 16 more characters',
    mark: /^whsec_/,
  },
  apiKey: {
    form: /^[sr]k_[\x21-\x7e]{8,300}$/,
    expected: 'sk_... or rk_..., as Stripe shows it',
    mark: /^[sr]k_/,
  },
}
